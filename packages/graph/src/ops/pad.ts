import { axisOf } from '../arguments.js'
import { holds, isFloat } from '../dtype.js'
import type { Op } from '../op.js'
import { misuse } from '../refusal.js'
import { stridesOf } from '../shape.js'
import { apply, callText, refuse, type Tensor } from '../tensor.js'
import { reshape } from './reshape.js'
import { slice } from './slice.js'
import { walkStrided } from './strided.js'

type Pads = readonly (readonly [before: number, after: number])[]

const padOp: Op<{ pads: Pads; value: number }> = {
  name: 'pad',
  infer([x], { pads, value }) {
    if (pads.length !== x.shape.length) refuse(`${pads.length} pairs of widths for ${x.shape.length} axes.`)
    if (!isFloat(x.dtype) && !holds(x.dtype, value)) refuse(`${value} is no number of ${x.dtype}.`)
    if (pads.flat().some((n) => !(Number.isInteger(n) && n >= 0))) refuse('widths must be whole numbers from 0.')
    return { dtype: x.dtype, shape: x.shape.map((n, i) => n + pads[i][0] + pads[i][1]) }
  },
  evaluate([x], { pads, value }, out) {
    const strides = stridesOf(out.shape)
    if (value !== 0) out.data.fill(value)
    const start = pads.reduce((s, [before], i) => s + before * strides[i], 0)
    walkStrided(start, strides, x.shape, (place, i) => {
      out.data[place] = x.data[i]
    })
  },
  gradient({ g, inputs: [x], attrs: { pads }, ops }) {
    return [pads.reduce((t, [before], axis) => ops.slice(t, axis, before, before + x.shape[axis]), g)]
  },
  onnx: (context, [x], node, { pads, value }) =>
    context.node('Pad', [
      x,
      context.ints([...pads.map((p) => p[0]), ...pads.map((p) => p[1])]),
      context.constant({ dtype: node.dtype, shape: [], data: Float32Array.of(value) }),
    ]),
  flops: () => 0,
}

/** Adds elements of one value before and after each axis. */
export function pad(x: Tensor, pads: Pads, value = 0): Tensor {
  if (!(Array.isArray(pads) && pads.every((p) => Array.isArray(p) && p.length === 2)))
    misuse(callText('pad', [x]), 'widths are a list with [before, after] for each axis')
  if (pads.length === x.rank && pads.flat().every((n) => n === 0)) return x
  return apply(padOp, [x], { pads, value })
}

/** Puts step − 1 zeros between the elements of an axis (none after the last): what undoes a slice with that step. */
export function dilate(x: Tensor, axis: number, step: number): Tensor {
  const along = axisOf(x, axis)
  const n = x.shape[along] as number
  if (!(Number.isInteger(step) && step >= 1))
    misuse(callText('dilate', [x]), `step ${step} must be a whole number from 1`)
  if (step === 1 || n === 0) return x
  const apart = reshape(x, [...x.shape.slice(0, along + 1), 1, ...x.shape.slice(along + 1)])
  const padded = pad(
    apart,
    apart.shape.map((_, i) => [0, i === along + 1 ? step - 1 : 0] as const),
  )
  const joined = reshape(
    padded,
    x.shape.map((size, i) => (i === along ? size * step : size)),
  )
  return slice(joined, along, 0, (n - 1) * step + 1)
}
