import * as ops from '@epipole/graph'
import { constant, f32, gradients, interpret, mul, ndArray, sum, type Tensor, trace, transpose } from '@epipole/graph'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { receptiveFields } from './receptive-field.js'

const N = 41

/** How many rows and columns of the image the middle of f's result depends on: where its gradient is not zero. */
function measured(f: (x: Tensor) => Tensor): [number, number] {
  const { graph } = trace(
    (x: Tensor) => {
      const y = f(x)
      const [h, w] = y.shape.slice(2)
      const one = new Float32Array(h * w)
      one[Math.floor(h / 2) * w + Math.floor(w / 2)] = 1
      return gradients(sum(mul(y, constant(ndArray(one, [1, 1, h, w])))), [x])[0]
    },
    f32(1, 1, N, N),
  )
  const g = interpret(graph, [
    ndArray(
      Float32Array.from({ length: N * N }, (_, i) => Math.sin(i)),
      [1, 1, N, N],
    ),
  ])[0].data
  const rows = new Set<number>()
  const columns = new Set<number>()
  g.forEach((v, i) => {
    if (v !== 0) rows.add(Math.floor(i / N)).size && columns.add(i % N)
  })
  const extent = (s: Set<number>) => Math.max(...s) - Math.min(...s) + 1
  return [extent(rows), extent(columns)]
}

function told(f: (x: Tensor) => Tensor) {
  let y: Tensor | undefined
  const { graph, inputs } = trace(
    (x: Tensor) => {
      y = f(x)
      return y
    },
    f32(1, 1, N, N),
  )
  return receptiveFields(graph.nodes, inputs as Tensor).get(y as Tensor)
}

test('is what gradients show, for random stacks of windows', () => {
  const window = fc.record({
    kind: fc.constantFrom('conv', 'pool', 'both'),
    k: fc.integer({ min: 1, max: 3 }),
    stride: fc.integer({ min: 1, max: 2 }),
    dilation: fc.integer({ min: 1, max: 2 }),
  })
  fc.assert(
    fc.property(fc.array(window, { minLength: 1, maxLength: 3 }), (stack) => {
      const f = (x: Tensor) =>
        stack.reduce((y, { kind, k, stride, dilation }) => {
          const kernel = constant(ndArray(new Array(k * k).fill(1), [1, 1, k, k]))
          const conv = (t: Tensor) => ops.conv2d(t, kernel, { stride, dilation })
          const pool = (t: Tensor) => ops.avgPool2d(t, { kernel: k, stride: 1 })
          return kind === 'conv' ? conv(y) : kind === 'pool' ? pool(y) : conv(pool(y))
        }, x)
      const field = told(f)
      expect(field === 'image' ? undefined : field?.size).toEqual(measured(f))
    }),
    { numRuns: 25 },
  )
})

test('follows rows and columns through transposes, reshapes and products of channels', () => {
  const w = constant(ndArray([1, 2, 3, 4], [2, 2]))
  const kernel = constant(ndArray(new Array(18).fill(1), [2, 1, 3, 3]))
  const last = (x: Tensor) => {
    const rows = ops.reshape(transpose(ops.conv2d(x, kernel), [0, 2, 3, 1]), [39 * 39, 2])
    return ops.reshape(ops.matmul(rows, w), [1, 39, 39, 2])
  }
  expect(told(last)).toMatchObject({ size: [3, 3], jump: [1, 1] })
  expect(
    told((x) => ops.conv2d(transpose(last(x), [0, 3, 1, 2]), constant(ndArray(new Array(18).fill(1), [1, 2, 3, 3])))),
  ).toMatchObject({
    size: [5, 5],
  })
})

test('what mixes all places sees the image', () => {
  expect(told((x) => ops.mean(x, { axes: [2, 3] }))).toBe('image')
  expect(told((x) => ops.softmax(x, 3))).toBe('image')
  expect(told((x) => ops.normalize(x, { axes: [2, 3] }))).toBe('image')
  expect(told((x) => ops.normalize(x, { axes: 1 }))).toMatchObject({ size: [1, 1] })
  expect(told((x) => ops.matmul(x, transpose(x)))).toBe('image')
})
