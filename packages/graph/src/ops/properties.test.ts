import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type TensorSpec, trace } from '../graph.js'
import { interpret } from '../interpret/interpret.js'
import { type NdArray, ndArray } from '../nd-array.js'
import { type Shape, sizeOf } from '../shape.js'
import type { Tensor } from '../tensor.js'
import * as ops from './index.js'
import { drawer } from './op-cases.test-support.js'

function run(f: (...xs: Tensor[]) => Tensor, ...arrays: NdArray[]): NdArray {
  const specs = arrays.map(({ dtype, shape }): TensorSpec => ({ spec: true, dtype, shape }))
  return interpret(trace((xs) => [f(...xs)], specs).graph, arrays, { precision: 'f64' })[0]
}
const vector = (...v: number[]) => ndArray(v, [v.length], 'f64')
const sizes = fc.array(fc.integer({ min: 1, max: 4 }), { minLength: 1, maxLength: 4 })
const seeds = fc.integer({ min: 1, max: 2 ** 30 })
const random = (shape: Shape, seed: number) => drawer(seed)('any', shape)
const dot = (a: NdArray, b: NdArray) => Array.from(a.data).reduce((s, v, i) => s + v * b.data[i], 0)

describe('an operation and its transpose: ⟨A x, y⟩ = ⟨x, Aᵀ y⟩', () => {
  const pairs: [name: string, a: (x: Tensor) => Tensor, at: (y: Tensor, shape: Shape) => Tensor][] = [
    ['cumsum', (x) => ops.cumsum(x, 0), (y) => ops.cumsum(y, 0, { reverse: true })],
    [
      'slice and pad',
      (x) => ops.slice(x, 0, 1),
      (y, s) =>
        ops.pad(
          y,
          s.map((_, i) => [i === 0 ? 1 : 0, 0] as const),
        ),
    ],
    ['expand and sumTo', (x) => ops.expand(x, [3, ...x.shape]), (y, shape) => ops.sumTo(y, shape)],
    [
      'transpose',
      (x) =>
        ops.transpose(
          x,
          x.shape.map((_, i) => (i + 1) % x.rank),
        ),
      (y) =>
        ops.transpose(
          y,
          y.shape.map((_, i) => (i + y.rank - 1) % y.rank),
        ),
    ],
  ]
  test.each(pairs)('%s', (_, a, at) => {
    fc.assert(
      fc.property(sizes, seeds, (shape, seed) => {
        const x = random(shape, seed)
        const ax = run(a, x)
        const y = random(ax.shape, seed + 1)
        const aty = run((t) => at(t, shape), { ...y, shape: ax.shape })
        expect(aty.shape).toEqual(shape)
        expect(Math.abs(dot(ax, y) - dot(x, aty))).toBeLessThan(1e-12 * (1 + sizeOf(ax.shape)))
      }),
    )
  })
})

describe('what one operation takes apart another puts together', () => {
  test('split and concat, dilate and slice, reshape', () => {
    fc.assert(
      fc.property(sizes, seeds, fc.nat(3), fc.integer({ min: 1, max: 3 }), (shape, seed, at, step) => {
        const axis = at % shape.length
        const x = random(shape, seed)
        const parts = Array.from({ length: shape[axis] }, () => 1)
        expect(run((t) => ops.concat(ops.split(t, parts, axis), axis), x)).toEqual(x)
        expect(run((t) => ops.slice(ops.dilate(t, axis, step), axis, 0, undefined, step), x)).toEqual(x)
        expect(run((t) => ops.reshape(ops.flatten(t, 0), shape), x)).toEqual(x)
      }),
    )
  })
  test('stack and slice, a new last axis included', () => {
    const [a, b] = [random([2, 3], 1), random([2, 3], 2)]
    const last = run((s, t) => ops.stack([s, t], -1), a, b)
    expect(last.shape).toEqual([2, 3, 2])
    expect(run((s, t) => ops.reshape(ops.slice(ops.stack([s, t], -1), 2, 1), [2, 3]), a, b)).toEqual(b)
  })
})

