import { randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { quantile } from './statistics.js'
import { intersectQuadrics } from './three-quadrics.js'

const monomials = (x: number, y: number, z: number) => [x * x, x * y, y * y, x * z, y * z, z * z, x, y, z, 1]

describe('intersectQuadrics', () => {
  it('finds the point through which three random quadrics were laid', () => {
    const random = randomStream(4, 'quadrics')
    const out = new Float64Array(24)
    const errors: number[] = []
    for (let trial = 0; trial < 1000; trial++) {
      const point = [random.normal(), random.normal(), random.normal()]
      const m = monomials(point[0], point[1], point[2])
      const quadrics = new Float64Array(30)
      for (let r = 0; r < 3; r++) {
        for (let k = 0; k < 9; k++) {
          quadrics[10 * r + k] = random.normal()
          quadrics[10 * r + 9] -= quadrics[10 * r + k] * m[k]
        }
      }
      const n = intersectQuadrics(quadrics, out)
      expect(n).toBeLessThanOrEqual(8)
      let best = Number.POSITIVE_INFINITY
      for (let s = 0; s < n; s++) {
        let distance = 0
        for (let k = 0; k < 3; k++) distance = Math.max(distance, Math.abs(out[3 * s + k] - point[k]))
        best = Math.min(best, distance)
      }
      errors.push(best)
    }
    expect(quantile(errors, 0.5)).toBeLessThan(1e-13)
    expect(quantile(errors, 0.99)).toBeLessThan(1e-8)
  })

  it('finds all eight corners of a cube', () => {
    // x² = 1, y² = 4, z² = 9, mixed so that the leading matrix is regular
    const base = [monomials(0, 0, 0), monomials(0, 0, 0), monomials(0, 0, 0)]
    base[0] = [1, 0, 0, 0, 0, 0, 0, 0, 0, -1]
    base[1] = [0, 0, 1, 0, 0, 0, 0, 0, 0, -4]
    base[2] = [0, 0, 0, 0, 0, 1, 0, 0, 0, -9]
    // Turned by x = u + v/2 − w/3, y = v − u/4 + w/5, z = w + u/3 − v/7: substitute into the quadratic forms.
    const T = [1, 1 / 2, -1 / 3, -1 / 4, 1, 1 / 5, 1 / 3, -1 / 7, 1]
    const quadrics = new Float64Array(30)
    for (let r = 0; r < 3; r++) {
      const [a, b, c] = [T[3 * r], T[3 * r + 1], T[3 * r + 2]]
      quadrics.set([a * a, 2 * a * b, b * b, 2 * a * c, 2 * b * c, c * c, 0, 0, 0, base[r][9]], 10 * r)
    }
    const out = new Float64Array(24)
    expect(intersectQuadrics(quadrics, out)).toBe(8)
    for (let s = 0; s < 8; s++) {
      for (let r = 0; r < 3; r++) {
        const v = T[3 * r] * out[3 * s] + T[3 * r + 1] * out[3 * s + 1] + T[3 * r + 2] * out[3 * s + 2]
        expect(Math.abs(Math.abs(v) - (r + 1))).toBeLessThan(1e-9)
      }
    }
  })

  it('gives nothing where the leading matrix is singular', () => {
    expect(intersectQuadrics(new Float64Array(30), new Float64Array(24))).toBe(0)
  })
})
