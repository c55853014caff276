import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cell, cells, fractalNoise, hash2, hash01, noise, smoothstep } from './noise.js'

const coordinate = fc.double({ min: -50, max: 50, noNaN: true })

function value(x: number, y: number, z: number, octaves: number, footprint: number): number {
  fractalNoise(Float64Array.of(x, y, z), 1.3, octaves, 0.7, 42, footprint)
  return noise[0]
}

test('the gradient is the derivative of the value', () => {
  fc.assert(
    fc.property(coordinate, coordinate, coordinate, fc.integer({ min: 1, max: 5 }), (x, y, z, octaves) => {
      value(x, y, z, octaves, 1e-6)
      const gradient = [noise[1], noise[2], noise[3]]
      const h = 1e-5
      const numeric = [
        (value(x + h, y, z, octaves, 1e-6) - value(x - h, y, z, octaves, 1e-6)) / (2 * h),
        (value(x, y + h, z, octaves, 1e-6) - value(x, y - h, z, octaves, 1e-6)) / (2 * h),
        (value(x, y, z + h, octaves, 1e-6) - value(x, y, z - h, octaves, 1e-6)) / (2 * h),
      ]
      // The second derivative jumps at lattice planes: a step across one costs h × its size.
      for (let k = 0; k < 3; k++) expect(Math.abs(gradient[k] - numeric[k])).toBeLessThan(1e-2)
    }),
  )
})

test('noise has mean 0, stays in range, and does not repeat', () => {
  const values = Float64Array.from({ length: 20000 }, (_, i) => value(0.37 * i, 0.11 * i, -0.23 * i, 1, 1e-6))
  expect(values.every((v) => v >= -1 && v <= 1)).toBe(true)
  const mean = values.reduce((a, b) => a + b, 0) / values.length
  expect(Math.abs(mean)).toBeLessThan(0.02)
  const variance = values.reduce((a, b) => a + b * b, 0) / values.length
  // Uniform corners have variance 1/3; interpolation keeps 0.371... per axis squared weights (26/35) → (26/35)³ / 3.
  expect(variance).toBeCloseTo((26 / 35) ** 3 / 3, 2)
  for (const shift of [16, 256, 65536]) {
    let covariance = 0
    for (let i = 0; i < 4000; i++) {
      const here = value(0.37 * i, 0.2, 0.1, 1, 1e-6)
      covariance += here * value(0.37 * i + shift / 1.3, 0.2, 0.1, 1, 1e-6)
    }
    expect(Math.abs(covariance / 4000)).toBeLessThan(0.02)
  }
})

test('octaves finer than a pixel are gone, and go smoothly', () => {
  const p = [3.1, -2.7, 0.9] as const
  expect(value(...p, 8, 10)).toBe(0)
  // Footprint 0.5 of the first cell: the second octave (cell 0.97 footprints) is partly there, the third is not.
  const cellSize = 1 / 1.3
  expect(value(...p, 8, 0.5 * cellSize)).toBe(value(...p, 2, 0.5 * cellSize))
  let before = value(...p, 8, 0.01)
  for (let footprint = 0.01; footprint < 1.4; footprint *= 1.002) {
    const now = value(...p, 8, footprint)
    expect(Math.abs(now - before)).toBeLessThan(0.03)
    before = now
  }
})

test('a cell border is as far as the bisector of the two nearest points says', () => {
  fc.assert(
    fc.property(coordinate, coordinate, (x, y) => {
      cells(x, y, 0.8, 7)
      const [distance, id, nx, ny] = cell
      expect(distance).toBeGreaterThanOrEqual(0)
      expect(nx * nx + ny * ny).toBeCloseTo(1, 12)
      if (distance > 0.15) return
      // Behind the bisector of the two nearest points the first is not the nearest any more.
      cells(x + (distance + 1e-6) * nx, y + (distance + 1e-6) * ny, 0.8, 7)
      expect(cell[1]).not.toBe(id)
    }),
  )
})

test('hashes are spread evenly', () => {
  const counts = new Int32Array(16)
  for (let i = 0; i < 16000; i++) counts[Math.floor(hash01(hash2(i, 5)) * 16)]++
  for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(150)
})

test('smoothstep runs from 0 to 1, also downwards', () => {
  expect(smoothstep(1, 3, 0)).toBe(0)
  expect(smoothstep(1, 3, 2)).toBe(0.5)
  expect(smoothstep(1, 3, 4)).toBe(1)
  expect(smoothstep(3, 1, 0)).toBe(1)
})
