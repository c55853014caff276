import type { Op } from '../op.js'
import { misuse } from '../refusal.js'
import { type Shape, sameShape, showShape, sizeOf } from '../shape.js'
import { apply, callText, kindOf, refuse, type Tensor } from '../tensor.js'

const reshapeOp: Op<{ shape: Shape }> = {
  name: 'reshape',
  infer([x], { shape }) {
    if (sizeOf(x.shape) !== sizeOf(shape) || shape.some((n) => n < 0))
      refuse(`${sizeOf(x.shape)} elements do not fill ${showShape(shape)}.`)
    return { dtype: x.dtype, shape }
  },
  evaluate: ([x], _, out) => out.data.set(x.data),
  gradient: ({ g, inputs: [x], ops }) => [ops.reshape(g, x.shape)],
  onnx: (context, [x], _, { shape }) => context.node('Reshape', [x, context.ints(shape)], { allowzero: 1 }),
  flops: () => 0,
}

/** The same elements in another shape; one size may be −1: what is left. */
export function reshape(x: Tensor, shape: Shape): Tensor {
  if (!Array.isArray(shape)) misuse(callText('reshape', [x]), `the shape is a list of sizes, not ${kindOf(shape)}`)
  if (shape.filter((n) => n === -1).length > 1)
    misuse(callText('reshape', [x]), `only one size of [${shape}] may be −1`)
  const known = shape.reduce((a, n) => (n === -1 ? a : a * n), 1)
  const full = shape.map((n) => (n === -1 && known > 0 ? sizeOf(x.shape) / known : n))
  return sameShape(x.shape, full) ? x : apply(reshapeOp, [x], { shape: full })
}

/** Joins all axes from `from` on (1 keeps the batch). */
export function flatten(x: Tensor, from = 1): Tensor {
  const lead = from < 0 ? from + x.rank : from
  if (!(lead >= 0 && lead <= Math.max(1, x.rank))) misuse(callText('flatten', [x]), `there is no axis ${from}`)
  return reshape(x, [...x.shape.slice(0, lead), sizeOf(x.shape.slice(lead))])
}
