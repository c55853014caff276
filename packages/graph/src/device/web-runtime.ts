import { defaultWorkers, EpipoleError } from '@epipole/core'
import type { Runtime } from './runtime.js'

export interface WebRuntimeOptions {
  /**
   * Threads that compute; by default as many as the machine has. More than one needs a cross-origin isolated page (served with
   * `Cross-Origin-Opener-Policy: same-origin` and `Cross-Origin-Embedder-Policy: require-corp`); elsewhere it is one.
   */
  readonly threads?: number
  /** Where the runtime's `.wasm` lies, if not where the bundler put it. */
  readonly wasmPaths?: string
}

/** The one place that loads `onnxruntime-web` for WebAssembly. */
export const webRuntime = (options: WebRuntimeOptions): Promise<Runtime> =>
  startWebRuntime(import('onnxruntime-web/wasm'), 'wasm', options)

/** The package's module, once it is there, set up for one of its providers. */
export async function startWebRuntime(
  loading: Promise<typeof import('onnxruntime-web')>,
  provider: 'wasm' | 'webgpu',
  { threads, wasmPaths }: WebRuntimeOptions,
): Promise<Runtime> {
  const ort = await loading.catch((cause: unknown) => {
    throw new EpipoleError(
      'unsupported',
      `The ${provider === 'wasm' ? 'WebAssembly' : 'WebGPU'} device needs the package onnxruntime-web. Install it with: npm install onnxruntime-web`,
      {},
      { cause: cause as Error },
    )
  })
  const isolated = globalThis.crossOriginIsolated === true
  ort.env.wasm.numThreads = isolated ? (threads ?? defaultWorkers()) : 1
  ort.env.logLevel = 'error'
  if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths
  const { Tensor, InferenceSession } = ort as unknown as Runtime
  const sessionOptions = { executionProviders: [provider], logSeverityLevel: 4 }
  return { Tensor, InferenceSession, writesIntoTensors: false, sessionOptions }
}
