import { expect, test } from 'vitest'
import { shade } from './match-matrix.js'

test('shades rise with the logarithm from none to most', () => {
  expect(shade(0, 1000)).toBe(0)
  expect(shade(1000, 1000)).toBe(1)
  expect(shade(31, 1023)).toBeCloseTo(0.5, 12)
  expect(shade(5, 0)).toBe(1)
})
