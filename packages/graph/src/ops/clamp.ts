import { scalarArray } from '../nd-array.js'
import type { Op } from '../op.js'
import { apply, refuse, type Tensor } from '../tensor.js'

const clampOp: Op<{ min: number; max: number }> = {
  name: 'clamp',
  infer: ([x], { min, max }) =>
    x.dtype === 'bool' || x.dtype === 'f16'
      ? refuse(`${x.dtype} is not clamped: cast first.`)
      : min <= max
        ? x
        : refuse(`the bounds ${min} and ${max} leave nothing between them.`),
  evaluate([x], { min, max }, out) {
    for (let i = 0; i < out.data.length; i++) out.data[i] = Math.min(Math.max(x.data[i] as number, min), max)
  },
  gradient({ g, inputs: [x], attrs: { min, max }, ops }) {
    return [ops.where(ops.and(ops.greaterEqual(x, min), ops.lessEqual(x, max)), g, 0)]
  },
  onnx: (context, [x], node, { min, max }) =>
    context.node('Clip', [x, ...[min, max].map((v) => context.constant(scalarArray(v, node.dtype)))]),
}

/** x held between two bounds; at and between them the gradient flows, as in PyTorch. */
export const clamp = (
  x: Tensor,
  { min = Number.NEGATIVE_INFINITY, max = Number.POSITIVE_INFINITY }: { readonly min?: number; readonly max?: number },
): Tensor => apply(clampOp, [x], { min, max })