describe('at the edges of the numbers', () => {
  test('logSumExp neither overflows nor loses −∞', () => {
    expect(run((x) => ops.logSumExp(x), vector(1000, 1000)).data[0]).toBeCloseTo(1000 + Math.LN2, 10)
    expect(run((x) => ops.logSumExp(x), vector(-1000, -1000)).data[0]).toBeCloseTo(-1000 + Math.LN2, 10)
    expect(run((x) => ops.logSumExp(x), vector(-Infinity, -Infinity)).data[0]).toBe(-Infinity)
    expect(run((x) => ops.logSumExp(x), vector(-Infinity, 2)).data[0]).toBe(2)
    expect(run((x) => ops.logSumExp(x), vector(Infinity, 2)).data[0]).toBe(Infinity)
  })
  test('softplus, log1p and expm1 keep small and large arguments', () => {
    expect([...run(ops.softplus, vector(-800, -40, 0, 800)).data]).toEqual([0, Math.exp(-40), Math.LN2, 800])
    expect([...run(ops.log1p, vector(1e-18, -1, Infinity)).data]).toEqual([1e-18, -Infinity, Infinity])
    expect([...run(ops.expm1, vector(1e-18, -800, 800)).data]).toEqual([1e-18, -1, Infinity])
  })
  test('NaN is the largest of a window and of an axis', () => {
    const image = ndArray([1, Number.NaN, 3, 2], [1, 1, 2, 2], 'f64')
    expect(run((x) => ops.maxPool2d(x, { kernel: 2 }), image).data[0]).toBeNaN()
    expect(run((x) => ops.max(x), image).data[0]).toBeNaN()
  })
})

test('orthogonalize brings all singular values near 1, of wide and tall matrices', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 4 }), fc.integer({ min: 1, max: 4 }), seeds, (m, n, seed) => {
      const x = random([m, n], seed)
      const small = Math.min(m, n)
      // Directions in which the matrix itself is nearly singular stay so: add a safe distance.
      for (let i = 0; i < small; i++) x.data[i * n + i] += 5
      const q = run((t) => ops.orthogonalize(t), x)
      const gram = run((t) => (m < n ? ops.matmul(t, ops.transpose(t)) : ops.matmul(ops.transpose(t), t)), q)
      // Gershgorin's discs hold the squares of the singular values.
      for (let i = 0; i < small; i++) {
        const row = Array.from(gram.data.slice(i * small, (i + 1) * small))
        const radius = row.reduce((s, v, j) => s + (j === i ? 0 : Math.abs(v)), 0)
        expect(row[i] + radius).toBeLessThan(2)
        expect(row[i] - radius).toBeGreaterThan(0.2)
      }
    }),
  )
})

test('normalised numbers have mean 0 and variance 1, whatever their offset', () => {
  fc.assert(
    fc.property(seeds, fc.double({ min: -1e3, max: 1e3, noNaN: true }), (seed, offset) => {
      const x = random([4, 6], seed)
      const u = run((t) => ops.normalize(ops.add(t, offset), { axes: 1, eps: 0 }), x)
      const { data: mean } = run((t) => ops.mean(t, { axes: 1 }), u)
      const { data: spread } = run((t) => ops.variance(t, { axes: 1, correction: 0 }), u)
      for (let i = 0; i < 4; i++) {
        expect(Math.abs(mean[i])).toBeLessThan(1e-9)
        expect(Math.abs(spread[i] - 1)).toBeLessThan(1e-9)
      }
    }),
  )
})

test('causal attention sees nothing behind its place', () => {
  const [q, k, v] = [1, 2, 3].map((seed) => random([5, 3], seed))
  const before = run((a, b, c) => ops.attention(a, b, c, { causal: true }), q, k, v)
  k.data.fill(7, 9)
  v.data.fill(-9, 9)
  const after = run((a, b, c) => ops.attention(a, b, c, { causal: true }), q, k, v)
  expect(after.data.slice(0, 9)).toEqual(before.data.slice(0, 9))
})
