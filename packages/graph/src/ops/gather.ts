import { axisOf } from '../arguments.js'
import { type DType, isInteger, NUMBERS } from '../dtype.js'
import type { OnnxContext } from '../onnx/context.js'
import type { Op } from '../op.js'
import { misuse } from '../refusal.js'
import { normalizeAxes, type Shape, showShape, sizeOf } from '../shape.js'
import { apply, callText, computesIn, refuse, type Tensor } from '../tensor.js'
import { ONNX_DTYPE } from './select.js'

/** Sizes around an axis: `outer` blocks of `n` rows of `inner` elements. */
const blocks = (shape: Shape, axis: number) => ({
  outer: sizeOf(shape.slice(0, axis)),
  n: shape[axis],
  inner: sizeOf(shape.slice(axis + 1)),
})

function row(index: number, n: number): number {
  const i = index < 0 ? index + n : index
  return i >= 0 && i < n ? i : refuse(`index ${index} is outside an axis of ${n}.`)
}

/** ONNX takes places in i32 and i64 only. */
const asPlaces = (context: OnnxContext, indices: string, dtype: DType): string =>
  dtype === 'i32' || dtype === 'i64' ? indices : context.node('Cast', [indices], { to: ONNX_DTYPE.i64 })

const gatherOp: Op<{ axis: number }> = {
  name: 'gather',
  infer([x, indices], { axis }) {
    if (!isInteger(indices.dtype)) refuse(`indices must be whole numbers, not ${indices.dtype}.`)
    return { dtype: x.dtype, shape: [...x.shape.slice(0, axis), ...indices.shape, ...x.shape.slice(axis + 1)] }
  },
  evaluate([x, indices], { axis }, out) {
    const { outer, n, inner } = blocks(x.shape, axis)
    for (let o = 0, to = 0; o < outer; o++) {
      for (const index of indices.data) {
        const from = (o * n + row(index, n)) * inner
        for (let k = 0; k < inner; k++) out.data[to++] = x.data[from + k]
      }
    }
  },
  gradient: ({ g, inputs: [x, indices], attrs: { axis }, ops }) => [ops.scatterAdd(indices, g, x.shape, axis)],
  onnx: (context, [x, indices], node, { axis }) =>
    context.node('Gather', [x, asPlaces(context, indices, node.inputs[1].dtype)], { axis }),
  flops: () => 0,
}

/** Rows of an axis by their places (an embedding look-up where axis is 0); the axis becomes the indices' shape. */
export const gather = (x: Tensor, indices: Tensor, axis = 0): Tensor =>
  apply(gatherOp, [x, indices], { axis: axisOf(x, axis) })

/** The rows of a table of vectors [words, width] for whole numbers of any shape. */
export const embedding = (indices: Tensor, table: Tensor): Tensor => gather(table, indices, 0)

const scatterAddOp: Op<{ axis: number; shape: Shape }> = {
  name: 'scatterAdd',
  infer([indices, rows], { axis, shape }) {
    if (!isInteger(indices.dtype)) refuse(`indices must be whole numbers, not ${indices.dtype}.`)
    computesIn(NUMBERS, 'scatterAdd', [rows])
    const wanted = [...shape.slice(0, axis), ...indices.shape, ...shape.slice(axis + 1)]
    if (wanted.length !== rows.shape.length || wanted.some((n, i) => n !== rows.shape[i]))
      refuse(`rows must have shape [${wanted.join(', ')}].`)
    return { dtype: rows.dtype, shape }
  },
  evaluate([indices, rows], { axis, shape }, out) {
    const { outer, n, inner } = blocks(shape, axis)
    for (let o = 0, from = 0; o < outer; o++) {
      for (const index of indices.data) {
        const to = (o * n + row(index, n)) * inner
        for (let k = 0; k < inner; k++) out.data[to + k] += rows.data[from++]
      }
    }
  },
  gradient: ({ g, inputs: [indices], attrs: { axis }, ops }) => [undefined, ops.gather(g, indices, axis)],
  // Transposed so that the axis leads, scattered with addition by ScatterND, and back.
  onnx(context, [indices, rows], node, { axis, shape }) {
    const rank = node.inputs[0].rank
    const lead = Array.from({ length: rank }, (_, i) => axis + i)
    const rest = node.inputs[1].shape.map((_, i) => i).filter((i) => !lead.includes(i))
    const moved = axis === 0 ? rows : context.node('Transpose', [rows], { perm: [...lead, ...rest] })
    const wide = context.node('Cast', [indices], { to: ONNX_DTYPE.i64 })
    const places = context.node('Unsqueeze', [wide, context.ints([rank])])
    const movedShape = [shape[axis], ...shape.filter((_, i) => i !== axis)]
    const zero = context.constant({ dtype: node.dtype, shape: [], data: Float32Array.of(0) })
    const zeros = context.node('Expand', [zero, context.ints(movedShape)])
    const sums = context.node('ScatterND', [zeros, places, moved], { reduction: 'add' })
    if (axis === 0) return sums
    const back = shape.map((_, i) => (i === axis ? 0 : i < axis ? i + 1 : i))
    return context.node('Transpose', [sums], { perm: back })
  },
}

/** Zeros of `shape` to which rows are added at their places along an axis; what `gather` gives back in reverse. */
export function scatterAdd(indices: Tensor, rows: Tensor, shape: Shape, axis = 0): Tensor {
  const [along] = normalizeAxes([axis], shape.length) ?? []
  if (along === undefined)
    misuse(callText('scatterAdd', [indices, rows]), `there is no axis ${axis} in ${showShape(shape)}`)
  return apply(scatterAddOp, [indices, rows], { axis: along, shape })
}
