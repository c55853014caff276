import { expect, test } from 'vitest'
import { gradients } from '../autodiff/gradients.js'
import type { Graph } from '../graph.js'
import * as ops from '../ops/index.js'
import type { Tensor } from '../tensor.js'
import { checked, count } from './equality.test-support.js'

const ranks = (graph: Graph) => graph.nodes.filter(({ op }) => op.name === 'matmul').map(({ rank }) => rank)

test('the gradient of a layer’s weights is one product of all rows', () => {
  const grads = (x: Tensor, w: Tensor, g: Tensor) => gradients(ops.sum(ops.mul(ops.matmul(x, w), g)), [x, w])
  const { before, after } = checked(grads, [3, 2, 4], [4, 5], [3, 2, 5])
  expect(count(before, 'sum')).toBe(1)
  expect(count(after, 'sum')).toBe(0)
  expect(ranks(after)).toEqual([3, 2])
  // Of two axes of batches as well.
  expect(ranks(checked(grads, [2, 3, 2, 4], [4, 5], [2, 3, 2, 5]).after)).toEqual([4, 2])
})

test('sums that keep an axis of the batch, or whose factors are repeated, stay', () => {
  const product = (x: Tensor, y: Tensor) => ops.matmul(ops.transpose(x), y)
  expect(count(checked((x, y) => ops.sum(product(x, y), { axes: 0 }), [2, 3, 4, 5], [2, 3, 4, 6]).after, 'sum')).toBe(1)
  expect(count(checked((x, y) => ops.sum(product(x, y), { axes: 0 }), [3, 4, 5], [1, 4, 6]).after, 'sum')).toBe(1)
  // Not transposed, the rows would have to move first.
  expect(count(checked((x, y) => ops.sum(ops.matmul(x, y), { axes: 0 }), [3, 5, 4], [3, 4, 6]).after, 'sum')).toBe(1)
})

test('a transposed product of transposed factors is a product the other way', () => {
  const { after } = checked((x, y) => ops.transpose(ops.matmul(x, ops.transpose(y))), [2, 3, 4], [2, 5, 4])
  expect(count(after, 'transpose')).toBe(1)
  const shared = checked(
    (x, y) => {
      const product = ops.matmul(x, ops.transpose(y))
      return [product, ops.transpose(product)]
    },
    [2, 3, 4],
    [2, 5, 4],
  )
  expect(count(shared.after, 'matmul')).toBe(1)
})

test('attention’s gradients need no transposed copies of keys or scores', () => {
  const { after } = checked(
    (q, k, v, g) => gradients(ops.sum(ops.mul(ops.attention(q, k, v), g)), [q, k, v]),
    [2, 2, 5, 4],
    [2, 2, 5, 4],
    [2, 2, 5, 4],
    [2, 2, 5, 4],
  )
  const turnedOver = after.nodes.filter(({ op }) => op.name === 'transpose')
  const taken = new Set(after.nodes.filter(({ op }) => op.name === 'matmul').flatMap(({ inputs }) => inputs))
  expect(turnedOver.every((node) => taken.has(node))).toBe(true)
})

test('rows are summed by a product with ones, whatever the axes before the last', () => {
  const sums = (shape: number[], ...options: ops.ReduceOptions[]) => {
    const { after } = checked((x) => options.map((o) => ops.sum(x, o)), shape)
    return [count(after, 'sum'), count(after, 'matmul')]
  }
  expect(sums([16, 8, 64], { axes: [0, 1] }, { axes: [0, 1], keepDims: true })).toEqual([0, 1])
  expect(sums([16, 8, 64], { axes: 0 }, { axes: [1, 2] }, { axes: [0, 1, 2] })).toEqual([3, 0])
  expect(sums([4, 64], { axes: 0 })).toEqual([0, 1])
  expect(sums([4, 64], { axes: 1 }, {})).toEqual([2, 0])
})
