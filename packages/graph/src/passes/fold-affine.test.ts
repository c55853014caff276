import { randomStream } from '@epipole/core'
import { expect, test } from 'vitest'
import { ndArray } from '../nd-array.js'
import * as ops from '../ops/index.js'
import { constant } from '../ops/sources.js'
import { sizeOf } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { checked, count } from './equality.test-support.js'

const random = randomStream(5)
// Eighths, whose products f32 holds exactly.
const fixed = (...shape: number[]) =>
  constant(
    ndArray(
      Float32Array.from({ length: sizeOf(shape) }, () => Math.round(8 * random.normal()) / 8),
      shape,
    ),
  )
const elementwise = (graph: ReturnType<typeof checked>['after']) =>
  ['mul', 'add', 'sub'].map((op) => count(graph, op)).reduce((a, b) => a + b)
const over = (f: (y: Tensor) => Tensor | Tensor[], bias?: Tensor) =>
  checked((x) => f(ops.conv2d(x, fixed(4, 3, 3, 3), { padding: 1, bias })), [2, 3, 5, 6]).after

test('scale and shift of each map go into the convolution before', () => {
  for (const bias of [undefined, fixed(4)]) {
    const after = over((y) => ops.add(ops.mul(ops.sub(y, fixed(4, 1, 1)), fixed(1, 4, 1, 1)), fixed(4, 1, 1)), bias)
    expect(elementwise(after)).toBe(0)
    expect(count(after, 'conv2d')).toBe(1)
  }
  expect(elementwise(over((y) => ops.mul(2, y)))).toBe(0)
})

test('what is no number a map stays, and so does what two need', () => {
  expect(elementwise(over((y) => ops.mul(y, fixed(5, 6))))).toBe(1)
  expect(elementwise(over((y) => ops.sub(fixed(4, 1, 1), y)))).toBe(1)
  expect(elementwise(over((y) => [ops.mul(y, fixed(4, 1, 1)), y]))).toBe(1)
  const shared = over((y) => [ops.mul(y, fixed(4, 1, 1)), ops.exp(y)])
  expect([elementwise(shared), count(shared, 'conv2d')]).toEqual([1, 1])
})

test('kernels that change stay apart from their scales', () => {
  const { after } = checked((x, w) => ops.mul(ops.conv2d(x, w), fixed(4, 1, 1)), [2, 3, 5, 6], [4, 3, 3, 3])
  expect(count(after, 'mul')).toBe(1)
})

test('kernels stored as integers stay so, and are not multiplied out', () => {
  const integers = constant(
    ndArray(
      Int8Array.from({ length: 108 }, (_, i) => (i % 17) - 8),
      [4, 3, 3, 3],
    ),
  )
  const zeros = constant(ndArray(new Int8Array(4), [4]))
  const { after } = checked(
    (x) => ops.mul(ops.conv2d(x, ops.dequantize(integers, fixed(4), zeros, { axis: 0 })), fixed(4, 1, 1)),
    [2, 3, 5, 6],
  )
  expect([count(after, 'dequantize'), after.outputs[0].tensor.op.name]).toEqual([1, 'mul'])
})

test('one map that a constant repeats is not one of many', () => {
  const { after } = checked((x) => ops.mul(ops.conv2d(x, fixed(1, 3, 3, 3)), fixed(4, 1, 1)), [2, 3, 5, 6])
  expect(after.outputs[0].tensor.shape).toEqual([2, 4, 3, 4])
})
