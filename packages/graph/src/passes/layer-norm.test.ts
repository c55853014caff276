import { expect, test } from 'vitest'
import { gradients } from '../autodiff/gradients.js'
import { ndArray } from '../nd-array.js'
import * as ops from '../ops/index.js'
import { constant } from '../ops/sources.js'
import type { Tensor } from '../tensor.js'
import { checked, count } from './equality.test-support.js'

const norm = (x: Tensor, weight: Tensor, bias: Tensor, axes: number | readonly number[] = -1) =>
  ops.add(ops.mul(ops.normalize(x, { axes, eps: 1e-3 }), weight), bias)
const names = ({ nodes }: { nodes: readonly Tensor[] }) =>
  nodes.map(({ op }) => op.name).filter((name) => !['input', 'constant', 'expand', 'reshape'].includes(name))

test('in use it is one operator, over one axis or several', () => {
  expect(names(checked((x, w, b) => norm(x, w, b), [3, 4, 5], [5], [5]).after)).toEqual(['layerNorm'])
  expect(names(checked((x, w, b) => norm(x, w, b, [-2, -1]), [3, 4, 5], [4, 5], [1, 4, 5]).after)).toEqual([
    'layerNorm',
  ])
  expect(names(checked((x) => ops.normalize(x, { axes: -1 }), [3, 4]).after)).toEqual(['layerNorm'])
})

test('written as a quotient as well', () => {
  const { after } = checked(
    (x, w, b) => {
      const d = ops.sub(x, ops.mean(x, { axes: 1, keepDims: true }))
      const spread = ops.mean(ops.square(d), { axes: 1, keepDims: true })
      return ops.add(b, ops.mul(w, ops.div(d, ops.sqrt(ops.add(1e-5, spread)))))
    },
    [3, 4],
    [4],
    [4],
  )
  expect(names(after)).toEqual(['layerNorm'])
})

test('in training the gradient takes what the operator gives out', () => {
  const { after } = checked(
    (x, w, b, g) => [norm(x, w, b), ...gradients(norm(x, w, b), [x, w, b], g)],
    [3, 4, 5],
    [5],
    [5],
    [3, 4, 5],
  )
  expect([count(after, 'layerNorm'), count(after, 'inverseDeviation'), count(after, 'sqrt')]).toEqual([1, 1, 0])
})

test('what was taken apart for other purposes is still there', () => {
  const { after } = checked(
    (x, w, b) => {
      const { mean, variance } = ops.moments(x, { axes: -1, keepDims: true })
      return [norm(x, w, b), mean, variance, ops.sub(x, mean)]
    },
    [3, 4],
    [4],
    [4],
  )
  expect(count(after, 'layerNorm')).toBe(1)
})

test('other axes, and vectors along other axes, stay', () => {
  expect(count(checked((x, w, b) => norm(x, w, b, 0), [3, 4], [4], [4]).after, 'layerNorm')).toBe(0)
  const along = checked((x, w, b) => norm(x, w, b), [4, 4], [4, 1], [4])
  expect(names(along.after)).toEqual(['layerNorm', 'mul', 'add'])
  expect(names(checked((x, w, b) => norm(x, w, b), [3, 4], [4], []).after)).toEqual(['layerNorm', 'mul', 'add'])
})

test('numbers of more axes than x has make a result of more axes, which stays', () => {
  const epsilon = constant(ndArray([1e-3], [1, 1, 1]))
  const { after } = checked(
    (x) => {
      const d = ops.sub(x, ops.mean(x, { axes: 1, keepDims: true }))
      return ops.div(d, ops.sqrt(ops.add(ops.mean(ops.square(d), { axes: 1, keepDims: true }), epsilon)))
    },
    [3, 4],
  )
  expect(after.outputs[0].tensor.shape).toEqual([1, 3, 4])
})
