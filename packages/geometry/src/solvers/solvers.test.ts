import { type RandomStream, randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { hat, mat3Apply, mat3Multiply } from '../math/mat3.js'
import { so3Exp } from '../math/so3.js'
import { quantile } from '../math/statistics.js'
import { essentialEightPoint, fundamentalEightPoint } from './epipolar-eight-point.js'
import { essentialFivePoint } from './essential-five-point.js'
import { fundamentalSevenPoint } from './fundamental-seven-point.js'
import { homographyDlt } from './homography-dlt.js'
import { homographyFourPoint } from './homography-four-point.js'
import { p3p } from './p3p.js'

const all = (n: number) => Int32Array.from({ length: n }, (_, i) => i)

/** Two cameras, 60° field of view, points 2 to 6 baselines deep, seen by both. */
function twoViewProblem(random: RandomStream, n: number, planar = false) {
  for (;;) {
    const R = so3Exp([random.uniform(-0.4, 0.4), random.uniform(-0.4, 0.4), random.uniform(-0.4, 0.4)])
    const t = Float64Array.from([random.normal(), random.normal(), random.normal()])
    const norm = Math.sqrt(t[0] * t[0] + t[1] * t[1] + t[2] * t[2])
    for (let k = 0; k < 3; k++) t[k] /= norm
    const normal = [random.uniform(-0.4, 0.4), random.uniform(-0.4, 0.4), 1]
    const d = random.uniform(2, 6)
    const xy1 = new Float64Array(2 * n)
    const xy2 = new Float64Array(2 * n)
    const points = new Float64Array(3 * n)
    let ok = true
    for (let i = 0; i < n && ok; i++) {
      const [x, y] = [random.uniform(-0.6, 0.6), random.uniform(-0.6, 0.6)]
      const z = planar ? d / (normal[0] * x + normal[1] * y + normal[2]) : random.uniform(2, 6)
      const X = [x * z, y * z, z]
      const Y = mat3Apply(R, X)
      for (let k = 0; k < 3; k++) Y[k] += t[k]
      ok = Y[2] > 0.5 && z > 0.5 && Math.abs(Y[0] / Y[2]) < 1 && Math.abs(Y[1] / Y[2]) < 1
      xy1.set([x, y], 2 * i)
      xy2.set([Y[0] / Y[2], Y[1] / Y[2]], 2 * i)
      points.set(X, 3 * i)
    }
    if (!ok) continue
    const E = mat3Multiply(hat(t), R)
    const H = R.map((r, k) => r + (t[Math.floor(k / 3)] * normal[k % 3]) / d)
    return { R, t, E, H, xy1, xy2, points }
  }
}

/** Distance of two matrices up to scale, both brought to norm 1. */
function projectiveDistance(A: Float64Array, B: Float64Array): number {
  let [aa, bb, ab] = [0, 0, 0]
  for (let k = 0; k < 9; k++) {
    aa += A[k] * A[k]
    bb += B[k] * B[k]
    ab += A[k] * B[k]
  }
  const sign = ab < 0 ? -1 : 1
  let sum = 0
  for (let k = 0; k < 9; k++) {
    const d = A[k] / Math.sqrt(aa) - (sign * B[k]) / Math.sqrt(bb)
    sum += d * d
  }
  return Math.sqrt(sum)
}

function closest(models: Float64Array, count: number, truth: Float64Array, size = 9): number {
  let best = Number.POSITIVE_INFINITY
  for (let m = 0; m < count; m++) {
    const model = models.slice(size * m, size * m + size)
    expect(model.every((v) => Number.isFinite(v))).toBe(true)
    let distance = 0
    if (size === 9) distance = projectiveDistance(model, truth)
    else for (let k = 0; k < size; k++) distance = Math.max(distance, Math.abs(model[k] - truth[k]))
    best = Math.min(best, distance)
  }
  return best
}

const PROBLEMS = 1000
const random = randomStream(11, 'solvers')
const models = new Float64Array(120)

/** Median and 99th percentile of the errors of a thousand random problems. */
function survey(error: () => number): void {
  const errors = Float64Array.from({ length: PROBLEMS }, error)
  expect(quantile(errors, 0.5)).toBeLessThan(1e-12)
  expect(quantile(errors, 0.99)).toBeLessThan(1e-8)
}

describe('solvers on noise-free random problems: median error ≤ 1e-12, 99 % ≤ 1e-8', () => {
  it('essential five-point', () => {
    survey(() => {
      const p = twoViewProblem(random, 5)
      return closest(models, essentialFivePoint(p.xy1, p.xy2, all(5), models), p.E)
    })
  })

  it('essential five-point on a plane', () => {
    survey(() => {
      const p = twoViewProblem(random, 5, true)
      return closest(models, essentialFivePoint(p.xy1, p.xy2, all(5), models), p.E)
    })
  })

  it('essential eight-point, from 8 and from 20 pairs', () => {
    for (const n of [8, 20]) {
      survey(() => {
        const p = twoViewProblem(random, n)
        return closest(models, essentialEightPoint(p.xy1, p.xy2, all(n), models), p.E)
      })
    }
  })

  it('fundamental seven-point', () => {
    survey(() => {
      const p = twoViewProblem(random, 7)
      return closest(models, fundamentalSevenPoint(p.xy1, p.xy2, all(7), models), p.E)
    })
  })

  it('fundamental eight-point, from 8 and from 20 pairs', () => {
    for (const n of [8, 20]) {
      survey(() => {
        const p = twoViewProblem(random, n)
        return closest(models, fundamentalEightPoint(p.xy1, p.xy2, all(n), models), p.E)
      })
    }
  })

  it('homography four-point and DLT', () => {
    survey(() => {
      const p = twoViewProblem(random, 4, true)
      return closest(models, homographyFourPoint(p.xy1, p.xy2, all(4), models), p.H)
    })
    for (const n of [4, 20]) {
      survey(() => {
        const p = twoViewProblem(random, n, true)
        return closest(models, homographyDlt(p.xy1, p.xy2, all(n), models), p.H)
      })
    }
  })

  it('P3P', () => {
    const truth = new Float64Array(12)
    survey(() => {
      const p = twoViewProblem(random, 3)
      truth.set(p.R)
      truth.set(p.t, 9)
      return closest(models, p3p(p.xy2, p.points, all(3), models), truth, 12)
    })
  })
})
