import { ndArray } from '@epipole/graph'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { constantly } from '../initialisers/initialisers.js'
import { run } from '../run.test-support.js'
import { conv2d, convTranspose2d, depthwiseConv2d, samePadding, separableConv2d } from './convolution.js'
import { arraysOf } from './variables.js'

const image = (...shape: number[]) =>
  ndArray(
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i)),
    shape,
  )

test('`same` puts the odd row and column right and below, as PyTorch', () => {
  expect([1, 2, 3, 4, 5].map((k) => samePadding(k))).toEqual([0, 1, 2, 3, 4])
  expect(samePadding(3, 2)).toBe(4)
  expect(conv2d(1, 1, { kernel: [4, 3], padding: 'same' }).options?.padding).toEqual([1, 1, 2, 1])
})

test('a transposed convolution comes back to the size a strided one came from', () => {
  const size = fc.record({
    n: fc.integer({ min: 5, max: 12 }),
    kernel: fc.integer({ min: 1, max: 4 }),
    stride: fc.integer({ min: 1, max: 3 }),
  })
  fc.assert(
    fc.property(size, ({ n, kernel, stride }) => {
      const down = run(conv2d(1, 2, { kernel, stride }), image(1, 1, n, n))
      const outputPadding = n - ((down.shape[2] - 1) * stride + kernel)
      const up = run(convTranspose2d(2, 1, { kernel, stride, outputPadding }), down)
      expect(up.shape).toEqual([1, 1, n, n])
    }),
    { numRuns: 30 },
  )
})

test('a depthwise convolution mixes no channels', () => {
  const x = image(1, 3, 6, 6)
  const changed = ndArray(x.data.slice(), x.shape)
  changed.data.fill(0, 36, 72)
  const layer = depthwiseConv2d(3, { kernel: 3, padding: 'same' })
  const [a, b] = [run(layer, x).data, run(layer, changed).data]
  expect(a.slice(0, 36)).toEqual(b.slice(0, 36))
  expect(a.slice(72)).toEqual(b.slice(72))
  expect(a.slice(36, 72)).not.toEqual(b.slice(36, 72))
})

test('weights have the shapes of PyTorch', () => {
  const shapes = (layer: Parameters<typeof arraysOf>[0]) => arraysOf(layer).map(({ name, shape }) => `${name} ${shape}`)
  expect(shapes(conv2d(4, 6, { kernel: [3, 5], groups: 2 }))).toEqual(['weight 6,2,3,5', 'bias 6'])
  expect(shapes(convTranspose2d(4, 6, { kernel: 3, groups: 2, bias: false }))).toEqual(['weight 4,3,3,3'])
  expect(shapes(separableConv2d(4, 6, { kernel: 3, bias: constantly(1) }))).toEqual([
    'depthwise.weight 4,1,3,3',
    'depthwise.bias 4',
    'pointwise.weight 6,4,1,1',
    'pointwise.bias 6',
  ])
})

test('groups that do not divide the channels, and an image of other channels, are refused', () => {
  expect(() => conv2d(4, 6, { kernel: 3, groups: 3 })).toThrow('4 and 6 channels do not divide into 3 groups')
  expect(() => run(conv2d(4, 6, { kernel: 3 }), image(1, 3, 8, 8))).toThrow('the image has 3 channels')
})
