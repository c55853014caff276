import { describe, expect, test } from 'vitest'
import { gradients } from '../autodiff/gradients.js'
import { nodeRuntime } from '../device/node-runtime.node.js'
import { fromRuntime, toRuntime } from '../device/runtime.js'
import { f32, type Graph, trace } from '../graph.js'
import { interpret } from '../interpret/interpret.js'
import { type NdArray, ndArray, zerosArray } from '../nd-array.js'
import * as ops from '../ops/index.js'
import { constant } from '../ops/sources.js'
import { withScope } from '../scope.js'
import { sizeOf } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { fromOnnx, readOnnx } from './from-onnx.js'
import { toOnnx } from './to-onnx.js'

const wave = (shape: readonly number[], k: number) =>
  ndArray(
    Float32Array.from({ length: sizeOf(shape) }, (_, i) => Math.sin(k * (i + 1))),
    shape,
  )

type Model = (x: Tensor, batch: number) => Tensor
const traced = (f: Model, shape: readonly number[]) => (batch: number) =>
  trace(({ x }) => ({ y: f(x, batch) }), { x: f32(batch, ...shape) }).graph

/** The file with an open batch, from two sizes. */
const opened = (f: Model, shape: readonly number[], [n, m] = [2, 5]) => {
  const graph = traced(f, shape)
  return toOnnx(graph(n), { batch: { other: graph(m) } })
}

const close = (a: NdArray, b: NdArray) => {
  expect(a.shape).toEqual(b.shape)
  a.data.forEach((v, i) => {
    expect(Math.abs(v - b.data[i])).toBeLessThan(1e-5 * (1 + Math.abs(b.data[i])))
  })
}

/** What the file computes for other batches, read again and by ONNX Runtime, is what the function does. */
async function holds(f: Model, shape: readonly number[], sizes: [number, number] = [2, 5], batches = [1, 3, 8]) {
  const bytes = opened(f, shape, sizes)
  const runtime = await nodeRuntime({ threads: 1 })
  const session = await runtime.InferenceSession.create(bytes, runtime.sessionOptions)
  for (const batch of batches) {
    const x = wave([batch, ...shape], 1.7)
    const [own] = interpret(traced(f, shape)(batch), [x])
    const [read] = interpret(fromOnnx(bytes, { batch }), [x])
    close(read, own)
    const { y } = await session.run({ x: toRuntime(runtime, x) }, { y: null })
    close(fromRuntime('f32', y), own)
  }
  await session.release()
}

describe('what depends on the batch and can be said holds for all sizes', () => {
  test('places counted from the end, of the batch and of other axes, whatever else is called so', async () => {
    await holds((x) => ops.slice(x, 0, -1), [3])
    await holds((x) => ops.slice(x, 0, 0, -1), [3])
    await holds((x) => ops.add(ops.slice(x, 0, 1), ops.slice(x, 0, 0, -1)), [3], [2, 5], [2, 3, 8])
    await holds((x) => ops.slice(ops.slice(x, 1, 1, -1), 0, -2), [5], [3, 5], [2, 4, 8])
    await holds((x, n) => ops.slice(ops.reshape(x, [n * 6]), 0, -4, -1), [6])
  })
  test('every other element, and what is left over of a shape', async () => {
    const everyOther: Model = (x) => {
      const y = ops.slice(x, 0, 0, undefined, 2)
      return ops.reshape(y, [y.shape[0], 6])
    }
    await holds(everyOther, [2, 3])
    // All pairs: the square of the batch.
    await holds((x) => ops.flatten(ops.matmul(x, ops.transpose(x)), 0), [3])
    await holds((x, n) => ops.reshape(ops.matmul(x, ops.transpose(x)), [n, n, 1]), [3])
  })
  test('sizes of one axis that another has, too', async () => {
    await holds((x, n) => ops.add(ops.expand(ops.mean(x, { axes: [0], keepDims: true }), [n, 2]), x), [2])
    await holds(
      (x, n) =>
        ops.pad(ops.reshape(x, [n, 5, 2]), [
          [0, 0],
          [2, 5],
          [0, 0],
        ]),
      [10],
    )
  })
  test('numbers repeated over the batch, as states that begin with 0', async () => {
    await holds((x, n) => ops.concat([constant(zerosArray([n, 4])), x], 1), [3])
    await holds((x, n) => ops.mul(x, constant(ndArray(new Array(n * 3).fill(2), [n, 3]))), [3], [2, 30])
  })
  test('sums divided by the batch, and gradients of means', async () => {
    await holds((x, n) => ops.div(ops.sum(x, { axes: 0 }), n), [3])
    await holds((x, n) => ops.mul(ops.sum(x, { axes: 0 }), 1 / (n * 3)), [3])
    await holds((x) => gradients(ops.mean(ops.square(x)), x), [3])
  })
  test('statistics over the batch, whose fastest form is one for each size', async () => {
    await holds((x) => ops.relu(ops.normalize(x, { axes: [0, 2, 3] })), [2, 12, 12], [2, 5], [3])
  })
})

