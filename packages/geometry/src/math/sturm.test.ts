import { randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { realRoots } from './sturm.js'

function fromRoots(roots: number[]): number[] {
  let c = [1]
  for (const root of roots) {
    const next = new Array<number>(c.length + 1).fill(0)
    for (let k = 0; k < c.length; k++) {
      next[k + 1] += c[k]
      next[k] -= root * c[k]
    }
    c = next
  }
  return c
}

const out = new Float64Array(24)
const solve = (c: number[], ...range: number[]) => [...out.subarray(0, realRoots(c, c.length - 1, out, ...range))]

describe('realRoots', () => {
  it('finds all real roots of random polynomials of degree 10 with real and complex roots', () => {
    const random = randomStream(1, 'sturm')
    for (let trial = 0; trial < 500; trial++) {
      const real = Array.from({ length: 2 * random.int(6) }, () => random.uniform(-3, 3)).sort((a, b) => a - b)
      if (real.some((r, i) => i > 0 && r - real[i - 1] < 0.02)) continue
      let c = fromRoots(real)
      while (c.length < 11) {
        // times (x² − 2 a x + a² + b²), b ≠ 0
        const a = random.uniform(-2, 2)
        const b = random.uniform(0.1, 2)
        const next = new Array<number>(c.length + 2).fill(0)
        for (let k = 0; k < c.length; k++) {
          next[k] += c[k] * (a * a + b * b)
          next[k + 1] -= 2 * a * c[k]
          next[k + 2] += c[k]
        }
        c = next
      }
      const found = solve(c)
      expect(found.length).toBe(real.length)
      for (let i = 0; i < real.length; i++) expect(Math.abs(found[i] - real[i])).toBeLessThan(1e-6)
    }
  })

  it('handles even polynomials, whose chain skips degrees', () => {
    expect(solve([-1, 0, 0, 0, 1])).toEqual([-1, 1])
    expect(solve([4, 0, -5, 0, 1]).map((x) => Math.round(x * 1e12) / 1e12)).toEqual([-2, -1, 1, 2])
    expect(solve([1, 0, 0, 0, 1])).toEqual([])
  })

  it('reports multiple roots once', () => {
    const found = solve(fromRoots([1, 1, 2]))
    expect(found.length).toBe(2)
    expect(found[0]).toBeCloseTo(1, 6)
    expect(found[1]).toBeCloseTo(2, 12)
  })

  it('keeps to the interval and lowers the degree for leading zeros', () => {
    expect(solve([-6, 11, -6, 1], 1.5, 10).length).toBe(2)
    expect(solve([-2, 1, 0, 0])).toEqual([2])
    expect(solve([5])).toEqual([])
    expect(solve([0, 0])).toEqual([])
  })

  it('returns nothing for coefficients that are not numbers', () => {
    expect(solve([Number.NaN, 1, 1])).toEqual([])
    expect(solve([1, Number.POSITIVE_INFINITY, 1])).toEqual([])
  })
})
