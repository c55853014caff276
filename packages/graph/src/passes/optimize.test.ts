import { expect, test } from 'vitest'
import { gradients } from '../autodiff/gradients.js'
import { f32, trace } from '../graph.js'
import { ndArray } from '../nd-array.js'
import * as ops from '../ops/index.js'
import { constant } from '../ops/sources.js'
import { withScope } from '../scope.js'
import type { Tensor } from '../tensor.js'
import { checked, count } from './equality.test-support.js'
import { optimize } from './optimize.js'

test('equal parts are computed once, in either order of a sum', () => {
  const { after } = checked((x, y) => ops.mul(ops.exp(ops.add(x, y)), ops.exp(ops.add(y, x))), [3], [3])
  expect([count(after, 'add'), count(after, 'exp')]).toEqual([1, 1])
})

test('constants are folded, unless the result is larger than what it is made of', () => {
  const table = constant(ndArray([1, 2, 3], [3]))
  const { after } = checked(
    (x) => [
      ops.add(x, ops.neg(ops.mul(table, 2))),
      ops.add(ops.sum(x), ops.expand(constant(ndArray([5], [])), [5000])),
    ],
    [3],
  )
  expect([count(after, 'neg'), count(after, 'mul'), count(after, 'expand')]).toEqual([0, 0, 1])
})

test('identities vanish', () => {
  const { after } = checked(
    (x) => {
      const turned = ops.transpose(ops.transpose(ops.mul(ops.add(x, 0), 1)))
      return ops.neg(ops.neg(ops.sub(ops.div(ops.reshape(ops.reshape(turned, [6]), [2, 3]), 1), 0)))
    },
    [2, 3],
  )
  expect(after.nodes.length).toBe(1)
})

test('the gradient of relu needs no selection', () => {
  const { after } = checked((x) => gradients(ops.sum(ops.square(ops.relu(x))), [x])[0], [4, 5])
  expect([count(after, 'where'), count(after, 'greater')]).toEqual([0, 0])
  // Of anything but a relu it does.
  const other = checked((x, g) => ops.where(ops.greater(x, 0), g, 0), [4], [4])
  expect(count(other.after, 'where')).toBe(1)
})

test('a transposition that moves axes of size 1 only is a reshape', () => {
  const { after } = checked((x) => ops.transpose(x, [1, 2, 0, 3]), [1, 3, 2, 1])
  expect([count(after, 'transpose'), count(after, 'reshape')]).toEqual([0, 1])
})

test('a broadcast with a neutral element is no identity', () => {
  const { after } = checked((x) => ops.add(x, constant(ndArray([0, 0], [2, 1]))), [3])
  expect(after.outputs[0].tensor.shape).toEqual([2, 3])
})

test('infinities, NaN and negative zero of constants stay apart', () => {
  const of = (v: number) => constant(ndArray([v], []))
  const { after } = checked(
    (x) => [ops.div(1, ops.mul(x, of(-0))), ops.div(1, ops.mul(x, of(0)))].map((y) => ops.sign(y)),
    [3],
  )
  expect(count(after, 'mul')).toBe(2)
})

test('constants that an operation refuses are told with the operation and its line', () => {
  const { graph } = trace(
    (x) => ops.add(x, ops.gather(constant(ndArray([1, 2], [2])), constant(ndArray([5], [1], 'i64')))),
    f32(1),
  )
  expect(() => optimize(graph)).toThrow(
    /^gather\(f32\[2\], i64\[1\]\) at .*optimize\.test\.ts:\d+:\d+: index 5 is outside an axis of 2\.$/,
  )
})

test('what stands for a node has its layer and its line', () => {
  const norm = (x: Tensor) => withScope('norm', () => ops.normalize(x, { axes: -1 }))
  const { graph } = trace((x) => ops.relu(norm(x)), f32(2, 3))
  const fused = optimize(graph).nodes.find(({ op }) => op.name === 'layerNorm')
  expect(fused?.scope).toBe('norm')
  expect(fused?.callSite).toMatch(/optimize\.test\.ts:\d+:\d+$/)
  expect(fused?.callSite).toBe(graph.nodes.find(({ scope }) => scope === 'norm')?.callSite)
})

test('what a target computes less exactly, or only for one batch, is left as it is', () => {
  const { graph } = trace((x) => ops.normalize(x, { axes: -1 }), f32(2, 3))
  expect(count(optimize(graph), 'layerNorm')).toBe(1)
  expect(count(optimize(graph, { layerNorm: false }), 'layerNorm')).toBe(0)
  const images = trace((x) => ops.normalize(x, { axes: [0, 2, 3] }), f32(2, 3, 16, 16)).graph
  expect(count(optimize(images), 'conv2d')).toBe(1)
  expect(count(optimize(images, { anyBatch: true }), 'conv2d')).toBe(0)
})
