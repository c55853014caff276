import { axisOf } from '../arguments.js'
import { WIDE } from '../dtype.js'
import type { Op } from '../op.js'
import { apply, computesIn, type Tensor } from '../tensor.js'
import { forEachReduction } from './reduce.js'

interface Direction {
  readonly axis: number
  readonly reverse: boolean
  readonly [name: string]: unknown
}

const cumsumOp: Op<Direction> = {
  name: 'cumsum',
  infer([x]) {
    computesIn(WIDE, 'cumsum', [x])
    return x
  },
  evaluate([x], { axis, reverse }, out) {
    forEachReduction(x.shape, [axis], (_, offsets) => {
      let s = 0
      for (const o of reverse ? offsets.toReversed() : offsets) {
        s += x.data[o]
        out.data[o] = s
      }
    })
  },
  // Each element went into all sums from its place on.
  gradient: ({ g, attrs: { axis, reverse }, ops }) => [ops.cumsum(g, axis, { reverse: !reverse })],
  onnx: (context, [x], _, { axis, reverse }) =>
    context.node('CumSum', [x, context.ints([axis])], { reverse: reverse ? 1 : 0 }),
}

/** Sums of all elements up to each place along an axis; from the end with `reverse`. */
export const cumsum = (x: Tensor, axis: number, { reverse = false }: { readonly reverse?: boolean } = {}): Tensor =>
  apply(cumsumOp, [x], { axis: axisOf(x, axis), reverse })
