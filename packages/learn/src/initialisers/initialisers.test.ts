import { randomStream } from '@epipole/core'
import { expect, test } from 'vitest'
import { fans, gain } from './fans.js'
import {
  constantly,
  kaimingNormal,
  kaimingUniform,
  normal,
  ones,
  truncatedNormal,
  uniform,
  xavierNormal,
  xavierUniform,
  zeros,
} from './initialisers.js'
import { orthogonal } from './orthogonal.js'

const deviation = (a: Float32Array) => Math.sqrt(a.reduce((s, v) => s + v * v, 0) / a.length)
const largest = (a: Float32Array) => a.reduce((m, v) => Math.max(m, Math.abs(v)), 0)
const random = () => randomStream(3)

test('fans as PyTorch counts them', () => {
  // torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))
  expect(fans([7, 5])).toEqual({ in: 5, out: 7 })
  expect(fans([6, 2, 3, 5])).toEqual({ in: 30, out: 90 })
  expect(() => fans([4])).toThrow('no inputs and outputs')
})

test('gains as PyTorch has them', () => {
  // torch.nn.init.calculate_gain('leaky_relu', 0.2) etc.
  expect([gain('linear'), gain('relu'), gain('tanh'), gain({ leakyRelu: 0.2 })]).toEqual([
    1, 1.4142135623730951, 1.6666666666666667, 1.3867504905630728,
  ])
})

// Deviations by the formulas; 40 000 draws tell a deviation to about 0.35 %.
const shape = [200, 100, 2]
test.each([
  ['kaimingNormal', kaimingNormal(), Math.sqrt(2 / 200)],
  ['kaimingNormal out', kaimingNormal({ mode: 'out', nonlinearity: 'tanh' }), 5 / 3 / Math.sqrt(400)],
  ['kaimingUniform', kaimingUniform(), Math.sqrt(2 / 200)],
  ['xavierNormal', xavierNormal(), Math.sqrt(2 / 600)],
  ['xavierUniform', xavierUniform(2), 2 * Math.sqrt(2 / 600)],
  ['normal', normal(0.3), 0.3],
  ['uniform', uniform(0.3), 0.3 / Math.sqrt(3)],
  // The variance of a normal cut at ±2 deviations is 0.7737.
  ['truncatedNormal', truncatedNormal(0.5, 1), 0.5 * Math.sqrt(0.7737413)],
])('%s has its deviation', (_, initialise, expected) => {
  const values = initialise(shape, random())
  expect(Math.abs(deviation(values) / expected - 1)).toBeLessThan(0.015)
  expect(initialise(shape, random())).toEqual(values)
})

test('bounds hold', () => {
  expect(largest(truncatedNormal(0.5, 1)(shape, random()))).toBeLessThanOrEqual(1)
  expect(largest(kaimingUniform()(shape, random()))).toBeLessThanOrEqual(Math.sqrt(6 / 200) + 1e-7)
  expect(() => truncatedNormal(100, 1)).toThrow('nearly nothing lies inside')
  for (const make of [normal, uniform, xavierNormal, xavierUniform])
    for (const spread of [-1, Number.NaN]) expect(() => make(spread)([2, 2], random())).toThrow('give a number from 0')
  // As PyTorch spells it; weights would be NaN.
  expect(() => kaimingNormal({ mode: 'fan_in' as never })([2, 2], random())).toThrow('no fan "fan_in": take in or out')
  expect(() => gain('gelu' as never)).toThrow('no gain for "gelu": take linear, sigmoid, tanh, relu')
  expect([ones([2], random()), zeros([2], random()), constantly(7)([2], random())].map((a) => [...a])).toEqual([
    [1, 1],
    [0, 0],
    [7, 7],
  ])
})

test.each([[[5, 9]], [[9, 5]], [[8, 2, 2, 2]]])(
  'an orthogonal %j has rows or columns of one length at right angles',
  (size) => {
    const a = orthogonal(2)(size, random())
    const [rows, columns] = [size[0], a.length / size[0]]
    const n = Math.min(rows, columns)
    const at = (i: number, k: number) => (rows <= columns ? a[i * columns + k] : a[k * columns + i])
    for (let i = 0; i < n; i++) {
      for (let j = 0; j <= i; j++) {
        let dot = 0
        for (let k = 0; k < a.length / n; k++) dot += at(i, k) * at(j, k)
        expect(dot).toBeCloseTo(i === j ? 4 : 0, 5)
      }
    }
  },
)

test('variance passes ten ReLU layers with Kaiming, and vanishes with a tenth of it', () => {
  const through = (scale: number) => {
    const stream = random()
    let x = Float64Array.from({ length: 256 }, () => stream.normal())
    for (let layer = 0; layer < 10; layer++) {
      const w = kaimingNormal()([256, 256], stream.fork(layer))
      x = x.map((_, r) => Math.max(0, scale * x.reduce((s, v, c) => s + v * w[r * 256 + c], 0)))
    }
    return Math.sqrt(x.reduce((s, v) => s + v * v, 0) / 256)
  }
  expect(through(1)).toBeGreaterThan(0.3)
  expect(through(1)).toBeLessThan(3)
  expect(through(0.1)).toBeLessThan(1e-9)
})
