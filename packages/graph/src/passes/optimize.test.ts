import { randomStream } from '@epipole/core'
import { describe, expect, test } from 'vitest'
import { gradients } from '../autodiff/gradients.js'
import { f32, type Graph, trace } from '../graph.js'
import { interpret } from '../interpret/interpret.js'
import { ndArray } from '../nd-array.js'
import * as ops from '../ops/index.js'
import { sizeOf } from '../shape.js'
import { constant, type Tensor } from '../tensor.js'
import { optimize } from './optimize.js'

const count = (graph: Graph, op: string) => graph.nodes.filter((node) => node.op.name === op).length

/** The optimized graph gives the values of the plain one (in f64, to 1e-12). */
function checked(f: (...xs: Tensor[]) => Tensor | Tensor[], ...shapes: number[][]): { before: Graph; after: Graph } {
  const random = randomStream(3)
  const before = trace(
    (xs) => f(...xs),
    shapes.map((s) => f32(...s)),
  ).graph
  const after = optimize(before)
  const feeds = shapes.map((s) =>
    ndArray(
      Float32Array.from({ length: sizeOf(s) }, () => random.normal()),
      s,
    ),
  )
  const [a, b] = [before, after].map((graph) => interpret(graph, feeds, { precision: 'f64' }))
  a.forEach(({ shape, data }, i) => {
    expect(b[i].shape).toEqual(shape)
    data.forEach((value, k) => {
      expect(Math.abs(value - b[i].data[k])).toBeLessThan(1e-12 * (1 + Math.abs(value)))
    })
  })
  return { before, after }
}

describe('convolution gradients in their fast forms keep their values', () => {
  const cases: [string, number[], number[], ops.Conv2dOptions][] = [
    ['3 × 3', [2, 3, 6, 5], [4, 3, 3, 3], { padding: 1 }],
    ['1 × 1', [2, 3, 4, 5], [4, 3, 1, 1], {}],
    ['stride 2 with a rest', [2, 2, 6, 7], [3, 2, 3, 3], { stride: 2, padding: 1 }],
    ['chunks of images', [6, 2, 20, 20], [2, 2, 3, 3], { padding: 1 }],
    ['dilation', [1, 2, 8, 7], [2, 2, 3, 2], { dilation: 2, padding: [2, 0] }],
    ['groups', [2, 4, 5, 5], [6, 2, 3, 3], { groups: 2, padding: 1 }],
    ['depthwise', [2, 3, 6, 6], [3, 1, 3, 3], { groups: 3, padding: 1 }],
    ['depthwise, stride 2, two maps a channel', [2, 3, 6, 6], [6, 1, 3, 3], { groups: 3, padding: 1, stride: 2 }],
    ['more padding than the kernel reaches', [1, 1, 4, 4], [1, 1, 2, 2], { padding: 3 }],
  ]
  test.each(cases)('%s', (_, x, w, options) => {
    const { after } = checked(
      (a, b) => {
        const y = ops.conv2d(a, b, options)
        return gradients(ops.sum(ops.mul(y, ops.cos(y))), [a, b])
      },
      x,
      w,
    )
    expect(count(after, 'conv2dKernel')).toBe(0)
  })
  test('with stride 1 nothing is left of the transposed convolution', () => {
    const { before, after } = checked(
      (x, w) => gradients(ops.sum(ops.exp(ops.conv2d(x, w))), [x])[0],
      [1, 2, 5, 5],
      [3, 2, 3, 3],
    )
    expect([count(before, 'conv2dInput'), count(after, 'conv2dInput')]).toEqual([1, 0])
  })
})

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
