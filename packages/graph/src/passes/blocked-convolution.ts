import type { OnnxContext } from '../onnx/context.js'
import type { Conv2dAttributes } from '../ops/conv2d.js'
import { constantValue } from '../ops/sources.js'
import { Tensor } from '../tensor.js'
import type { Rule } from './rewrite.js'

/** ONNX Runtime's own operators on images of blocked channels: what it turns convolutions with constant kernels into by itself. */
export const BLOCKED = 'com.microsoft.nchwc'

/** Smaller maps are as quick without (measured, see bench/README.md). */
const PLACES = 256

/**
 * Convolutions with kernels that change, as in training, on blocked images [N, C / block, H, W, block] of runtimes that compute them:
 * with the channels innermost, a kernel reads whole vectors, and nothing is copied out for products of matrices. Only the way it is said
 * in ONNX is another.
 * @param block how many channels stand together; 0 where the runtime has no such layout
 */
export const blockedConvolution =
  (block: number): Rule =>
  (node, inputs) => {
    if (node.op.name !== 'conv2d' || block === 0) return undefined
    const { groups, stride, dilation } = node.attrs as unknown as Conv2dAttributes
    const [x, w] = inputs
    const [M, C, kH, kW] = w.shape
    const plain = groups === 1 && [...stride, ...dilation].every((n) => n === 1) && kH * kW > 1
    const fits = C % block === 0 && M % block === 0 && node.shape[2] * node.shape[3] >= PLACES
    if (!plain || !fits || x.dtype !== 'f32' || constantValue(w) !== undefined) return undefined
    const op: typeof node.op = { ...node.op, name: 'blockedConv2d', onnx: inBlocks(block) }
    return new Tensor(op, inputs, node.attrs, node)
  }

const inBlocks =
  (block: number): NonNullable<Tensor['op']['onnx']> =>
  (context, [x, w, ...bias], { inputs }, attrs) => {
    const { pads } = attrs as unknown as Conv2dAttributes
    const [M, , kH, kW] = inputs[1].shape
    const own = (type: string, given: readonly string[], a: object) =>
      context.nodes(type, given, a as never, 1, BLOCKED)[0] as string
    const kernel = blockedKernel(context, w, inputs[1].shape, block)
    const y = own('Conv', [own('ReorderInput', [x], {}), kernel, ...bias], { kernel_shape: [kH, kW], pads })
    return own('ReorderOutput', [y], { channels: M })
  }

/** The kernel's numbers in the order [M / block, C / block, kH, kW, block of C, block of M], the shape as before. */
function blockedKernel(context: OnnxContext, w: string, shape: readonly number[], block: number): string {
  const [M, C, kH, kW] = shape
  const reshaped = (t: string, s: readonly number[]) => context.node('Reshape', [t, context.ints(s)], { allowzero: 1 })
  // In two steps, both quick: maps become innermost, then whole rows of them move.
  const rows = reshaped(w, [M / block, block, C * kH * kW])
  const maps = reshaped(context.node('Transpose', [rows], { perm: [0, 2, 1] }), [
    M / block,
    C / block,
    block,
    kH * kW,
    block,
  ])
  return reshaped(context.node('Transpose', [maps], { perm: [0, 1, 3, 2, 4] }), shape)
}
