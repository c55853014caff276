import * as ops from '../ops/index.js'
import { constantValue } from '../ops/sources.js'
import { sameShape } from '../shape.js'
import type { Tensor } from '../tensor.js'
import type { Rule } from './rewrite.js'

type Simplification = (node: Tensor, inputs: readonly Tensor[]) => Tensor | undefined

const isAll = (t: Tensor, number: number): boolean => {
  const value = constantValue(t)
  return value !== undefined && value.data.length > 0 && value.data.every((v) => Object.is(v, number))
}
const same = (node: Tensor, x: Tensor) => (sameShape(node.shape, x.shape) ? x : undefined)
/** x ∘ e = x; e ∘ x = x only where the op commutes. */
const neutral =
  (e: number, commutes: boolean): Simplification =>
  (node, [a, b]) =>
    isAll(b, e) ? same(node, a) : commutes && isAll(a, e) ? same(node, b) : undefined

/** By name of the op. None changes a value, infinities and NaN included; x + 0 may turn −0 into 0. */
const simplifications: Readonly<Record<string, Simplification>> = {
  add: neutral(0, true),
  sub: neutral(0, false),
  mul: neutral(1, true),
  div: neutral(1, false),
  pow: (node, [a, b]) =>
    isAll(b, 2) && sameShape(node.shape, a.shape) ? ops.mul(a, a) : neutral(1, false)(node, [a, b]),
  neg: (_, [x]) => (x.op.name === 'neg' ? x.inputs[0] : undefined),
  not: (_, [x]) => (x.op.name === 'not' ? x.inputs[0] : undefined),
  // What differentiation wanted to know has been used.
  customGradient: (_, [y]) => y,
  reshape: (node, [x]) =>
    sameShape(node.shape, x.shape) ? x : x.op.name === 'reshape' ? ops.reshape(x.inputs[0], node.shape) : undefined,
  expand: (node, [x]) => same(node, x),
  transpose(node, [x]) {
    const perm = node.attrs.perm as readonly number[]
    // Axes of size 1 go anywhere without an element moving.
    const moved = perm.filter((p) => x.shape[p] !== 1)
    if (moved.every((p, i) => i === 0 || p > moved[i - 1])) return ops.reshape(x, node.shape)
    if (x.op.name !== 'transpose') return undefined
    const inner = x.attrs.perm as readonly number[]
    const joined = perm.map((p) => inner[p])
    return joined.every((p, i) => p === i) ? x.inputs[0] : ops.transpose(x.inputs[0], joined)
  },
  slice: (node, [x]) => same(node, x),
  where: (node, [condition, a, b]) =>
    isAll(condition, 1) ? same(node, a) : isAll(condition, 0) ? same(node, b) : undefined,
  concat: (_, inputs) => (inputs.length === 1 ? inputs[0] : undefined),
  // Sums over axes of size 1 only.
  sum: oneByOne,
  mean: oneByOne,
  max: oneByOne,
  min: oneByOne,
}

function oneByOne(node: Tensor, [x]: readonly Tensor[]): Tensor | undefined {
  const axes = node.attrs.axes as readonly number[]
  return axes.every((axis) => x.shape[axis] === 1) ? ops.reshape(x, node.shape) : undefined
}

/** Algebraic identities that leave the values as they are. */
export const identities: Rule = (node, inputs) => simplifications[node.op.name]?.(node, inputs)
