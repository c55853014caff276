import { pow as powBits } from '@epipole/core'
import { type DType, isFloat, NUMBERS, WIDE } from '../dtype.js'
import type { NdArray } from '../nd-array.js'
import type { GradientContext, Op, TensorType } from '../op.js'
import { broadcastShapes, broadcastStrides, sameShape, showShape } from '../shape.js'
import { apply, computesIn, isTensor, refuse, type Tensor } from '../tensor.js'
import { asTensor, type TensorLike } from './sources.js'

type None = Record<string, never>

/** Type of an elementwise op of two inputs: equal dtypes among those it computes in, shapes that broadcast. */
export function inferBroadcast(name: string, dtypes: readonly DType[], [a, b]: readonly TensorType[]): TensorType {
  if (a.dtype !== b.dtype) refuse(`both sides must have one element type, not ${a.dtype} and ${b.dtype}: cast one.`)
  const shape = broadcastShapes(a.shape, b.shape)
  if (shape === undefined)
    refuse(
      `shapes ${showShape(a.shape)} and ${showShape(b.shape)} do not broadcast: aligned at the last axis, sizes must be equal or 1.`,
    )
  computesIn(dtypes, name, [a])
  return { dtype: a.dtype, shape }
}

/** out[i] = f(a[i], b[i]), both read as if they had the shape of `out`. */
export function zip(a: NdArray, b: NdArray, out: NdArray, f: (a: number, b: number) => number): void {
  if (sameShape(a.shape, out.shape) && sameShape(b.shape, out.shape)) {
    for (let i = 0; i < out.data.length; i++) out.data[i] = f(a.data[i] as number, b.data[i] as number)
    return
  }
  const { shape } = out
  const sa = broadcastStrides(a.shape, shape)
  const sb = broadcastStrides(b.shape, shape)
  const index = new Array<number>(shape.length).fill(0)
  let pa = 0
  let pb = 0
  for (let i = 0; i < out.data.length; i++) {
    out.data[i] = f(a.data[pa] as number, b.data[pb] as number)
    for (let axis = shape.length - 1; axis >= 0; axis--) {
      pa += sa[axis]
      pb += sb[axis]
      if (++index[axis] < shape[axis]) break
      pa -= sa[axis] * shape[axis]
      pb -= sb[axis] * shape[axis]
      index[axis] = 0
    }
  }
}

interface Binary {
  name: string
  onnx: string
  dtypes?: readonly DType[]
  f: (a: number, b: number) => number
  /** Gradients before broadcasting is undone; a function each, so that only what is wanted is built. */
  gradient?: (at: GradientContext<None> & { a: Tensor; b: Tensor }) => readonly [() => Tensor, () => Tensor]
}

function binary({ name, onnx, dtypes = NUMBERS, f, gradient }: Binary): (a: TensorLike, b: TensorLike) => Tensor {
  const op: Op<None> = {
    name,
    infer: (inputs) => inferBroadcast(name, dtypes, inputs),
    // Whole numbers divide towards zero, as in ONNX; storage does it for the other ops.
    evaluate: ([a, b], _, out) =>
      zip(a, b, out, name === 'div' && !isFloat(out.dtype) ? (x, y) => Math.trunc(x / y) : f),
    gradient:
      gradient &&
      ((at) => {
        const sides = gradient({ ...at, a: at.inputs[0], b: at.inputs[1] })
        return sides.map((side, i) => (at.wanted[i] ? at.ops.sumTo(side(), at.inputs[i].shape) : undefined))
      }),
    onnx: (context, inputs) => context.node(onnx, inputs),
  }
  return (a, b) => {
    const x = asTensor(a, isTensor(b) ? b.dtype : 'f32')
    return apply(op, [x, asTensor(b, x.dtype)], {})
  }
}

/** The sum passes its gradient on to both sides. */
export const add = binary({ name: 'add', onnx: 'Add', f: (a, b) => a + b, gradient: ({ g }) => [() => g, () => g] })
export const sub = binary({
  name: 'sub',
  onnx: 'Sub',
  f: (a, b) => a - b,
  gradient: ({ g, ops }) => [() => g, () => ops.neg(g)],
})
/** The product gives each side the gradient times the other side. */
export const mul = binary({
  name: 'mul',
  onnx: 'Mul',
  f: (a, b) => a * b,
  gradient: ({ g, a, b, ops }) => [() => ops.mul(g, b), () => ops.mul(g, a)],
})
export const div = binary({
  name: 'div',
  onnx: 'Div',
  f: (a, b) => a / b,
  gradient: ({ g, b, output, ops }) => [() => ops.div(g, b), () => ops.neg(ops.div(ops.mul(g, output), b))],
})
export const square = (x: Tensor): Tensor => mul(x, x)
export const reciprocal = (x: Tensor): Tensor => div(1, x)
/** aᵇ; the gradient of b is taken as 0 where a is 0, as in PyTorch. */
export const pow = binary({
  name: 'pow',
  onnx: 'Pow',
  dtypes: WIDE,
  f: powBits,
  gradient: ({ g, a, b, output, ops }) => [
    () => ops.mul(g, ops.where(ops.equal(b, 0), 0, ops.mul(b, ops.pow(a, ops.sub(b, 1))))),
    () => {
      const zero = ops.equal(a, 0)
      return ops.mul(g, ops.where(zero, 0, ops.mul(output, ops.log(ops.where(zero, 1, a)))))
    },
  ],
})

/** The larger side receives the gradient; ties share it equally, as in PyTorch. */
const routes =
  (wins: 'greater' | 'less'): Binary['gradient'] =>
  ({ g, a, b, ops }) => {
    const side = (x: Tensor, y: Tensor) => () =>
      ops.where(ops[wins](x, y), g, ops.where(ops.equal(x, y), ops.mul(g, 0.5), 0))
    return [side(a, b), side(b, a)]
  }
export const maximum = binary({
  name: 'maximum',
  onnx: 'Max',
  f: Math.max,
  gradient: routes('greater'),
})
export const minimum = binary({
  name: 'minimum',
  onnx: 'Min',
  f: Math.min,
  gradient: routes('less'),
})
