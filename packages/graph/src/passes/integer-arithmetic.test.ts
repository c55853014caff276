import { randomStream } from '@epipole/core'
import { expect, test } from 'vitest'
import { f32, type Graph, trace } from '../graph.js'
import { interpret } from '../interpret/interpret.js'
import { type NdArray, ndArray } from '../nd-array.js'
import { fromOnnx } from '../onnx/from-onnx.js'
import { toOnnx } from '../onnx/to-onnx.js'
import * as ops from '../ops/index.js'
import { constant } from '../ops/sources.js'
import { sizeOf } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { integerArithmetic } from './integer-arithmetic.js'

const random = randomStream(5)
const normal = (...shape: number[]): NdArray =>
  ndArray(
    Float32Array.from({ length: sizeOf(shape) }, () => random.normal()),
    shape,
  )
const image = (x: Tensor, highest = 255) =>
  ops.fakeQuantize(x, { scale: 0.03, zeroPoint: Math.floor(highest / 2), lowest: 0, highest })
/** By channel of the first axis, as weights are. */
const kernel = (w: NdArray, highest = 63) => {
  const x = constant(w)
  const axes = w.shape.map((_, i) => i).slice(1)
  const scale = ops.div(ops.max(ops.abs(x), { axes, keepDims: true }), highest)
  return ops.fakeQuantize(x, { scale, zeroPoint: 0, lowest: -highest, highest })
}
const channels = (...values: number[]) => constant(ndArray(values, [1, values.length, 1, 1], 'f32'))
const names = (graph: Graph) => graph.nodes.map(({ op }) => op.name)

function differ(before: Graph, after: Graph, x: NdArray): number {
  const [[a], [b]] = [before, after].map((graph) => interpret(graph, [x], { precision: 'f64' }))
  expect(b.shape).toEqual(a.shape)
  return Math.max(...a.data.map((v, i) => Math.abs(v - b.data[i])))
}

test('a convolution with what follows it by channel is one of integers', () => {
  const w = normal(3, 2, 3, 3)
  const { graph } = trace(
    (x) => {
      const y = ops.conv2d(image(x), kernel(w), { padding: 1, stride: 2 })
      // A bias and a batch norm in use: factors below 0 turn the kernel's sign, of 0 nothing is left.
      return [
        ops.relu(ops.add(ops.mul(channels(0.7, -1.3, 0), ops.add(y, channels(0.3, -0.2, 1))), channels(0.1, 2, -1))),
      ]
    },
    f32(2, 2, 6, 5),
  )
  const after = integerArithmetic(graph)
  const left = names(after).filter((name) => name !== 'constant')
  expect(left).toEqual(['input', 'quantize', 'dequantize', 'dequantize', 'dequantize', 'conv2d', 'relu'])
  // Only the bias is rounded, to the grid of the products.
  const step = 0.03 * 1.3 * (Math.max(...w.data.map(Math.abs)) / 63)
  expect(differ(graph, after, normal(2, 2, 6, 5))).toBeLessThanOrEqual(step / 2 + 1e-6)
})

test('a product of matrices takes its weights transposed', () => {
  const w = normal(4, 6)
  const { graph } = trace(
    (x) => [ops.add(ops.matmul(image(x), ops.transpose(kernel(w))), constant(normal(4)))],
    f32(5, 6),
  )
  const after = integerArithmetic(graph)
  expect(names(after)).not.toContain('transpose')
  const kept = after.nodes.filter(({ op, dtype, rank }) => op.name === 'constant' && dtype === 'i8' && rank === 2)
  expect(kept.map(({ shape }) => shape)).toEqual([[6, 4]])
  expect(differ(graph, after, normal(5, 6))).toBeLessThan(1e-6)
})

test('fewer bits are held before they are integers', () => {
  const { graph } = trace((x) => [image(x, 15)], f32(50))
  const after = integerArithmetic(graph)
  expect(names(after)).toContain('clamp')
  expect(differ(graph, after, normal(50))).toBeLessThan(1e-12)
})

test('a grid that is computed on the way, or none that integers of 8 bits have, stays in floats', () => {
  const { graph } = trace(
    (x) => [
      ops.fakeQuantize(x, { scale: ops.div(ops.max(x), 255), zeroPoint: 0, lowest: 0, highest: 255 }),
      ops.fakeQuantize(x, { scale: 0.1, zeroPoint: 0, lowest: -511, highest: 511 }),
      ops.fakeQuantize(x, { scale: constant(ndArray([0.1, 0.2], [2, 1])), zeroPoint: 0, lowest: -7, highest: 7 }),
    ],
    f32(2, 3),
  )
  expect(names(integerArithmetic(graph)).filter((name) => name === 'fakeQuantize')).toHaveLength(3)
  const { graph: plain } = trace((x) => [ops.relu(x)], f32(2))
  expect(integerArithmetic(plain)).toBe(plain)
})

test('the file keeps weights as bytes, and gives the same numbers when it is read', () => {
  const w = normal(64, 256)
  const of = (weight: Tensor) =>
    trace(({ x }) => ({ y: ops.matmul(image(x), ops.transpose(weight)) }), { x: f32(2, 256) }).graph
  const [file, plain] = [toOnnx(of(kernel(w))), toOnnx(of(constant(w)))]
  expect(plain.length / file.length).toBeGreaterThan(3.7)
  const x = normal(2, 256)
  expect(differ(of(kernel(w)), fromOnnx(file), x)).toBeLessThan(1e-5)
})
