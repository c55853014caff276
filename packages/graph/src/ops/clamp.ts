import { holds, isFloat, NUMBERS } from '../dtype.js'
import { scalarArray } from '../nd-array.js'
import type { Op } from '../op.js'
import { apply, computesIn, refuse, type Tensor } from '../tensor.js'

const clampOp: Op<{ min: number; max: number }> = {
  name: 'clamp',
  infer([x], { min, max }) {
    computesIn(NUMBERS, 'clamp', [x])
    if (!(min <= max)) refuse(`the bounds ${min} and ${max} leave nothing between them.`)
    if (!isFloat(x.dtype) && [min, max].some((v) => Number.isFinite(v) && !holds(x.dtype, v)))
      refuse(`the bounds ${min} and ${max} are not both among the numbers of ${x.dtype}.`)
    return x
  },
  evaluate([x], { min, max }, out) {
    for (let i = 0; i < out.data.length; i++) out.data[i] = Math.min(Math.max(x.data[i] as number, min), max)
  },
  gradient({ g, inputs: [x], attrs: { min, max }, ops }) {
    return [ops.where(ops.and(ops.greaterEqual(x, min), ops.lessEqual(x, max)), g, 0)]
  },
  // (A bound that bounds nothing is left out: whole numbers have no infinity.)
  onnx(context, [x], { dtype }, { min, max }) {
    const bounds = [min, max].map((v) => (Number.isFinite(v) ? context.constant(scalarArray(v, dtype)) : ''))
    return context.node('Clip', [x, ...bounds])
  },
}

/** x held between two bounds; at and between them the gradient flows, as in PyTorch. */
export const clamp = (
  x: Tensor,
  {
    min = Number.NEGATIVE_INFINITY,
    max = Number.POSITIVE_INFINITY,
  }: { readonly min?: number; readonly max?: number } = {},
): Tensor => apply(clampOp, [x], { min, max })
