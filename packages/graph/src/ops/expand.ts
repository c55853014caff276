import type { Op } from '../op.js'
import { broadcastShapes, broadcastStrides, type Shape, sameShape, showShape } from '../shape.js'
import { apply, kindOf, refuse, type Tensor } from '../tensor.js'
import { gatherStrided } from './strided.js'

const expandOp: Op<{ shape: Shape }> = {
  name: 'expand',
  infer([x], { shape }) {
    if (!Array.isArray(shape)) refuse(`the shape is a list of sizes, not ${kindOf(shape)}.`)
    const joined = broadcastShapes(x.shape, shape)
    if (joined === undefined || !sameShape(joined, shape))
      refuse(`it cannot be repeated to ${showShape(shape)}: aligned at the last axis, sizes must be equal or 1.`)
    return { dtype: x.dtype, shape }
  },
  evaluate: ([x], _, out) => gatherStrided(x.data, 0, broadcastStrides(x.shape, out.shape), out),
  gradient: ({ g, inputs: [x], ops }) => [ops.sumTo(g, x.shape)],
  onnx: (context, [x], _, { shape }) => context.node('Expand', [x, context.ints(shape)]),
  flops: () => 0,
}

/** Repeats x along axes of size 1 and new leading axes until it has `shape`. */
export const expand = (x: Tensor, shape: Shape): Tensor =>
  Array.isArray(shape) && sameShape(x.shape, shape) ? x : apply(expandOp, [x], { shape })
