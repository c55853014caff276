import { describe, expect, it } from 'vitest'
import { type LossType, lossCurvature, lossKernel, lossValue, lossWeight } from './loss.js'

const TYPES: readonly LossType[] = ['trivial', 'huber', 'soft-l1', 'cauchy', 'geman-mcclure', 'tukey']

describe.each(TYPES)('%s', (type) => {
  const { kind, square } = lossKernel({ type, scale: 1.7 })

  it('is s for small s, and its weight is its derivative', () => {
    expect(lossValue(kind, square, 1e-9)).toBeCloseTo(1e-9, 17)
    expect(lossWeight(kind, square, 0)).toBe(1)
    for (const s of [0.01, 0.5, 2, 2.8, 3, 10, 1000]) {
      const h = 1e-6 * s
      const numeric = (lossValue(kind, square, s + h) - lossValue(kind, square, s - h)) / (2 * h)
      expect(Math.abs(lossWeight(kind, square, s) - numeric)).toBeLessThan(1e-6)
    }
  })

  it('its curvature along the residual is 1 + 2 s ρ″/ρ′, and at most 1', () => {
    for (const s of [1e-6, 0.01, 0.5, 2, 2.8, 3, 10, 1000]) {
      const h = 1e-6 * s
      const weight = lossWeight(kind, square, s)
      const slope = (lossWeight(kind, square, s + h) - lossWeight(kind, square, s - h)) / (2 * h)
      const curvature = lossCurvature(kind, square, s)
      expect(curvature).toBeLessThanOrEqual(1)
      expect(Math.abs(weight * curvature - (weight + 2 * s * slope))).toBeLessThan(1e-6)
    }
  })

  it('grows with s, its weight falls, and both stay finite', () => {
    let value = 0
    let weight = 1
    for (let s = 1e-6; s < 1e200; s *= 10) {
      expect(lossValue(kind, square, s)).toBeGreaterThanOrEqual(value * (1 - 1e-15))
      expect(lossWeight(kind, square, s)).toBeLessThanOrEqual(weight)
      value = lossValue(kind, square, s)
      weight = lossWeight(kind, square, s)
      expect(value).toBeLessThanOrEqual(s)
    }
    expect(weight).toBeGreaterThanOrEqual(0)
  })
})

it('refuses an unknown loss', () => {
  expect(() => lossKernel({ type: 'hubert' as LossType })).toThrow('no loss "hubert"')
})
