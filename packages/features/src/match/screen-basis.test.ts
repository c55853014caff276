import { expect, test } from 'vitest'
import { CODE, SCREENED_DIMENSION, screenBasis } from './screen-basis.js'

test('the directions lengthen no vector by more than the kernel allows for', () => {
  const basis = screenBasis()
  expect(basis).toHaveLength(CODE * SCREENED_DIMENSION)
  const row = (k: number) =>
    Array.from(basis.subarray(SCREENED_DIMENSION * k, SCREENED_DIMENSION * (k + 1)), (v) => v / 4096)
  const dot = (a: number[], b: number[]) => a.reduce((sum, v, i) => sum + v * b[i]!, 0)
  const rows = Array.from({ length: CODE }, (_, k) => row(k))
  for (let k = 0; k < CODE; k++) {
    expect(dot(rows[k]!, rows[k]!)).toBeCloseTo(1, 3)
    // Gershgorin: no eigenvalue of B Bᵀ, so no squared singular value of B, exceeds the largest absolute row sum.
    const rowSum = rows.reduce((sum, other) => sum + Math.abs(dot(rows[k]!, other)), 0)
    expect(Math.sqrt(rowSum)).toBeLessThan(1.005)
  }
})
