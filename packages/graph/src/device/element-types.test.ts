import { afterAll, describe, expect, test } from 'vitest'
import { DTYPES, type DType } from '../dtype.js'
import { type TensorSpec, trace } from '../graph.js'
import { interpret } from '../interpret/interpret.js'
import { ndArray } from '../nd-array.js'
import * as ops from '../ops/index.js'
import { constant } from '../ops/sources.js'
import type { Tensor } from '../tensor.js'
import { disagreement } from './agreement.test-support.js'
import { nodeDevice } from './node.node.js'

const places = (values: number[], dtype: DType) => constant(ndArray(values, [values.length], dtype))
const turned = (x: Tensor) => ops.concat([ops.slice(x, 0, 1), ops.slice(x, 0, 0, 1)])
const image = (x: Tensor) => ops.reshape(x, [1, 1, 2, 3])
const one = (f: (x: Tensor) => Tensor) => f
const two =
  (f: (a: Tensor, b: Tensor) => Tensor): ((x: Tensor) => Tensor) =>
  (x) =>
    f(x, turned(x))

/** Operations on a matrix [2, 3] of any element type. */
const calls: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  ...Object.fromEntries(
    (
      'abs neg sign exp expm1 log log1p sqrt sin cos tanh sigmoid softplus relu erf floor ceil round reciprocal square not softmax ' +
      'logSoftmax sum mean max min argmax argmin logSumExp variance normalize orthogonalize transpose flatten'
    )
      .split(' ')
      .map((name) => [name, one(ops[name as 'abs'])]),
  ),
  ...Object.fromEntries(
    'add sub mul div pow maximum minimum equal less lessEqual greater greaterEqual and or'
      .split(' ')
      .map((name) => [name, two(ops[name as 'add'])]),
  ),
  ...Object.fromEntries(DTYPES.map((to) => [`cast to ${to}`, one((x) => ops.cast(x, to))])),
  matmul: (x) => ops.matmul(x, ops.transpose(x)),
  'clamp from 2': (x) => ops.clamp(x, { min: 2 }),
  'clamp to 2': (x) => ops.clamp(x, { max: 2 }),
  cumsum: (x) => ops.cumsum(x, 1, { reverse: true }),
  concat: (x) => ops.concat([x, x], 1),
  pad: (x) =>
    ops.pad(
      x,
      [
        [1, 0],
        [0, 1],
      ],
      1,
    ),
  slice: (x) => ops.slice(x, 1, 0, 3, 2),
  dilate: (x) => ops.dilate(x, 1, 2),
  expand: (x) => ops.expand(ops.reshape(x, [2, 1, 3]), [2, 2, 3]),
  gather: (x) => ops.gather(x, places([1, 0, 1], 'i32')),
  'gather by u8': (x) => ops.gather(x, places([1, 0, 1], 'u8')),
  scatterAdd: (x) => ops.scatterAdd(places([1, 1], 'i8'), x, [3, 3]),
  where: (x) => ops.where(places([1, 0, 1], 'bool'), x, turned(x)),
  oneHot: (x) => ops.oneHot(x, 300),
  'resize2d nearest': (x) => ops.resize2d(image(x), [4, 6], 'nearest'),
  'resize2d bilinear': (x) => ops.resize2d(image(x), [3, 5]),
  maxPool2d: (x) => ops.maxPool2d(image(x), { kernel: 2 }),
  avgPool2d: (x) => ops.avgPool2d(image(x), { kernel: 2, stride: 1 }),
  conv2d: (x) => ops.conv2d(image(x), image(x), { padding: 1 }),
  convTranspose2d: (x) => ops.convTranspose2d(image(x), image(x), { stride: 2 }),
  attention: (x) => ops.attention(x, x, x, { causal: true }),
  fakeQuantize: (x) => ops.fakeQuantize(x, { scale: 0.5, zeroPoint: 0, lowest: -8, highest: 7 }),
}
/** What ONNX Runtime computes in f32 only, though ONNX and the interpreter have it in f64. */
const ONLY_SINGLE = 'softplus erf avgPool2d conv2d convTranspose2d'.split(' ')

const device = nodeDevice({ worker: false, threads: 1 })
afterAll(() => device.close())

describe.each(DTYPES)('of %s', (dtype) => {
  const numbers = dtype === 'f16' ? [0x3c00, 0x4000, 0x3800, 0x4200, 0x3e00, 0x4000] : [1, 2, 3, 1, 3, 2]
  const x = ndArray(dtype === 'bool' ? numbers.map((v) => v % 2) : numbers, [2, 3], dtype)
  const spec: TensorSpec = { spec: true, dtype, shape: x.shape }

  test('an operation either refuses the type while tracing, or the device computes what the interpreter does', async () => {
    let computed = 0
    for (const [name, call] of Object.entries(calls)) {
      let graph: ReturnType<typeof trace>['graph']
      try {
        graph = trace((t) => [call(t)], spec).graph
      } catch (error) {
        expect(error).toMatchObject({ name: 'EpipoleError', code: 'usage' })
        continue
      }
      interpret(graph, [x])
      if (dtype === 'f64' && (ONLY_SINGLE.includes(name) || name.startsWith('resize2d'))) {
        const refused = device.compile(graph)
        await expect(refused).rejects.toMatchObject({ code: 'unsupported' })
        await expect(refused).rejects.toThrow(/^ONNX Runtime cannot compute this graph: .*interpreterDevice/s)
        continue
      }
      const step = await device.compile(graph)
      expect(disagreement({ op: name, title: `${name} of ${dtype}`, graph, feeds: [x] }, await step.run([x]))).toEqual(
        [],
      )
      await step.close()
      computed++
    }
    expect(computed).toBeGreaterThan(15)
  })
})

test('the mean of nothing is NaN there too, the largest of nothing −∞', async () => {
  const { graph } = trace((t) => [ops.mean(t, { axes: 0 }), ops.max(t), ops.min(t), ops.sum(t)], {
    spec: true,
    dtype: 'f32',
    shape: [0, 2],
  } as TensorSpec)
  const step = await device.compile(graph)
  const results = await step.run([ndArray([], [0, 2])])
  expect(results.map(({ data }) => [...data])).toEqual([[Number.NaN, Number.NaN], [-Infinity], [Infinity], [0]])
})

test('what is fed to a device is checked by name; a graph without outputs, and numbers the runtime refuses, are told', async () => {
  const { graph } = trace(({ words, at }) => [ops.gather(words, at)], {
    words: { spec: true, dtype: 'f32', shape: [3] } as TensorSpec,
    at: { spec: true, dtype: 'i32', shape: [1] } as TensorSpec,
  })
  const step = await device.compile(graph)
  const words = ndArray([1, 2, 3], [3])
  await expect(step.run([words])).rejects.toThrow('Input "at" has no value: give i32[1].')
  await expect(step.run([ndArray([1], [1]), words])).rejects.toThrow('"words" is f32[1], the graph takes f32[3]')
  await expect(step.run([words, ndArray([7], [1], 'i32')])).rejects.toMatchObject({ code: 'input' })
  const nothing = trace(() => [], { x: { spec: true, dtype: 'f32', shape: [] } as TensorSpec }).graph
  await expect(device.compile(nothing)).rejects.toThrow('no outputs')
})
