import { NUMBERS } from '../dtype.js'
import type { Op } from '../op.js'
import { apply, isTensor, refuse, type Tensor } from '../tensor.js'
import { inferBroadcast, zip } from './binary.js'
import { asTensor, type TensorLike } from './sources.js'

type None = Record<string, never>

function comparison(name: string, onnx: string, f: (a: number, b: number) => boolean, dtypes = NUMBERS) {
  const op: Op<None> = {
    name,
    infer: (inputs) => ({ dtype: 'bool', shape: inferBroadcast(name, dtypes, inputs).shape }),
    evaluate: ([a, b], _, out) => zip(a, b, out, (x, y) => (f(x, y) ? 1 : 0)),
    onnx: (context, inputs) => context.node(onnx, inputs),
  }
  return (a: TensorLike, b: TensorLike): Tensor => {
    const x = asTensor(a, isTensor(b) ? b.dtype : 'f32')
    return apply(op, [x, asTensor(b, x.dtype)], {})
  }
}

export const equal = comparison('equal', 'Equal', (a, b) => a === b, [...NUMBERS, 'bool'])
export const less = comparison('less', 'Less', (a, b) => a < b)
export const lessEqual = comparison('lessEqual', 'LessOrEqual', (a, b) => a <= b)
export const greater = comparison('greater', 'Greater', (a, b) => a > b)
export const greaterEqual = comparison('greaterEqual', 'GreaterOrEqual', (a, b) => a >= b)

function logical(name: string, onnx: string, f: (a: number, b: number) => number) {
  const op: Op<None> = {
    name,
    infer(inputs) {
      if (inputs.some((t) => t.dtype !== 'bool')) refuse(`${name} joins bool tensors: compare first.`)
      return inferBroadcast(name, ['bool'], inputs)
    },
    evaluate: ([a, b], _, out) => zip(a, b, out, f),
    onnx: (context, inputs) => context.node(onnx, inputs),
  }
  return (a: Tensor, b: Tensor): Tensor => apply(op, [a, b], {})
}

export const and = logical('and', 'And', (a, b) => a & b)
export const or = logical('or', 'Or', (a, b) => a | b)

const notOp: Op<None> = {
  name: 'not',
  infer: ([x]) => (x.dtype === 'bool' ? x : refuse('not turns bool tensors: compare first.')),
  evaluate([x], _, out) {
    for (let i = 0; i < out.data.length; i++) out.data[i] = x.data[i] ? 0 : 1
  },
  onnx: (context, inputs) => context.node('Not', inputs),
}
export const not = (x: Tensor): Tensor => apply(notOp, [x], {})
