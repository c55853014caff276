import {
  f32,
  fakeQuantize,
  gradients,
  interpret,
  mul,
  type NdArray,
  ndArray,
  type QuantizationGrid,
  sum,
  type Tensor,
  trace,
} from '@epipole/graph'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { rangeGrid, symmetricGrid } from './grids.js'

const wide = (values: readonly number[], shape: readonly number[] = [values.length]): NdArray => ({
  dtype: 'f32',
  shape,
  data: Float64Array.from(values),
})
const cosines = (a: NdArray): NdArray => ({ ...a, data: Float64Array.from(a.data, (_, i) => Math.cos(0.3 * i)) })

/** y and the gradient of Σ cos(0.3 i) y, in f64. */
function both(x: NdArray, grid: (x: Tensor) => QuantizationGrid): [y: number[], g: number[]] {
  const { graph } = trace(
    ({ x, weights }) => {
      const y = fakeQuantize(x, grid(x))
      return [y, ...gradients(sum(mul(y, weights)), [x])]
    },
    { x: f32(...x.shape), weights: f32(...x.shape) },
  )
  return interpret(graph, [x, cosines(x)], { precision: 'f64' }).map(({ data }) => [...data]) as never
}

function expectClose(got: readonly number[], wanted: readonly number[], tolerance = 1e-9): void {
  expect(got.length).toBe(wanted.length)
  expect(Math.max(...got.map((v, i) => Math.abs(v - wanted[i])))).toBeLessThan(tolerance)
}

// PyTorch 1.13, which rounds the scale to f32; with w = cos(0.3 i):
// y = torch.fake_quantize_per_tensor_affine(x, scale, zero_point, low, high); g, = torch.autograd.grad((y * w).sum(), x)
test('one scale: output and gradient are those of PyTorch, with halves and outside of the range', () => {
  const x = wide([-2.3, -0.9, -0.875, -0.6, -0.13, 0, 0.37, 0.375, 2.9])
  const [y, g] = both(x, () => ({ scale: 0.25, zeroPoint: 3, lowest: 0, highest: 15 }))
  expectClose(y, [-0.75, -0.75, -0.75, -0.5, -0.25, 0, 0.25, 0.5, 3])
  const inside = [0.6216099682706645, 0.3623577544766736, 0.0707372016677029, -0.2272020946930869, -0.5048461045998576]
  expectClose(g, [0, 0, 0, ...inside, -0.7373937155412454])
  const [y2, g2] = both(x, () => ({ scale: Math.fround(0.1), zeroPoint: -2, lowest: -8, highest: 7 }))
  const bottom = -0.6000000089406967
  const top = [0.4000000059604645, 0.4000000059604645, 0.9000000134110451]
  expectClose(y2, [bottom, bottom, bottom, bottom, -0.10000000149011612, 0, ...top])
  expectClose(g2, [0, 0, 0, ...inside, 0])
})

// c = sin(0.7 i) as [3, 4]; torch.fake_quantize_per_channel_affine(c, torch.tensor([0.1, 0.02, 0.005]), zeros, 0, -31, 31)
test('a scale for each channel: output and gradient are those of PyTorch', () => {
  const x = wide(
    Array.from({ length: 12 }, (_, i) => Math.sin(0.7 * i)),
    [3, 4],
  )
  const scale = ndArray([0.1, 0.02, 0.005], [3, 1])
  const { graph } = trace(
    ({ x, scale, weights }) => {
      const y = fakeQuantize(x, { scale, zeroPoint: 0, lowest: -31, highest: 31 })
      return [y, ...gradients(sum(mul(y, weights)), [x])]
    },
    { x: f32(3, 4), scale: f32(3, 1), weights: f32(3, 4) },
  )
  const [y, g] = interpret(graph, [x, scale, cosines(x)], { precision: 'f64' })
  expectClose(
    [...y.data],
    [
      [0, 0.6000000089406967, 1.0000000149011612, 0.9000000134110451],
      [0.3399999924004078, -0.35999999195337296, -0.6199999861419201, -0.6199999861419201],
      [-0.15499999653548002, 0.014999999664723873, 0.15499999653548002, 0.15499999653548002],
    ].flat(),
  )
  const first = [1, 0.955336489125606, 0.8253356149096783, 0.6216099682706645]
  expectClose([...g.data], [...first, 0.3623577544766736, 0.0707372016677029, 0, 0, 0, -0.904072142017061, 0, 0])
})

const numbers = fc.array(fc.double({ min: -100, max: 100, noNaN: true }), { minLength: 1, maxLength: 20 })
const bitsOf = fc.integer({ min: 2, max: 8 })

test('a symmetric grid holds its numbers to half a step, keeps 0 and the sign, and lets all gradients pass', () => {
  fc.assert(
    fc.property(numbers, bitsOf, (values, bits) => {
      const [y, g] = both(wide(values, [1, values.length]), (x) => symmetricGrid(x, bits))
      const largest = Math.max(...values.map(Math.abs))
      const half = Math.max(largest / (2 ** (bits - 1) - 1), 2 ** -23) / 2
      values.forEach((v, i) => {
        expect(Math.abs(y[i] - v)).toBeLessThanOrEqual(half * (1 + 1e-9))
        expect(y[i] * v).toBeGreaterThanOrEqual(0)
      })
      expectClose(
        g,
        values.map((_, i) => Math.cos(0.3 * i)),
      )
    }),
  )
})

test('the grid of a range has 2^bits places, holds its numbers to a step and 0 exactly; once is as good as twice', () => {
  fc.assert(
    fc.property(numbers, bitsOf, (values, bits) => {
      const ends = [Math.min(...values), Math.max(...values)]
      const { graph } = trace(
        ({ x, low, high }) => {
          const grid = rangeGrid(low, high, bits)
          const y = fakeQuantize(x, grid)
          return [y, fakeQuantize(y, grid), fakeQuantize(mul(x, 0), grid)]
        },
        { x: f32(values.length), low: f32(), high: f32() },
      )
      const feeds = [wide(values), ...ends.map((v) => wide([v], []))]
      const [y, again, zero] = interpret(graph, feeds, { precision: 'f64' })
      const step = Math.max((Math.max(ends[1], 0) - Math.min(ends[0], 0)) / (2 ** bits - 1), 2 ** -23)
      values.forEach((v, i) => {
        expect(Math.abs(y.data[i] - v)).toBeLessThanOrEqual(step * (1 + 1e-9))
      })
      expectClose([...again.data], [...y.data])
      expect(zero.data.every((v) => v === 0)).toBe(true)
    }),
  )
})

test('bits and scales that are none are refused', () => {
  const nothing = { scale: 0, zeroPoint: 0, lowest: -7, highest: 7 }
  expect(() => both(wide([1]), () => nothing)).toThrow('scale of a grid is 0')
  for (const bits of [1, 9, 2.5])
    expect(() => both(wide([1], [1, 1]), (x) => symmetricGrid(x, bits))).toThrow('a whole number from 2 to 8')
})
