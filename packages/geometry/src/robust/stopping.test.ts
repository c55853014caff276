import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { allInlierProbability, isBeyondChance, power, requiredTrials } from './stopping.js'

describe('stopping rule', () => {
  it('is the ratio of binomial coefficients', () => {
    // C(50, 5) / C(100, 5) = 2118760 / 75287520
    expect(allInlierProbability(50, 100, 5)).toBeCloseTo(2118760 / 75287520, 14)
    expect(allInlierProbability(4, 100, 5)).toBe(0)
    expect(allInlierProbability(100, 100, 5)).toBe(1)
  })

  it('takes the textbook number of trials', () => {
    // Hartley and Zisserman, table 4.3 (p = 0.99, with replacement): sample 4, half outliers: 72; large n comes to the same.
    expect(requiredTrials(5e8, 1e9, 4, 0.99)).toBe(72)
    expect(requiredTrials(8e8, 1e9, 8, 0.99)).toBe(26)
    expect(requiredTrials(5e8, 1e9, 7, 0.99)).toBe(588)
  })

  it('never asks for more trials when there are more inliers', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10, max: 1000 }), fc.integer({ min: 2, max: 8 }), (n, m) => {
        let last = Number.POSITIVE_INFINITY
        for (let k = 0; k <= n; k++) {
          const trials = requiredTrials(k, n, m, 0.999)
          expect(trials).toBeLessThanOrEqual(last)
          expect(trials).toBeGreaterThanOrEqual(1)
          last = trials
        }
      }),
    )
  })

  it('inliers of a pool count when chance does not explain them', () => {
    expect(isBeyondChance(5, 5, 5)).toBe(false)
    // 95 others, of which 9.5 ± 2.9 agree by chance: 5 + 9.5 + 1.645 · 2.9 + 5 = 24.3.
    expect(isBeyondChance(24, 100, 5)).toBe(false)
    expect(isBeyondChance(25, 100, 5)).toBe(true)
  })

  it('powers by squaring', () => {
    expect(power(0.5, 0)).toBe(1)
    expect(power(3, 13)).toBe(1594323)
    expect(power(0, 5)).toBe(0)
  })
})
