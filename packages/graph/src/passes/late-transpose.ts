import type { Graph } from '../graph.js'
import * as ops from '../ops/index.js'
import { Tensor } from '../tensor.js'
import { type Rule, rewrite } from './rewrite.js'
import { userCounts } from './users.js'

/**
 * What is computed element by element from a transposed tensor, or averaged over whole axes of it, is computed before it is transposed.
 * The transposition then meets the next one, and both vanish, or the next convolution, which reads its image in either layout.
 * The values stay.
 */
export function lateTranspose(graph: Graph): Graph {
  const users = userCounts(graph)
  return rewrite(graph, (node, inputs) => {
    const transposed = inputs.filter(isTranspose)
    if (transposed.length === 0 || transposed.length < inputs.length) return undefined
    // A transposed tensor that others want too exists anyway.
    const alone = node.inputs.some((input) => users.get(input) === 1)
    return alone ? (elementwise(node, inputs) ?? reduced(node, inputs)) : undefined
  })
}

const isTranspose = ({ op }: Tensor) => op.name === 'transpose'
const permOf = ({ attrs }: Tensor) => attrs.perm as readonly number[]

/** Ops of which each element of the result depends on the elements in its place alone. */
const ELEMENTWISE = new Set([
  'relu',
  'gelu',
  'sigmoid',
  'tanh',
  'erf',
  'exp',
  'neg',
  'abs',
  'sqrt',
  'softplus',
  'add',
  'sub',
  'mul',
])

const elementwise: Rule = (node, inputs) => {
  const perm = permOf(inputs[0])
  const alike = inputs.every((x) => x.rank === node.rank && permOf(x).every((p, i) => p === perm[i]))
  if (!alike || !ELEMENTWISE.has(node.op.name)) return undefined
  const before = inputs.map((x) => x.inputs[0])
  const type = node.op.infer(before, node.attrs)
  return ops.transpose(new Tensor(node.op, before, node.attrs, type), perm)
}

const REDUCTIONS: Readonly<Record<string, typeof ops.sum>> = {
  sum: ops.sum,
  mean: ops.mean,
  max: ops.max,
  min: ops.min,
}

const reduced: Rule = (node, [x]) => {
  const reduce = REDUCTIONS[node.op.name]
  const perm = permOf(x)
  const axes = node.attrs.axes as readonly number[]
  const kept = perm.filter((_, i) => !axes?.includes(i))
  if (reduce === undefined || kept.some((p, i) => i > 0 && p < kept[i - 1])) return undefined
  return ops.reshape(reduce(x.inputs[0], { axes: axes.map((axis) => perm[axis]) }), node.shape)
}
