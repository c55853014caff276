import { randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { noiseOfResiduals, reachOfNoise } from './noise.js'

/** Squared residuals: `right` of noise σ in d components, `wrong` evenly within a ball of radius 100. */
function squaresOf(right: number, wrong: number, sigma: number, d: number, seed: number): Float64Array {
  const random = randomStream(seed)
  return Float64Array.from({ length: right + wrong }, (_, i) => {
    if (i >= right) return (100 * Math.max(...Array.from({ length: d }, () => random.uniform(0, 1)))) ** 2
    let square = 0
    for (let k = 0; k < d; k++) square += (sigma * random.normal()) ** 2
    return square
  })
}

describe('noise of residuals', () => {
  it('is found below the bound, with one component or more, among wrong data', () => {
    for (const d of [1, 2, 3]) {
      for (const sigma of [0.05, 0.3, 1, 2]) {
        const found = Array.from({ length: 30 }, (_, s) => noiseOfResiduals(squaresOf(400, 400, sigma, d, s), 5, d))
        const mean = found.reduce((sum, v) => sum + v, 0) / found.length
        // At 2.5 σ the bound cuts off part of the noise.
        const lowest = sigma === 2 ? 0.75 : 0.95
        expect(mean / sigma).toBeGreaterThan(lowest)
        expect(mean / sigma).toBeLessThan(1.1)
      }
    }
  })

  it('is zero for exact data, and none where there are only wrong ones', () => {
    expect(noiseOfResiduals(new Float64Array(50), 1, 2)).toBe(0)
    expect(noiseOfResiduals(Float64Array.of(4, 9, 25, Number.NaN), 1, 1)).toBeNaN()
    expect(noiseOfResiduals(new Float64Array(0), 1, 1)).toBeNaN()
  })

  it('nearly all right data lie within reach', () => {
    for (const d of [1, 2, 3]) {
      const squares = squaresOf(20_000, 0, 1, d, d)
      const within = squares.filter((s) => s <= reachOfNoise(d) ** 2).length / squares.length
      expect(Math.abs(within - [0.9907, 1, 1][d - 1])).toBeLessThan(0.002)
      // Nor wider than that: half of it keeps what half of 2.6, 4.8 and 7 standard deviations do.
      const inHalf = squares.filter((s) => 4 * s <= reachOfNoise(d) ** 2).length / squares.length
      expect(Math.abs(inHalf - [0.8064, 0.9439, 0.9934][d - 1])).toBeLessThan(0.015)
    }
  })
})
