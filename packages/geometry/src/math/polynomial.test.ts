import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cubicRoots, polynomialValue, quadraticRoots, quarticRoots } from './polynomial.js'

const out = new Float64Array(4)
const root = fc.double({ min: -10, max: 10, noNaN: true })
const separated = (roots: number[]) => {
  const sorted = [...roots].sort((a, b) => a - b)
  return sorted.every((r, i) => i === 0 || r - sorted[i - 1] > 0.05)
}

describe('closed-form roots', () => {
  it('quadratic: without cancellation', () => {
    // x² − 1e8 x + 1: the small root is 1e-8.
    expect(quadraticRoots(1, -1e8, 1, out)).toBe(2)
    expect(Math.abs(out[0] / 1e-8 - 1)).toBeLessThan(1e-15)
    expect(quadraticRoots(1, 0, 1, out)).toBe(0)
    expect(quadraticRoots(0, 2, -4, out)).toBe(1)
    expect(out[0]).toBe(2)
    expect(quadraticRoots(0, 0, 1, out)).toBe(0)
  })

  it('cubic: recovers three separated roots', () => {
    fc.assert(
      fc.property(
        fc.tuple(root, root, root).filter(separated),
        fc.double({ min: 0.1, max: 10, noNaN: true }),
        (r, a) => {
          const [p, q, s] = r
          expect(cubicRoots(a, -a * (p + q + s), a * (p * q + q * s + s * p), -a * p * q * s, out)).toBe(3)
          const sorted = [...r].sort((x, y) => x - y)
          for (let k = 0; k < 3; k++) expect(Math.abs(out[k] - sorted[k])).toBeLessThan(1e-9)
        },
      ),
    )
  })

  it('cubic: one real root', () => {
    fc.assert(
      fc.property(root, root, fc.double({ min: 0.1, max: 5, noNaN: true }), (p, u, v) => {
        // (x − p)(x² − 2 u x + u² + v²)
        const s = u * u + v * v
        const n = cubicRoots(1, -p - 2 * u, s + 2 * u * p, -p * s, out)
        expect(n).toBe(1)
        expect(Math.abs(out[0] - p)).toBeLessThan(1e-7)
      }),
    )
  })

  it('quartic: recovers separated real roots beside a complex pair', () => {
    fc.assert(
      fc.property(fc.tuple(root, root, root, root).filter(separated), (r) => {
        const e1 = r[0] + r[1] + r[2] + r[3]
        const e2 = r[0] * r[1] + r[0] * r[2] + r[0] * r[3] + r[1] * r[2] + r[1] * r[3] + r[2] * r[3]
        const e3 = r[0] * r[1] * r[2] + r[0] * r[1] * r[3] + r[0] * r[2] * r[3] + r[1] * r[2] * r[3]
        expect(quarticRoots(1, -e1, e2, -e3, r[0] * r[1] * r[2] * r[3], out)).toBe(4)
        const sorted = [...r].sort((x, y) => x - y)
        for (let k = 0; k < 4; k++) expect(Math.abs(out[k] - sorted[k])).toBeLessThan(1e-6)
      }),
    )
    expect(quarticRoots(1, 0, 0, 0, 1, out)).toBe(0)
    expect(quarticRoots(1, 0, -5, 0, 4, out)).toBe(4)
    expect([...out].map((x) => Math.round(x * 1e12) / 1e12)).toEqual([-2, -1, 1, 2])
  })

  it('never writes a root that is not one, nor NaN, whatever the coefficients', () => {
    const any = fc.double({ noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(fc.array(any, { minLength: 5, maxLength: 5 }), (c) => {
        const n = quarticRoots(c[0], c[1], c[2], c[3], c[4], out)
        for (let k = 0; k < n; k++) expect(Number.isFinite(out[k])).toBe(true)
        const m = cubicRoots(c[0], c[1], c[2], c[3], out)
        for (let k = 0; k < m; k++) expect(Number.isFinite(out[k])).toBe(true)
      }),
      { numRuns: 2000 },
    )
    expect(polynomialValue([1, 2, 3], 2, 2)).toBe(17)
  })
})
