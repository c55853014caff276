import { EpipoleError } from '@epipole/core'
import type { Runtime } from './runtime.js'
import { startWebRuntime, type WebRuntimeOptions } from './web-runtime.js'

export function noWebGpu(what: string): never {
  throw new EpipoleError(
    'unsupported',
    `${what} Take WebAssembly instead (webDevice from @epipole/graph/web), or in Node nodeDevice from @epipole/graph/node.`,
  )
}

/** The one place that loads `onnxruntime-web` for WebGPU. */
export async function webGpuRuntime(options: WebRuntimeOptions): Promise<Runtime> {
  const here = globalThis.navigator as { gpu?: { requestAdapter(): Promise<unknown> } } | undefined
  if (!(await here?.gpu?.requestAdapter().catch(() => null)))
    noWebGpu('The browser gives no WebGPU adapter: there is no graphics card that it trusts.')
  return startWebRuntime(import('onnxruntime-web/webgpu'), 'webgpu', options)
}