test('where one input is a multiple of the batch, the other names it', () => {
  const pairs = (n: number): Graph =>
    trace(({ pairs, label }) => ({ y: ops.add(ops.reshape(pairs, [n, 2, 3]), ops.reshape(label, [n, 1, 1])) }), {
      pairs: f32(2 * n, 3),
      label: f32(n),
    }).graph
  const model = readOnnx(toOnnx(pairs(2), { batch: { name: 'n', other: pairs(3) } }))
  expect(model.inputs.map(({ shape }) => shape)).toEqual([[undefined, 3], ['n']])
})

describe('what cannot be said is refused with the call', () => {
  const refusal = (f: Model, shape: readonly number[], sizes?: [number, number]): string => {
    try {
      opened((x, n) => withScope('head', () => f(x, n)), shape, sizes)
    } catch (error) {
      return (error as Error).message
    }
    return 'written'
  }
  test('constants that are no sizes', () => {
    expect(refusal((x, n) => ops.mul(x, 1 / (n + 1)), [3])).toMatch(
      /^mul\(f32\[2, 3\], f32\[\]\) in head at .*open-size\.test\.ts:\d+:\d+: a constant of Mul depends on the batch size in a way that is not known, \[0\.33333\d+\] with 2, \[0\.16666\d+\] with 5: export/,
    )
    expect(refusal((x, n) => ops.add(x, constant(wave([n, 30], 1))), [30])).toContain('numbers of shape [2, 30] with 2')
  })
  test('attributes', () => {
    const grouped: Model = (x, n) =>
      ops.conv2d(ops.reshape(x, [1, n * 2, 3, 3]), ops.expand(constant(ndArray([1], [1, 1, 1, 1])), [n, 2, 2, 2]), {
        groups: n,
      })
    expect(refusal(grouped, [2, 3, 3])).toMatch(
      /^conv2d\(f32\[1, 4, 3, 3\], f32\[2, 2, 2, 2\]\) in head at .*open-size\.test\.ts.*: ONNX fixes Conv's group, which is 2 with a batch of 2, 5 with 5: export/,
    )
  })
  test('other operations', () => {
    expect(refusal((x, n) => (n > 2 ? ops.exp(x) : ops.tanh(x)), [3])).toMatch(
      /different structure: with 2 there is tanh\(f32\[2, 3\]\) in head at .*, with 5 exp\(f32\[5, 3\]\) in head at/,
    )
    expect(refusal((x, n) => (n > 2 ? ops.exp(ops.tanh(x)) : ops.tanh(x)), [3])).toContain(
      'with 2 there is nothing, with 5 exp',
    )
  })
  test('sizes that only look linear: no file is written that would fail for others', () => {
    const pairs: Model = (x, n) => {
      const all = ops.reshape(ops.matmul(x, ops.transpose(x)), [n * n])
      return ops.add(all, ops.expand(ops.mean(x, { axes: [0], keepDims: false }), [n * n]))
    }
    expect(refusal(pairs, [1])).toMatch(/^The file would hold for batches of 2 and 5, but not of 7: .*\(/)
    const half: Model = (x, n) =>
      ops.add(ops.expand(ops.mean(x, { keepDims: true }), [Math.ceil(n / 2), 1]), ops.slice(x, 0, 0, undefined, 2))
    expect(refusal(half, [1], [3, 4])).toMatch(/^The file would hold for batches of 3 and 4, but not of 7/)
  })
  test('graphs of different functions', () => {
    const [one, two] = [trace((x) => [ops.exp(x)], f32(2)).graph, trace((x) => [ops.exp(x)], f32(3, 1)).graph]
    expect(() => toOnnx(one, { batch: { other: two } })).toThrow('The two graphs take different inputs')
    expect(() => toOnnx(one, { batch: { other: one } })).toThrow('No input differs between the two batch sizes')
  })
})
