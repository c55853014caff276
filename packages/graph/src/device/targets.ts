import type { Target } from '../passes/optimize.js'

/** ONNX Runtime's kernels of processors, natively and in WebAssembly. */
export const PROCESSOR: Target = { winograd: true }

/** Its kernels of WebGPU. */
export const GPU: Target = { layerNorm: false }
