import { randomStream } from '@epipole/core'
import { describe, expect, test } from 'vitest'
import { gradients } from '../autodiff/gradients.js'
import { f32, trace } from '../graph.js'
import { interpret } from '../interpret/interpret.js'
import { ndArray } from '../nd-array.js'
import * as ops from '../ops/index.js'
import { constant } from '../ops/sources.js'
import { sizeOf } from '../shape.js'
import { count } from './equality.test-support.js'
import { optimize } from './optimize.js'
import { winograd } from './winograd.js'

const normal = (shape: readonly number[], seed: number, scale = 1) => {
  const random = randomStream(seed)
  return ndArray(
    Float32Array.from({ length: sizeOf(shape) }, () => scale * random.normal()),
    shape,
  )
}
/** The convolution and both its gradients. */
const all = (x: number[], w: number[], options: ops.Conv2dOptions, bias = false) =>
  trace(
    ([a, k, b]) => {
      const y = ops.conv2d(a, k, { ...options, bias: bias ? b : undefined })
      return [y, ...gradients(ops.sum(ops.mul(y, ops.cos(y))), [a, k])]
    },
    [f32(...x), f32(...w), f32(w[0])],
  ).graph
const left = (graph: ReturnType<typeof all>) =>
  ['conv2d', 'conv2dInput', 'conv2dKernel'].map((op) => count(optimize(graph, { winograd: true }), op))

describe('few products give the values of the convolution and of its gradients, to rounding', () => {
  const cases: [string, number[], number[], ops.Conv2dOptions, boolean][] = [
    ['tiles over the edge, with a bias', [6, 128, 7, 6], [136, 128, 3, 3], { padding: 1 }, true],
    ['padding unequal or absent', [4, 128, 9, 8], [128, 128, 3, 3], { padding: [0, 2, 1, 0] }, false],
  ]
  test.each(cases)('%s', (_, x, w, options, bias) => {
    const plain = all(x, w, options, bias)
    const fast = optimize(plain, { winograd: true })
    expect(left(plain)).toEqual([0, 0, 0])
    const feeds = [normal(x, 1), normal(w, 2, 1 / Math.sqrt(9 * w[1])), normal([w[0]], 3)]
    const [wanted, got] = [plain, fast].map((graph) => interpret(graph, feeds, { precision: 'f64' }))
    wanted.forEach(({ shape, data }, i) => {
      expect(got[i].shape).toEqual(shape)
      const size = Math.sqrt(Float64Array.from(data).reduce((sum, v) => sum + v * v, 0) / data.length)
      // The matrices of the transforms are f32.
      data.forEach((v, k) => {
        expect(Math.abs(v - got[i].data[k])).toBeLessThan(2e-6 * size)
      })
    })
  })
})

test('what it does not pay for, or does not fit, stays a convolution', () => {
  const [image, kernel] = [
    [4, 128, 8, 8],
    [128, 128, 3, 3],
  ]
  const isLeft = (x: number[], w: number[], options: ops.Conv2dOptions = { padding: 1 }) => left(all(x, w, options))[0]
  expect(isLeft(image, kernel)).toBe(0)
  expect(isLeft(image, kernel, { padding: 1, stride: 2 })).toBeGreaterThan(0)
  expect(isLeft(image, kernel, { padding: 2, dilation: 2 })).toBeGreaterThan(0)
  expect(isLeft([4, 256, 8, 8], kernel, { padding: 1, groups: 2 })).toBeGreaterThan(0)
  expect(isLeft(image, [128, 128, 1, 1], {})).toBeGreaterThan(0)
  expect(isLeft([4, 32, 8, 8], [128, 32, 3, 3])).toBeGreaterThan(0)
  // Too few tiles to read so much larger kernels for, and tiles that lie mostly outside.
  expect(isLeft([1, 128, 8, 8], kernel)).toBeGreaterThan(0)
  expect(isLeft([40, 128, 2, 2], kernel)).toBeGreaterThan(0)
  // Where the image's gradient would need less than no padding, it alone stays.
  expect(left(all(image, kernel, { padding: 3 }))).toEqual([0, 1, 0])
})

test('files for any runtime keep their convolutions', () => {
  expect(count(optimize(all([4, 128, 8, 8], [128, 128, 3, 3], { padding: 1 })), 'conv2d')).toBeGreaterThan(0)
})

test('the image is cut into tiles once, for the way there and for the kernel’s gradient', () => {
  const fast = optimize(all([4, 128, 8, 8], [128, 128, 3, 3], { padding: 1 }), { winograd: true })
  // Of x: tiles there and results back; of dy: tiles and results for the image's gradient, and other tiles for the kernel's.
  expect(count(fast, 'gather')).toBe(5)
  expect(count(fast, 'concat')).toBe(2)
})

test('a constant kernel becomes its transform before the first run', () => {
  const w = constant(normal([128, 128, 3, 3], 4))
  const { graph } = trace((x) => ops.conv2d(x, w, { padding: 1 }), f32(4, 128, 8, 8))
  const transposed = optimize(graph, { winograd: true }).nodes.filter(({ op }) => op.name === 'transpose')
  // Both of images; what is left of the kernel depends on constants alone, which runtimes compute once.
  expect(transposed.filter(({ inputs: [x] }) => x.shape[0] === 4).length).toBe(2)
  expect(winograd()(graph.nodes.at(-1) as never, graph.nodes.at(-1)?.inputs as never)?.shape).toEqual([4, 128, 8, 8])
})
