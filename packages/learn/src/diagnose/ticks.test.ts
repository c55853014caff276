import fc from 'fast-check'
import { expect, test } from 'vitest'
import { powerTicks, roundTicks, showTick } from './ticks.js'

test('are round, in order, inside, and neither too few nor too many', () => {
  const low = fc.double({ min: -1e6, max: 1e6, noNaN: true })
  fc.assert(
    fc.property(low, fc.double({ min: 1e-3, max: 1e6, noNaN: true }), (from, length) => {
      const to = from + length
      const ticks = roundTicks(from, to)
      const slack = 1e-6 * Math.max(Math.abs(from), Math.abs(to))
      expect(ticks.length).toBeGreaterThanOrEqual(2)
      expect(ticks.length).toBeLessThanOrEqual(6)
      for (const t of ticks) expect(t >= from - slack && t <= to + slack).toBe(true)
      expect(ticks).toEqual(ticks.toSorted((a, b) => a - b))
    }),
  )
  expect(roundTicks(1, 324)).toEqual([100, 200, 300])
  expect(roundTicks(0, 1)).toEqual([0, 0.2, 0.4, 0.6, 0.8, 1])
  expect(roundTicks(-0.5, 0.5)).toEqual([-0.4, -0.2, 0, 0.2, 0.4])
})

test('of logarithmic axes are powers of ten, not all of many, and round numbers within one', () => {
  expect(powerTicks(2e-5, 0.3)).toEqual([1e-4, 1e-3, 1e-2, 1e-1])
  expect(powerTicks(1e-12, 1)).toEqual([1e-12, 1e-9, 1e-6, 1e-3, 1])
  expect(powerTicks(0.2, 0.9)).toEqual([0.2, 0.4, 0.6, 0.8])
})

test('are shown as they are', () => {
  // A number that ends in zeros keeps them.
  expect([100, 250, 3000, 0.1, 0.05, 0, -0.4].map(showTick)).toEqual(['100', '250', '3000', '0.1', '0.05', '0', '-0.4'])
  expect([1e-5, 2.5e6, 120000].map(showTick)).toEqual(['1e-5', '2.5e6', '1.2e5'])
})
