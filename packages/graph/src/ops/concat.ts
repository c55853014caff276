import { axisOf } from '../arguments.js'
import type { Op } from '../op.js'
import { misuse } from '../refusal.js'
import { sameShape, stridesOf } from '../shape.js'
import { apply, callText, refuse, type Tensor } from '../tensor.js'
import { reshape } from './reshape.js'
import { walkStrided } from './strided.js'

const concatOp: Op<{ axis: number }> = {
  name: 'concat',
  infer(inputs, { axis }) {
    const [first] = inputs
    if (first === undefined) refuse('nothing to join: give at least one tensor.')
    for (const t of inputs) {
      if (t.dtype !== first.dtype) refuse(`all must have one element type, not ${first.dtype} and ${t.dtype}.`)
      if (t.shape.length !== first.shape.length || t.shape.some((n, i) => i !== axis && n !== first.shape[i]))
        refuse(`shapes may differ along axis ${axis} only.`)
    }
    const total = inputs.reduce((s, t) => s + t.shape[axis], 0)
    return { dtype: first.dtype, shape: first.shape.map((n, i) => (i === axis ? total : n)) }
  },
  evaluate(inputs, { axis }, out) {
    const strides = stridesOf(out.shape)
    let start = 0
    for (const x of inputs) {
      walkStrided(start, strides, x.shape, (place, i) => {
        out.data[place] = x.data[i]
      })
      start += x.shape[axis] * strides[axis]
    }
  },
  gradient: ({ g, inputs, attrs: { axis }, ops }) =>
    ops.split(
      g,
      inputs.map((t) => t.shape[axis]),
      axis,
    ),
  onnx: (context, inputs, _, { axis }) => context.node('Concat', inputs, { axis }),
  flops: () => 0,
}

/** Joins tensors along an axis. */
export const concat = (tensors: readonly Tensor[], axis = 0): Tensor =>
  apply(concatOp, tensors, { axis: tensors.length > 0 ? axisOf(tensors[0], axis) : 0 })

/** Joins tensors of one shape along a new axis of the result; −1 is its last. */
export function stack(tensors: readonly Tensor[], axis = 0): Tensor {
  const [first] = tensors
  if (first === undefined || tensors.some((t) => !sameShape(t.shape, first.shape)))
    misuse(callText('stack', tensors), 'one or more tensors of one shape are wanted')
  const place = axis < 0 ? axis + first.rank + 1 : axis
  if (!(place >= 0 && place <= first.rank)) misuse(callText('stack', tensors), `there is no place for an axis ${axis}`)
  return concat(
    tensors.map((t) => reshape(t, [...t.shape.slice(0, place), 1, ...t.shape.slice(place)])),
    place,
  )
}
