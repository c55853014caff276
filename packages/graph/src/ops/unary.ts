import {
  cos as cosBits,
  exp as expBits,
  expm1 as expm1Bits,
  log1p as log1pBits,
  log as logBits,
  sin as sinBits,
  tanh as tanhBits,
} from '@epipole/core'
import { type DType, NUMBERS, REALS, WIDE } from '../dtype.js'
import { scalarArray } from '../nd-array.js'
import type { GradientContext, Op } from '../op.js'
import { apply, computesIn, type Tensor } from '../tensor.js'
import { erfOf } from './erf.js'

type None = Record<string, never>

interface Unary {
  name: string
  onnx: string | NonNullable<Op<None>['onnx']>
  dtypes?: readonly DType[]
  f: (x: number) => number
  /** The gradient with respect to the input; none for functions that are constant almost everywhere. */
  gradient?: (at: GradientContext<None> & { x: Tensor; y: Tensor }) => Tensor
}

/** An op that computes each element from the element in its place. */
function unary({ name, onnx, dtypes = REALS, f, gradient }: Unary): (x: Tensor) => Tensor {
  const op: Op<None> = {
    name,
    infer([x]) {
      computesIn(dtypes, name, [x])
      return x
    },
    evaluate([x], _, out) {
      for (let i = 0; i < out.data.length; i++) out.data[i] = f(x.data[i] as number)
    },
    gradient: gradient && ((at) => [gradient({ ...at, x: at.inputs[0], y: at.output })]),
    onnx: typeof onnx === 'string' ? (context, inputs) => context.node(onnx, inputs) : onnx,
  }
  return (x) => apply(op, [x], {})
}

export const neg = unary({
  name: 'neg',
  onnx: 'Neg',
  dtypes: [...WIDE, 'i8'],
  f: (x) => -x,
  gradient: ({ g, ops }) => ops.neg(g),
})
export const exp = unary({ name: 'exp', onnx: 'Exp', f: expBits, gradient: ({ g, y, ops }) => ops.mul(g, y) })
export const log = unary({ name: 'log', onnx: 'Log', f: logBits, gradient: ({ g, x, ops }) => ops.div(g, x) })
export const sqrt = unary({
  name: 'sqrt',
  onnx: 'Sqrt',
  f: Math.sqrt,
  gradient: ({ g, y, ops }) => ops.div(g, ops.mul(y, 2)),
})
export const sin = unary({ name: 'sin', onnx: 'Sin', f: sinBits, gradient: ({ g, x, ops }) => ops.mul(g, ops.cos(x)) })
export const cos = unary({
  name: 'cos',
  onnx: 'Cos',
  f: cosBits,
  gradient: ({ g, x, ops }) => ops.neg(ops.mul(g, ops.sin(x))),
})
export const tanh = unary({
  name: 'tanh',
  onnx: 'Tanh',
  f: tanhBits,
  gradient: ({ g, y, ops }) => ops.mul(g, ops.sub(1, ops.mul(y, y))),
})
export const sigmoid = unary({
  name: 'sigmoid',
  onnx: 'Sigmoid',
  f: (x) => (x >= 0 ? 1 / (1 + expBits(-x)) : expBits(x) / (1 + expBits(x))),
  gradient: ({ g, y, ops }) => ops.mul(g, ops.mul(y, ops.sub(1, y))),
})
/** log(1 + eˣ), without overflow. */
export const softplus = unary({
  name: 'softplus',
  onnx: 'Softplus',
  f: (x) => Math.max(x, 0) + log1pBits(expBits(-Math.abs(x))),
  gradient: ({ g, x, ops }) => ops.mul(g, ops.sigmoid(x)),
})
/** log(1 + x), exact near 0. */
export const log1p = unary({
  name: 'log1p',
  f: log1pBits,
  gradient: ({ g, x, ops }) => ops.div(g, ops.add(x, 1)),
  // ONNX has none: with u = 1 + x rounded, log(u) · x / (u − 1) makes up for what u lost (Kahan, in HP-15C Handbook 1982).
  onnx(context, [x], node) {
    const one = context.constant(scalarArray(1, node.dtype))
    const u = context.node('Add', [x, one])
    const kept = context.node('Sub', [u, one])
    const corrected = context.node('Mul', [context.node('Log', [u]), context.node('Div', [x, kept])])
    // (Where nothing of x is left in u, or x is infinite, log(1 + x) is x.)
    const is = (y: string, value: number) =>
      context.node('Equal', [y, context.constant(scalarArray(value, node.dtype))])
    const same = context.node('Or', [is(kept, 0), is(x, Number.POSITIVE_INFINITY)])
    return context.node('Where', [same, x, corrected])
  },
})
/** eˣ − 1, exact near 0. */
export const expm1 = unary({
  name: 'expm1',
  f: expm1Bits,
  gradient: ({ g, y, ops }) => ops.mul(g, ops.add(y, 1)),
  // ONNX has none: eˣ − 1 = tanh(x / 2) · (eˣ + 1), where nothing cancels or overflows early.
  onnx(context, [x], node) {
    const half = context.node('Mul', [x, context.constant(scalarArray(0.5, node.dtype))])
    const sum = context.node('Add', [context.node('Exp', [x]), context.constant(scalarArray(1, node.dtype))])
    return context.node('Mul', [context.node('Tanh', [half]), sum])
  },
})
/** max(x, 0); at 0 no gradient flows, as in PyTorch. */
export const relu = unary({
  name: 'relu',
  onnx: 'Relu',
  f: (x) => (x > 0 || Number.isNaN(x) ? x : 0),
  gradient: ({ g, y, ops }) => ops.where(ops.greater(y, 0), g, 0),
})
export const erf = unary({
  name: 'erf',
  onnx: 'Erf',
  f: erfOf,
  // 2/√π · e^(−x²)
  gradient: ({ g, x, ops }) => ops.mul(g, ops.mul(ops.exp(ops.neg(ops.mul(x, x))), 1.1283791670955126)),
})
/** |x|; at 0 no gradient flows, as in PyTorch. */
export const abs = unary({
  name: 'abs',
  onnx: 'Abs',
  dtypes: NUMBERS,
  f: Math.abs,
  gradient: ({ g, x, ops }) => ops.mul(g, ops.sign(x)),
})
export const sign = unary({ name: 'sign', onnx: 'Sign', dtypes: NUMBERS, f: Math.sign })
export const floor = unary({ name: 'floor', onnx: 'Floor', f: Math.floor })
export const ceil = unary({ name: 'ceil', onnx: 'Ceil', f: Math.ceil })
/** To the nearest whole number, halves to the even one, as IEEE 754 and ONNX round. */
export function nearest(x: number): number {
  const below = Math.floor(x)
  const rest = x - below
  return rest < 0.5 || (rest === 0.5 && below % 2 === 0) ? below : below + 1
}
/** To the nearest whole number, halves to the even one. */
export const round = unary({ name: 'round', onnx: 'Round', f: nearest })
