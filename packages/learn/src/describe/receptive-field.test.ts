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

/** Of the most-seeing place, as transposed convolutions and resizing see other amounts from place to place. */
function mostMeasured(f: (x: Tensor) => Tensor): [number, number] {
  const { shape } = f(ops.input('x', 'f32', [1, 1, N, N]))
  const middle = (n: number) => Math.floor(n / 2)
  const around = [-3, -2, -1, 0, 1, 2, 3]
  const at = (i: number, j: number) =>
    measured((x) => {
      const y = f(x)
      return ops.slice(ops.slice(y, 2, i, i + 1), 3, j, j + 1)
    })
  const rows = around.map((d) => at(middle(shape[2]) + d, middle(shape[3]))[0])
  const most = Math.max(...rows)
  const row = middle(shape[2]) + around[rows.indexOf(most)]
  return [most, Math.max(...around.map((d) => at(row, middle(shape[3]) + d)[1]))]
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

test('of transposed convolutions is what gradients show, whatever stride and dilation have in common', () => {
  const upTo3 = fc.integer({ min: 1, max: 3 })
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), upTo3, upTo3, upTo3, (k, stride, dilation, before) => {
      // Along rows alone: between the elements of a kernel, places may see nothing.
      const ones = (n: number) => constant(ndArray(new Array(n).fill(1), [1, 1, n, 1]))
      const spread = { stride: [stride, 1], dilation: [dilation, 1] } as const
      const f = (x: Tensor) => ops.convTranspose2d(ops.conv2d(x, ones(before)), ones(k), spread)
      expect(told(f)).toMatchObject({ size: mostMeasured(f), jump: [1 / stride, 1] })
    }),
    { numRuns: 12, examples: [[2, 2, 3, 1]] },
  )
})

test('follows what makes maps larger or smaller without a convolution', () => {
  const threes = (x: Tensor) => ops.conv2d(x, constant(ndArray(new Array(9).fill(1), [1, 1, 3, 3])))
  const shuffled = (x: Tensor) => {
    const four = ops.conv2d(x, constant(ndArray([1, 1, 1, 1], [4, 1, 1, 1])))
    const apart = ops.reshape(four, [1, 1, 2, 2, N, N])
    return ops.reshape(transpose(apart, [0, 1, 4, 2, 5, 3]), [1, 1, 2 * N, 2 * N])
  }
  const cases: [string, (x: Tensor) => Tensor, [number, number]][] = [
    ['bilinear', (x) => ops.resize2d(x, [2 * N, 61], 'bilinear'), [0.5, N / 61]],
    ['nearest', (x) => threes(ops.resize2d(x, [2 * N, 2 * N], 'nearest')), [0.5, 0.5]],
    ['a slice with a step', (x) => threes(ops.slice(x, 2, 0, N, 3)), [3, 1]],
    ['a pixel shuffle', (x) => threes(shuffled(x)), [0.5, 0.5]],
    ['windows that do not divide the image', (x) => ops.adaptiveAvgPool2d(x, [9, 20]), [N / 9, N / 20]],
    ['windows that do', (x) => threes(ops.avgPool2d(x, { kernel: [2, 3] })), [2, 3]],
  ]
  for (const [name, f, jump] of cases) {
    const field = told(f)
    if (field === 'image' || field === undefined) throw new Error(`${name}: ${field}`)
    // Fields of places between pixels are no whole numbers: the pixels they touch are at most one more.
    const seen = mostMeasured(f)
    expect([name, field.jump]).toEqual([name, jump])
    for (const i of [0, 1]) {
      expect(field.size[i], name).toBeLessThanOrEqual(seen[i])
      expect(field.size[i], name).toBeGreaterThan(seen[i] - 1)
    }
  }
  expect(told((x) => ops.cumsum(x, 2))).toBe('image')
  expect(told((x) => ops.cumsum(x, 1))).toMatchObject({ size: [1, 1] })
})
