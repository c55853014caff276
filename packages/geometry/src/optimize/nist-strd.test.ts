import { describe, expect, it } from 'vitest'
import { type LeastSquaresProblem, solveLeastSquares } from './least-squares.js'
import { type Dataset, NIST } from './nist-strd.test-support.js'

function regression({ model, gradient, x, y, certified }: Dataset): LeastSquaresProblem {
  return {
    residualCount: x.length,
    parameterCount: certified.length,
    residuals: (b, out) => {
      for (let i = 0; i < x.length; i++) out[i] = y[i] - model(x[i], b)
    },
    jacobian:
      gradient &&
      ((b, out) => {
        for (let i = 0; i < x.length; i++)
          out.set(
            gradient(x[i], b).map((v) => -v),
            certified.length * i,
          )
      }),
  }
}

/** NIST's measure, the log relative error: the digits in which all numbers agree with the certified ones, at most eleven. */
function digits(found: ArrayLike<number>, certified: readonly number[]): number {
  const worst = Math.max(...certified.map((c, i) => Math.abs(found[i] / c - 1)))
  return worst > 0 ? Math.min(11, -Math.log10(worst)) : 11
}

describe('NIST StRD', () => {
  const cases = NIST.flatMap((d) => d.starts.map((start, i) => [`${d.name}, start ${i + 1}`, d, start] as const))
  it.each(cases)('%s: six certified digits of every parameter, eight of the residuals', (_name, dataset, start) => {
    const b = Float64Array.from(start)
    const options = { maxIterations: 5000, functionTolerance: 1e-20, covariance: true }
    const report = solveLeastSquares(regression(dataset), b, options)
    const rss = 2 * report.finalCost
    expect(digits(b, dataset.certified)).toBeGreaterThan(6)
    // The residuals of Lanczos1 are the roundings of its thirteen digits, of which f64 has but a few left.
    if (dataset.rss < 1e-20) return expect(rss).toBeLessThan(1e-20)
    expect(digits([rss], [dataset.rss])).toBeGreaterThan(8)
    const found = Float64Array.from(b, (_, i) => Math.sqrt(report.covariance![i * (b.length + 1)]))
    expect(digits(found, dataset.deviations)).toBeGreaterThan(5)
  })

  it.each(NIST)('$name: Gauss–Newton from near the minimum', (dataset) => {
    const b = Float64Array.from(dataset.certified, (v) => 1.001 * v)
    solveLeastSquares(regression(dataset), b, { method: 'gauss-newton', functionTolerance: 1e-20 })
    expect(digits(b, dataset.certified)).toBeGreaterThan(6)
  })
})
