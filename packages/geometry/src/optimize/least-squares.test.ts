import { randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { mat3Apply } from '../math/mat3.js'
import { rotationAngleRad, so3Exp } from '../math/so3.js'
import { type LeastSquaresProblem, solveLeastSquares } from './least-squares.js'
import { euclidean, product, rotations, subset, unitVectors } from './manifold.js'
import { checkJacobian } from './numeric-jacobian.js'

/** Rosenbrock's valley: minimum (1, 1). */
const rosenbrock: LeastSquaresProblem = {
  residualCount: 2,
  parameterCount: 2,
  residuals: (x, out) => {
    out[0] = 10 * (x[1] - x[0] * x[0])
    out[1] = 1 - x[0]
  },
  jacobian: (x, out) => out.set([-20 * x[0], 10, -1, 0]),
}

describe('solveLeastSquares', () => {
  it.each(['levenberg-marquardt', 'gauss-newton', 'gradient-descent'] as const)(
    '%s follows Rosenbrock’s valley',
    (method) => {
      const x = Float64Array.of(-1.2, 1)
      const report = solveLeastSquares(rosenbrock, x, { method, maxIterations: 100_000 })
      expect(Math.abs(x[0] - 1)).toBeLessThan(1e-4)
      expect(Math.abs(x[1] - 1)).toBeLessThan(2e-4)
      expect(report.finalCost).toBeLessThan(report.initialCost)
    },
  )

  it('averages points in spite of outliers by each robust loss', () => {
    const random = randomStream(1)
    const data = Array.from({ length: 100 }, (_, i) => (i < 80 ? 3 + 0.1 * random.normal() : 50 + random.normal()))
    const run = (type: 'trivial' | 'huber' | 'soft-l1' | 'cauchy' | 'geman-mcclure' | 'tukey') => {
      const x = Float64Array.of(5)
      const residuals = (p: Float64Array, out: Float64Array) => {
        for (let i = 0; i < 100; i++) out[i] = p[0] - data[i]
      }
      const scale = type === 'tukey' ? 5 : 0.3
      solveLeastSquares({ residualCount: 100, parameterCount: 1, residuals, loss: { type, scale } }, x)
      return Math.abs(x[0] - 3)
    }
    expect(run('trivial')).toBeGreaterThan(9)
    expect(run('huber')).toBeLessThan(0.15)
    expect(run('soft-l1')).toBeLessThan(0.15)
    for (const type of ['cauchy', 'geman-mcclure', 'tukey'] as const) expect(run(type)).toBeLessThan(0.05)
  })

  it('finds a pose on its manifold', () => {
    const random = randomStream(2)
    const truth = so3Exp([0.4, -1.1, 2])
    const points = Array.from({ length: 20 }, () => [random.normal(), random.normal(), random.normal()])
    const seen = points.map((p) => [...mat3Apply(truth, p)].map((v, k) => v + [1, 2, 3][k]))
    const problem: LeastSquaresProblem = {
      residualCount: 60,
      parameterCount: 12,
      manifold: product(rotations, euclidean(3)),
      residuals: (x, out) => {
        for (const [i, p] of points.entries()) {
          const q = mat3Apply(x, p)
          for (let k = 0; k < 3; k++) out[3 * i + k] = q[k] + x[9 + k] - seen[i][k]
        }
      },
      jacobian: (_x, out) => {
        out.fill(0)
        for (const [i, p] of points.entries()) {
          for (let k = 0; k < 3; k++) {
            out.set(p, (3 * i + k) * 12 + 3 * k)
            out[(3 * i + k) * 12 + 9 + k] = 1
          }
        }
      },
    }
    const x = new Float64Array(12)
    x.set([1, 0, 0, 0, 1, 0, 0, 0, 1])
    expect(checkJacobian(problem, Float64Array.of(...so3Exp([1, 2, 0.5]), 1, 2, 3)).ok).toBe(true)
    solveLeastSquares(problem, x)
    expect(rotationAngleRad(x, truth)).toBeLessThan(1e-8)
    expect(x[11]).toBeCloseTo(3, 10)
  })

  it('keeps unit vectors on the sphere and constant coordinates constant', () => {
    const sphere: LeastSquaresProblem = {
      residualCount: 3,
      parameterCount: 3,
      manifold: unitVectors(3),
      residuals: (x, out) => out.set([x[0] - 1, x[1] - 2, x[2] + 2]),
    }
    const x = Float64Array.of(0, 0, 1)
    solveLeastSquares(sphere, x)
    expect([...x].map((v, i) => Math.abs(v - [1 / 3, 2 / 3, -2 / 3][i])).every((e) => e < 1e-6)).toBe(true)
    const y = Float64Array.of(0.5, 0)
    solveLeastSquares({ ...rosenbrock, manifold: subset(2, [1]) }, y)
    expect(y[0]).toBe(0.5)
    expect(y[1]).toBeCloseTo(0.25, 12)
  })

  it('takes shorter steps where residuals are not finite', () => {
    const x = Float64Array.of(4)
    const residuals = (p: Float64Array, out: Float64Array) => {
      out[0] = p[0] > 0 ? Math.sqrt(p[0]) - 0.1 : Number.NaN
    }
    solveLeastSquares({ residualCount: 1, parameterCount: 1, residuals }, x)
    expect(x[0]).toBeCloseTo(0.01, 8)
  })

  it('reports rank deficiency: no covariance, Gauss–Newton singular', () => {
    const problem: LeastSquaresProblem = {
      residualCount: 3,
      parameterCount: 2,
      residuals: (x, out) => out.set([x[0] + x[1] - 1, 2 * (x[0] + x[1]) - 2, x[0] + x[1]]),
      jacobian: (_x, out) => out.set([1, 1, 2, 2, 1, 1]),
    }
    expect(solveLeastSquares(problem, new Float64Array(2), { method: 'gauss-newton' }).stoppedBy).toBe('singular')
    const report = solveLeastSquares(problem, new Float64Array(2), { covariance: true })
    expect(report.covariance).toBeUndefined()
    expect(2 * report.finalCost).toBeCloseTo(5 / 6, 10)
  })

  it('refuses sizes that do not fit and a start without a cost', () => {
    expect(() => solveLeastSquares(rosenbrock, new Float64Array(3))).toThrow('3 parameters')
    expect(() => solveLeastSquares(rosenbrock, Float64Array.of(Number.NaN, 0))).toThrow('not finite')
    expect(() => subset(2, [2])).toThrow('0 … 1')
    expect(() => solveLeastSquares({ ...rosenbrock, loss: { type: 'huber', scale: 0 } }, new Float64Array(2))).toThrow(
      'scale',
    )
  })
})

describe('checkJacobian', () => {
  it('accepts a right Jacobian and finds the wrong entry of a wrong one', () => {
    expect(checkJacobian(rosenbrock, Float64Array.of(-1.2, 1)).relativeError).toBeLessThan(1e-9)
    const wrong = { ...rosenbrock, jacobian: (x: Float64Array, out: Float64Array) => out.set([-20 * x[0], 10, 1, 0]) }
    expect(checkJacobian(wrong, Float64Array.of(-1.2, 1))).toMatchObject({ ok: false, row: 1, column: 0, analytic: 1 })
  })
})
