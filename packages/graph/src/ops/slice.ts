import { axisOf } from '../arguments.js'
import type { Op } from '../op.js'
import { misuse } from '../refusal.js'
import { isSize, showShape, stridesOf } from '../shape.js'
import { apply, callText, kindOf, refuse, type Tensor } from '../tensor.js'
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
      if (!(Number.isInteger(step) && step >= 1)) refuse(`step ${step} must be a whole number from 1.`)
      if (!Number.isInteger(start) || !Number.isInteger(end)) refuse(`${start} to ${end} are no places.`)
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
  const a = axisOf(x, axis)
  const n = x.shape[a] as number
  const place = (p: number) => (p < 0 ? p + n : p)
  return apply(sliceOp, [x], { ranges: [{ axis: a, start: place(start), end: place(end ?? n), step }] })
}

/** Parts of the given sizes along an axis, in order. */
export function split(x: Tensor, sizes: readonly number[], axis = 0): Tensor[] {
  const along = axisOf(x, axis)
  if (!Array.isArray(sizes)) misuse(callText('split', [x]), `sizes of parts are a list, not ${kindOf(sizes)}`)
  const total = sizes.reduce((a, b) => a + b, 0)
  if (total !== x.shape[along] || !sizes.every(isSize))
    misuse(
      `split of ${showShape(x.shape)} along axis ${along} into parts of ${sizes}`,
      `they are to be sizes that sum to ${x.shape[along]}, not ${total}`,
    )
  let start = 0
  return sizes.map((size) => {
    start += size
    return slice(x, along, start - size, start)
  })
}
