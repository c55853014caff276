import { describe, expect, test } from 'vitest'
import { defaultSensor, develop, type Sensor } from './sensor.js'

const quiet: Sensor = { readNoise: 0, shotNoise: 0, vignetting: 0, blur: 0 }

/** A flat gray photo, and the mean and variance of its pixels after undoing the tone curve below the shoulder. */
function flat(level: number, sensor: Sensor, exposureEv = 0, seed = 1, name = 'a.jpg') {
  const radiance = new Float32Array(200 * 150 * 3).fill(level)
  const rgb = develop(radiance, 200, 150, { name, exposureEv }, seed, sensor)
  const linear = Float64Array.from(rgb, (v) =>
    v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4,
  )
  const mean = linear.reduce((a, b) => a + b, 0) / linear.length
  const variance = linear.reduce((a, b) => a + (b - mean) ** 2, 0) / linear.length
  return { rgb, mean, variance }
}

describe('noise', () => {
  test('has the variance of the model: read noise plus photon noise', () => {
    const sensor: Sensor = { ...quiet, readNoise: 0.01, shotNoise: 0.001 }
    for (const level of [0.1, 0.2, 0.4]) {
      const { mean, variance } = flat(level, sensor)
      expect(mean).toBeCloseTo(level, 2)
      const expected = 0.01 * 0.01 + 0.001 * level
      expect(Math.abs(variance / expected - 1)).toBeLessThan(0.06)
    }
  })

  test('differs between photos and seeds, never between runs', () => {
    const { rgb } = flat(0.2, defaultSensor)
    expect(flat(0.2, defaultSensor).rgb).toEqual(rgb)
    expect(flat(0.2, defaultSensor, 0, 2).rgb).not.toEqual(rgb)
    expect(flat(0.2, defaultSensor, 0, 1, 'b.jpg').rgb).not.toEqual(rgb)
  })

  test('of neighbours is not correlated', () => {
    const radiance = new Float32Array(256 * 256 * 3).fill(0.2)
    const rgb = develop(radiance, 256, 256, { name: 'a' }, 1, { ...quiet, readNoise: 0.02 })
    const mean = rgb.reduce((a, b) => a + b, 0) / rgb.length
    for (const step of [1, 3, 256 * 3, 4096]) {
      let covariance = 0
      let variance = 0
      for (let i = 0; i + step < rgb.length; i++) {
        covariance += (rgb[i] - mean) * (rgb[i + step] - mean)
        variance += (rgb[i] - mean) ** 2
      }
      expect(Math.abs(covariance / variance)).toBeLessThan(0.02)
    }
  })
})

test('one stop doubles the signal', () => {
  expect(flat(0.1, quiet, 1).rgb).toEqual(flat(0.2, quiet).rgb)
  expect(flat(0.2, quiet, -1).rgb).toEqual(flat(0.1, quiet).rgb)
})

test('the transfer curve is that of sRGB: 0.2140 is 127, black and white are the ends', () => {
  // python: 255 * (1.055 * 0.2122 ** (1/2.4) - 0.055) = 127.0
  expect(flat(0.2122, quiet).rgb[0]).toBe(127)
  expect(flat(0, quiet).rgb[0]).toBe(0)
  expect(flat(100, quiet).rgb[0]).toBeGreaterThan(250)
})

test('blur keeps the sum and spreads a point over its neighbours', () => {
  const radiance = new Float32Array(9 * 9 * 3)
  radiance[(4 * 9 + 4) * 3] = 0.5
  develop(radiance, 9, 9, { name: 'a' }, 1, { ...quiet, blur: 0.1 })
  let sum = 0
  for (let i = 0; i < radiance.length; i += 3) sum += radiance[i]
  expect(sum).toBeCloseTo(0.5, 6)
  expect(radiance[(4 * 9 + 5) * 3]).toBeCloseTo(0.5 * 0.8 * 0.1, 6)
  expect(radiance[(3 * 9 + 4) * 3]).toBeCloseTo(0.5 * 0.8 * 0.1, 6)
})

test('corners are darker by the vignetting', () => {
  const radiance = new Float32Array(101 * 101 * 3).fill(0.3)
  develop(radiance, 101, 101, { name: 'a' }, 1, { ...quiet, vignetting: 0.2 })
  expect(radiance[(50 * 101 + 50) * 3]).toBeCloseTo(0.3, 6)
  expect(radiance[0]).toBeCloseTo(0.3 * (1 - 0.2 * (50 / 50.5) ** 2), 6)
})
