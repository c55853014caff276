import fc from 'fast-check'
import { expect, test } from 'vitest'
import { stepAuc } from './auc.js'

test('a step curve by hand', () => {
  // Recall is 0 up to 0.2, ½ up to 0.6 and 1 up to 1: (0.4 · ½ + 0.4 · 1) / 1.
  expect(stepAuc(Float64Array.of(0.2, 0.6), 1)).toBeCloseTo(60, 12)
  expect(stepAuc(Float64Array.of(0.2, 0.6, 180, 180), 1)).toBeCloseTo(30, 12)
  expect(stepAuc(Float64Array.of(0, 0), 3)).toBe(100)
  expect(stepAuc(Float64Array.of(1), 1)).toBe(0)
  expect(stepAuc(Float64Array.of(), 5)).toBe(0)
})

test('it is the mean of what each error leaves of the threshold', () => {
  const errors = fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { minLength: 1, maxLength: 40 })
  fc.assert(
    fc.property(errors, fc.double({ min: 0.1, max: 10, noNaN: true }), (list, threshold) => {
      const expected = list.reduce((sum, e) => sum + Math.max(0, threshold - e) / threshold, 0) / list.length
      expect(stepAuc(Float64Array.from(list).sort(), threshold)).toBeCloseTo(100 * expected, 9)
    }),
  )
})
