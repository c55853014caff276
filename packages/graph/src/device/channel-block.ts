import { graphOf } from '../graph.js'
import { ndArray } from '../nd-array.js'
import { lower, modelBytes } from '../onnx/lower.js'
import type { Op } from '../op.js'
import { input } from '../ops/sources.js'
import { BLOCKED } from '../passes/blocked-convolution.js'
import { apply } from '../tensor.js'
import { fromRuntime, type Runtime, toRuntime } from './runtime.js'

const CHANNELS = 64
const reorder: Op<Record<string, never>> = {
  name: 'reorder',
  infer: ([x]) => x,
  evaluate: () => {},
  onnx: (context, inputs) => context.nodes('ReorderInput', inputs, {}, 1, BLOCKED)[0] as string,
}

/**
 * How many channels the runtime's blocked convolutions keep together on this processor: 16, 8, or 0 where it has none. The runtime does
 * not tell, so a tiny image of two places is brought into blocks: the channels before the second place are one block.
 */
export async function channelBlock(runtime: Runtime): Promise<number> {
  if (!runtime.mayHaveBlocks) return 0
  const x = input('x', 'f32', [1, CHANNELS, 1, 2])
  const model = lower(graphOf([{ name: 'x', tensor: x }], [{ name: 'y', tensor: apply(reorder, [x], {}) }]))
  try {
    const session = await runtime.InferenceSession.create(modelBytes(model), runtime.sessionOptions)
    const places = Float32Array.from({ length: 2 * CHANNELS }, (_, i) => i % 2)
    const { y } = await session.run({ x: toRuntime(runtime, ndArray(places, x.shape)) }, { y: null })
    await session.release()
    const block = fromRuntime('f32', y).data.indexOf(1)
    return block > 1 && CHANNELS % block === 0 ? block : 0
  } catch {
    return 0
  }
}
