import type { Op } from '../op.js'
import { misuse } from '../refusal.js'
import { stridesOf } from '../shape.js'
import { apply, callText, refuse, type Tensor } from '../tensor.js'
import { gatherStrided } from './strided.js'

const transposeOp: Op<{ perm: readonly number[] }> = {
  name: 'transpose',
  infer([x], { perm }) {
    if ([...perm].sort((a, b) => a - b).some((p, i) => p !== i) || perm.length !== x.shape.length)
      refuse(`[${perm}] does not name each of the ${x.shape.length} axes once.`)
    return { dtype: x.dtype, shape: perm.map((p) => x.shape[p]) }
  },
  evaluate([x], { perm }, out) {
    const strides = stridesOf(x.shape)
    gatherStrided(
      x.data,
      0,
      perm.map((p) => strides[p]),
      out,
    )
  },
  gradient: ({ g, attrs: { perm }, ops }) => [
    ops.transpose(
      g,
      perm.map((_, i) => perm.indexOf(i)),
    ),
  ],
  onnx: (context, inputs, _, { perm }) => context.node('Transpose', inputs, { perm }),
  flops: () => 0,
}

/** Axes in another order: axis i of the result is axis perm[i] of x; without `perm` the last two swap places. */
export function transpose(x: Tensor, perm?: readonly number[]): Tensor {
  const r = x.rank
  if (perm === undefined && r < 2) misuse(callText('transpose', [x]), 'there are no two axes to swap')
  const order = perm ?? [...Array.from({ length: Math.max(0, r - 2) }, (_, i) => i), r - 1, r - 2]
  return apply(transposeOp, [x], { perm: order.map((p) => (p < 0 ? p + r : p)) })
}
