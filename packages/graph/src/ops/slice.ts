import type { Op } from '../op.js'
import { showShape, stridesOf } from '../shape.js'
import { apply, axesOf, misuse, refuse, type Tensor } from '../tensor.js'
import { gatherStrided } from './strided.js'

interface Range {
  readonly axis: number
  readonly start: number
  readonly end: number
  readonly step: number
}

const sliceOp: Op<{ ranges: readonly Range[] }> = {
  name: 'slice',
  infer([x], { ranges }) {
    const shape = [...x.shape]
    for (const { axis, start, end, step } of ranges) {
      if (!(axis >= 0 && axis < shape.length)) refuse(`there is no axis ${axis}.`)
      if (!(Number.isInteger(step) && step >= 1)) refuse(`step ${step} must be a whole number from 1.`)
      if (!(start >= 0 && start <= end && end <= x.shape[axis]))
        refuse(`${start} to ${end} is not inside axis ${axis}, which has ${x.shape[axis]}.`)
      shape[axis] = Math.ceil((end - start) / step)
    }
    return { dtype: x.dtype, shape }
  },
  evaluate([x], { ranges }, out) {
    const strides = stridesOf(x.shape)
    let start = 0
    for (const range of ranges) {
      start += range.start * strides[range.axis]
      strides[range.axis] *= range.step
    }
    gatherStrided(x.data, start, strides, out)
  },
  gradient({ g, inputs: [x], attrs: { ranges }, ops }) {
    let back = g
    for (const { axis, step } of ranges) back = ops.dilate(back, axis, step)
    const pads = x.shape.map((n, axis) => {
      const range = ranges.find((r) => r.axis === axis)
      return range === undefined ? ([0, 0] as const) : ([range.start, n - range.start - back.shape[axis]] as const)
    })
    // A step may end behind the last element it took.
    const inside = pads.map(([before, after]) => [before, Math.max(0, after)] as const)
    return [ops.pad(back, inside)]
  },
  onnx: (context, [x], _, { ranges }) =>
    context.node('Slice', [
      x,
      context.ints(ranges.map((r) => r.start)),
      context.ints(ranges.map((r) => r.end)),
      context.ints(ranges.map((r) => r.axis)),
      context.ints(ranges.map((r) => r.step)),
    ]),
  flops: () => 0,
}

/** Elements start, start + step, … below end of an axis; negative places count from the end. */
export function slice(x: Tensor, axis: number, start: number, end?: number, step = 1): Tensor {
  const a = axis < 0 ? axis + x.rank : axis
  const n = x.shape[a] ?? 0
  const place = (p: number) => (p < 0 ? p + n : p)
  return apply(sliceOp, [x], { ranges: [{ axis: a, start: place(start), end: place(end ?? n), step }] })
}

/** Parts of the given sizes along an axis, in order. */
export function split(x: Tensor, sizes: readonly number[], axis = 0): Tensor[] {
  const [along] = axesOf(x, axis)
  const total = sizes.reduce((a, b) => a + b, 0)
  if (total !== x.shape[along])
    misuse(
      `split of ${showShape(x.shape)} along axis ${along} into parts of ${sizes}`,
      `they sum to ${total}, not ${x.shape[along]}`,
    )
  let start = 0
  return sizes.map((size) => {
    start += size
    return slice(x, along, start - size, start)
  })
}
