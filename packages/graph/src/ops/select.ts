import { type DType, isFloat } from '../dtype.js'
import { fromHalf, toHalf } from '../half.js'
import type { Op } from '../op.js'
import { broadcastShapes, broadcastStrides, showShape, stridesOf } from '../shape.js'
import { apply, isTensor, refuse, type Tensor } from '../tensor.js'
import { asTensor, type TensorLike } from './sources.js'

type None = Record<string, never>

const whereOp: Op<None> = {
  name: 'where',
  infer([c, a, b]) {
    if (c.dtype !== 'bool') refuse(`the condition must be bool, not ${c.dtype}: compare first.`)
    if (a.dtype !== b.dtype) refuse(`both sides must have one element type, not ${a.dtype} and ${b.dtype}: cast one.`)
    const sides = broadcastShapes(a.shape, b.shape)
    const shape = sides && broadcastShapes(c.shape, sides)
    if (shape === undefined)
      refuse(
        `shapes ${[c, a, b].map((t) => showShape(t.shape)).join(', ')} do not broadcast: aligned at the last axis, sizes must be equal or 1.`,
      )
    return { dtype: a.dtype, shape }
  },
  evaluate(inputs, _, out) {
    const [sc, sa, sb] = inputs.map((t) => broadcastStrides(t.shape, out.shape))
    const [c, a, b] = inputs.map((t) => t.data)
    const strides = stridesOf(out.shape)
    for (let i = 0; i < out.data.length; i++) {
      let [pc, pa, pb] = [0, 0, 0]
      for (let axis = 0, rest = i; axis < strides.length; axis++) {
        const k = Math.floor(rest / strides[axis])
        rest -= k * strides[axis]
        pc += k * sc[axis]
        pa += k * sa[axis]
        pb += k * sb[axis]
      }
      out.data[i] = c[pc] ? a[pa] : b[pb]
    }
  },
  gradient({ g, inputs: [c, a, b], wanted, ops }) {
    return [
      undefined,
      wanted[1] ? ops.sumTo(ops.where(c, g, 0), a.shape) : undefined,
      wanted[2] ? ops.sumTo(ops.where(c, 0, g), b.shape) : undefined,
    ]
  },
  // (ONNX Runtime selects among fewer types than ONNX has.)
  onnx(context, [c, a, b], { dtype }) {
    const wider = RUNTIME_SELECTS[dtype]
    if (wider === undefined) return context.node('Where', [c, a, b])
    const [x, y] = [a, b].map((side) => context.node('Cast', [side], { to: ONNX_DTYPE[wider] }))
    return context.node('Cast', [context.node('Where', [c, x, y])], { to: ONNX_DTYPE[dtype] })
  },
}
const RUNTIME_SELECTS: Readonly<Partial<Record<DType, DType>>> = { bool: 'u8', i8: 'i32', f16: 'f32' }

/** `a` where the condition holds, else `b`; all three broadcast. */
export function where(condition: Tensor, a: TensorLike, b: TensorLike): Tensor {
  const x = asTensor(a, isTensor(b) ? b.dtype : 'f32')
  return apply(whereOp, [condition, x, asTensor(b, x.dtype)], {})
}

/** ONNX's numbers of element types (TensorProto.DataType). */
export const ONNX_DTYPE: Readonly<Record<DType, number>> = {
  f32: 1,
  u8: 2,
  i8: 3,
  i32: 6,
  i64: 7,
  bool: 9,
  f16: 10,
  f64: 11,
}

const castOp: Op<{ to: DType }> = {
  name: 'cast',
  infer: ([x], { to }) => ({ dtype: to, shape: x.shape }),
  evaluate([x], { to }, out) {
    const read = x.dtype === 'f16' ? fromHalf : (v: number) => v
    const whole = isFloat(x.dtype) ? Math.trunc : (v: number) => v
    const written =
      to === 'f16' ? toHalf : to === 'bool' ? (v: number) => (v !== 0 ? 1 : 0) : isFloat(to) ? (v: number) => v : whole
    for (let i = 0; i < out.data.length; i++) out.data[i] = written(read(x.data[i] as number))
  },
  gradient: ({ g, inputs: [x], ops }) => [isFloat(x.dtype) ? ops.cast(g, x.dtype) : undefined],
  onnx: (context, inputs, _, { to }) => context.node('Cast', inputs, { to: ONNX_DTYPE[to] }),
}

/** The same numbers in another element type; fractions are cut off towards zero. */
export const cast = (x: Tensor, to: DType): Tensor => (x.dtype === to ? x : apply(castOp, [x], { to }))
