import { fromBinary } from '@bufbuild/protobuf'
import { EpipoleError } from '@epipole/core'
import { ModelProtoSchema } from '../onnx/onnx.generated.js'
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
  const runtime = await startWebRuntime(import('onnxruntime-web/webgpu'), 'webgpu', options)
  const { InferenceSession } = runtime
  let before: Promise<unknown> = Promise.resolve()
  return {
    ...runtime,
    InferenceSession: {
      create(model, given) {
        const onCpu = withoutKernel(model)
        const provider = onCpu.length === 0 ? 'webgpu' : { name: 'webgpu', forceCpuNodeNames: onCpu }
        // One after another: it refuses to make two at a time.
        const session = before.then(() => InferenceSession.create(model, { ...given, executionProviders: [provider] }))
        before = session.catch(() => {})
        return session
      },
    },
  }
}

/**
 * Nodes that ONNX Runtime (1.30) gives to the GPU, where they go wrong: maximum pooling that also tells its places fails, and
 * whole numbers that are dequantised along an axis come out wrong.
 */
function withoutKernel(model: Uint8Array): string[] {
  const { graph } = fromBinary(ModelProtoSchema, model)
  const wrong = (graph?.node ?? []).filter(
    ({ opType, output }) => (opType === 'MaxPool' && output.length > 1) || opType === 'DequantizeLinear',
  )
  return wrong.map(({ name }) => name)
}
