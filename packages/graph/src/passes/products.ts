import type { Graph } from '../graph.js'
import * as ops from '../ops/index.js'
import { asTensor } from '../ops/sources.js'
import { sameShape, sizeOf } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { type Rule, rewrite } from './rewrite.js'
import { userCounts } from './users.js'

/**
 * Products of matrices, as gradients leave them, in the forms that ONNX Runtime computes fastest (measured, see bench/README.md).
 * The values stay, to rounding.
 */
export function products(graph: Graph): Graph {
  const users = userCounts(graph)
  return rewrite(graph, (node, inputs) => {
    // What has other users exists anyway.
    const shared = (users.get(node.inputs[0]) ?? 0) > 1
    return (shared ? undefined : (summed(node, inputs) ?? turned(node, inputs))) ?? sumOfRows(node, inputs)
  })
}

/** Whether the last two axes of x swap places and all others stay. */
export const swapsLast = ({ op, attrs, rank }: Tensor) =>
  op.name === 'transpose' &&
  (attrs.perm as readonly number[]).every((p, i) => p === (i < rank - 2 ? i : 2 * rank - 3 - i))

/** Σ aᵀ b over the batch, as the weights of a layer have it as their gradient: one product of matrices of all rows. */
const summed: Rule = (node, [x]) => {
  if (node.op.name !== 'sum' || x.op.name !== 'matmul') return undefined
  const [a, b] = x.inputs
  const batch = x.shape.slice(0, -2)
  const axes = node.attrs.axes as readonly number[]
  const overBatch = batch.length > 0 && axes.length === batch.length && axes.every((axis, i) => axis === i)
  const full = [a, b].every((t) => sameShape(t.shape.slice(0, -2), batch))
  if (!overBatch || !full || !swapsLast(a)) return undefined
  const rows = (t: Tensor) => ops.reshape(t, [-1, t.shape[t.rank - 1]])
  return ops.reshape(ops.matmul(ops.transpose(rows(a.inputs[0])), rows(b)), node.shape)
}

/** (a b)ᵀ = bᵀ aᵀ where a factor is transposed already: the runtime reads a factor either way at no cost. */
const turned: Rule = (node, [x]) => {
  if (x?.op.name !== 'matmul' || !swapsLast(node) || !x.inputs.some(swapsLast)) return undefined
  const [a, b] = x.inputs.map((t) => (swapsLast(t) ? t.inputs[0] : ops.transpose(t)))
  return ops.matmul(b, a)
}

/** Sums over all axes but the last, as biases have them as their gradient: a product with a row of ones. */
const sumOfRows: Rule = (node, [x]) => {
  if (node.op.name !== 'sum' || x.rank < 2 || x.dtype !== 'f32') return undefined
  const axes = node.attrs.axes as readonly number[]
  const [rows, columns] = [sizeOf(x.shape.slice(0, -1)), x.shape[x.rank - 1]]
  if (axes.length !== x.rank - 1 || axes.includes(x.rank - 1) || rows === 1 || columns === 1) return undefined
  const ones = ops.expand(asTensor(1), [1, rows])
  return ops.reshape(ops.matmul(ones, ops.reshape(x, [rows, columns])), node.shape)
}
