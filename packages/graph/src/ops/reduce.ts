import { axesOf, axisOf, optionsOf } from '../arguments.js'
import { type DType, NUMBERS, REALS, WIDE } from '../dtype.js'
import type { NdArray } from '../nd-array.js'
import type { GradientContext, Op } from '../op.js'
import { reducedShape, type Shape, sameShape, sizeOf, stridesOf } from '../shape.js'
import { apply, computesIn, refuse, type Tensor } from '../tensor.js'
import { reshape } from './reshape.js'

interface ReduceAttributes {
  readonly axes: readonly number[]
  readonly keepDims: boolean
  readonly [name: string]: unknown
}

export interface ReduceOptions {
  /** Axes to reduce, negative ones from the end; all where undefined. */
  readonly axes?: number | readonly number[]
  /** Keep reduced axes with size 1. */
  readonly keepDims?: boolean
}

/** Calls `visit` with the offset of each result and the offsets of the elements that it is made of, in order. */
export function forEachReduction(
  shape: Shape,
  axes: readonly number[],
  visit: (out: number, offsets: Int32Array) => void,
): void {
  const strides = stridesOf(shape)
  const kept = shape.map((_, i) => i).filter((i) => !axes.includes(i))
  const offsetsOver = (over: readonly number[]) => {
    let offsets = Int32Array.of(0)
    for (const axis of over) {
      const next = new Int32Array(offsets.length * shape[axis])
      offsets.forEach((o, i) => {
        for (let k = 0; k < shape[axis]; k++) next[i * shape[axis] + k] = o + k * strides[axis]
      })
      offsets = next
    }
    return offsets
  }
  const inner = offsetsOver(axes)
  const moved = new Int32Array(inner.length)
  offsetsOver(kept).forEach((start, out) => {
    for (let i = 0; i < inner.length; i++) moved[i] = start + inner[i]
    visit(out, moved)
  })
}

interface Reduction {
  name: string
  onnx: string
  dtypes: readonly DType[]
  /** The result's number from the elements' offsets. */
  f: (x: NdArray, offsets: Int32Array) => number
  gradient?: (
    at: GradientContext<ReduceAttributes> & {
      /** g and y with the reduced axes back at size 1. */ gk: Tensor
      yk: Tensor
    },
  ) => Tensor
}

function reduction({ name, onnx, dtypes, f, gradient }: Reduction) {
  const op: Op<ReduceAttributes> = {
    name,
    infer([x], { axes, keepDims }) {
      computesIn(dtypes, name, [x])
      return { dtype: x.dtype, shape: reducedShape(x.shape, axes, keepDims) }
    },
    evaluate([x], { axes }, out) {
      forEachReduction(x.shape, axes, (o, offsets) => {
        out.data[o] = f(x, offsets)
      })
    },
    gradient:
      gradient &&
      ((at) => {
        const keptShape = reducedShape(at.inputs[0].shape, at.attrs.axes, true)
        const [gk, yk] = [at.ops.reshape(at.g, keptShape), at.ops.reshape(at.output, keptShape)]
        return [gradient({ ...at, gk, yk })]
      }),
    onnx: (context, [x], _, { axes, keepDims }) =>
      context.node(onnx, [x, context.ints(axes)], { keepdims: keepDims ? 1 : 0, noop_with_empty_axes: 1 }),
    flops: ([x]) => sizeOf(x.shape),
  }
  return (x: Tensor, options: ReduceOptions = {}): Tensor => {
    const { axes, keepDims = false } = optionsOf(options, name, '{ axes: 1 }')
    return apply(op, [x], { axes: axesOf(x, axes), keepDims })
  }
}

const sumOf = (x: NdArray, offsets: Int32Array) => {
  let s = 0
  for (let i = 0; i < offsets.length; i++) s += x.data[offsets[i]]
  return s
}
const extreme = (better: (a: number, b: number) => boolean, none: number) => (x: NdArray, offsets: Int32Array) => {
  let best = none
  for (let i = 0; i < offsets.length; i++) {
    const v = x.data[offsets[i]]
    if (Number.isNaN(v)) return v
    if (better(v, best)) best = v
  }
  return best
}
/** Ties share the gradient equally, as PyTorch's amax and amin do. */
const toTheBest: Reduction['gradient'] = ({ inputs: [x], attrs, gk, yk, ops }) => {
  const best = ops.cast(ops.equal(x, yk), x.dtype)
  return ops.mul(best, ops.div(gk, ops.sum(best, { axes: attrs.axes, keepDims: true })))
}

export const sum = reduction({
  name: 'sum',
  onnx: 'ReduceSum',
  dtypes: WIDE,
  f: sumOf,
  gradient: ({ inputs: [x], gk, ops }) => ops.expand(gk, x.shape),
})
export const mean = reduction({
  name: 'mean',
  onnx: 'ReduceMean',
  dtypes: REALS,
  f: (x, offsets) => sumOf(x, offsets) / offsets.length,
  gradient: ({ inputs: [x], output, gk, ops }) =>
    ops.expand(ops.div(gk, sizeOf(x.shape) / Math.max(1, sizeOf(output.shape))), x.shape),
})
export const max = reduction({
  name: 'max',
  onnx: 'ReduceMax',
  dtypes: NUMBERS,
  f: extreme((a, b) => a > b, Number.NEGATIVE_INFINITY),
  gradient: toTheBest,
})
export const min = reduction({
  name: 'min',
  onnx: 'ReduceMin',
  dtypes: NUMBERS,
  f: extreme((a, b) => a < b, Number.POSITIVE_INFINITY),
  gradient: toTheBest,
})

const argOp = (name: string, onnx: string, better: (a: number, b: number) => boolean) => {
  const op: Op<{ axis: number; keepDims: boolean }> = {
    name,
    infer([x], { axis, keepDims }) {
      computesIn(NUMBERS, name, [x])
      if (x.shape[axis] === 0) refuse(`axis ${axis} is empty: there is no ${name}.`)
      return { dtype: 'i64', shape: reducedShape(x.shape, [axis], keepDims) }
    },
    evaluate([x], { axis }, out) {
      forEachReduction(x.shape, [axis], (o, offsets) => {
        let best = 0
        for (let i = 1; i < offsets.length; i++) if (better(x.data[offsets[i]], x.data[offsets[best]])) best = i
        out.data[o] = best
      })
    },
    onnx: (context, inputs, _, { axis, keepDims }) => context.node(onnx, inputs, { axis, keepdims: keepDims ? 1 : 0 }),
  }
  return (x: Tensor, axis = -1, keepDims = false): Tensor => {
    return apply(op, [x], { axis: axisOf(x, axis), keepDims })
  }
}
/** Place of the largest element along an axis (the first of equal ones), as i64. */
export const argmax = argOp('argmax', 'ArgMax', (a, b) => a > b)
export const argmin = argOp('argmin', 'ArgMin', (a, b) => a < b)

/** Undoes broadcasting: sums over the axes along which `shape` was repeated to make x. */
export function sumTo(x: Tensor, shape: Shape): Tensor {
  if (sameShape(x.shape, shape)) return x
  const lead = x.rank - shape.length
  const leading = Array.from({ length: lead }, (_, i) => i)
  const repeated = shape.flatMap((n, i) => (n === 1 && x.shape[lead + i] !== 1 ? [lead + i] : []))
  const kept = sum(x, { axes: [...leading, ...repeated], keepDims: true })
  return reshape(kept, shape)
}
