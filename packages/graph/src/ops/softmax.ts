import { exp as expBits, log as logBits } from '@epipole/core'
import { axisOf } from '../arguments.js'
import { REALS } from '../dtype.js'
import type { Op } from '../op.js'
import { apply, computesIn, type Tensor } from '../tensor.js'
import { forEachReduction } from './reduce.js'

type Axis = { axis: number }

function softmaxOp(
  name: string,
  onnx: string,
  finish: (x: number, max: number, sum: number) => number,
  gradient: Op<Axis>['gradient'],
): Op<Axis> {
  return {
    name,
    infer([x]) {
      computesIn(REALS, name, [x])
      return x
    },
    evaluate([x], { axis }, out) {
      forEachReduction(x.shape, [axis], (_, offsets) => {
        let max = Number.NEGATIVE_INFINITY
        for (const o of offsets) if (x.data[o] > max) max = x.data[o]
        let sum = 0
        for (const o of offsets) sum += expBits(x.data[o] - max)
        for (const o of offsets) out.data[o] = finish(x.data[o], max, sum)
      })
    },
    gradient,
    onnx: (context, inputs, _, { axis }) => context.node(onnx, inputs, { axis }),
    flops: (_, __, out) => 5 * out.shape.reduce((a, b) => a * b, 1),
  }
}

const softmaxNode = softmaxOp(
  'softmax',
  'Softmax',
  (x, max, sum) => expBits(x - max) / sum,
  ({ g, output: y, attrs: { axis }, ops }) => {
    const gy = ops.mul(g, y)
    return [ops.sub(gy, ops.mul(y, ops.sum(gy, { axes: axis, keepDims: true })))]
  },
)
const logSoftmaxNode = softmaxOp(
  'logSoftmax',
  'LogSoftmax',
  (x, max, sum) => x - max - logBits(sum),
  ({ g, output: y, attrs: { axis }, ops }) => [
    ops.sub(g, ops.mul(ops.exp(y), ops.sum(g, { axes: axis, keepDims: true }))),
  ],
)

/** e^x / Σ e^x along an axis, safe from overflow. */
export const softmax = (x: Tensor, axis = -1): Tensor => apply(softmaxNode, [x], { axis: axisOf(x, axis) })
/** log softmax, exact where softmax itself would round to 0. */
export const logSoftmax = (x: Tensor, axis = -1): Tensor => apply(logSoftmaxNode, [x], { axis: axisOf(x, axis) })
