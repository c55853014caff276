import { isEpipoleError, randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import type { Estimator } from './estimator.js'
import { ransac } from './ransac.js'

/** Points, a share of them on y = a x + b. */
function linePoints(n: number, outliers: number, noise: number, seed: number) {
  const random = randomStream(seed)
  const xy = new Float64Array(2 * n)
  for (let i = 0; i < n; i++) {
    xy[2 * i] = random.uniform(-10, 10)
    xy[2 * i + 1] = i < outliers ? random.uniform(-10, 10) : 0.5 * xy[2 * i] - 1 + noise * random.normal()
  }
  return xy
}

/** y = a x + b, vertical residuals. */
function lineEstimator(xy: Float64Array): Estimator {
  return {
    count: xy.length / 2,
    sampleSize: 2,
    modelSize: 2,
    maxModels: 1,
    solve([i, j], models) {
      const dx = xy[2 * j] - xy[2 * i]
      if (dx === 0) return 0
      models[0] = (xy[2 * j + 1] - xy[2 * i + 1]) / dx
      models[1] = xy[2 * i + 1] - models[0] * xy[2 * i]
      return 1
    },
    residuals([a, b], out) {
      for (let i = 0; i < out.length; i++) out[i] = Math.abs(xy[2 * i + 1] - a * xy[2 * i] - b)
    },
    refine(model, inliers) {
      let [sx, sy, sxx, sxy] = [0, 0, 0, 0]
      for (const i of inliers) {
        sx += xy[2 * i]
        sy += xy[2 * i + 1]
        sxx += xy[2 * i] * xy[2 * i]
        sxy += xy[2 * i] * xy[2 * i + 1]
      }
      const n = inliers.length
      const det = n * sxx - sx * sx
      if (det === 0) return false
      model[0] = (n * sxy - sx * sy) / det
      model[1] = (sy - model[0] * sx) / n
      return true
    },
  }
}

describe('ransac', () => {
  it('finds a line among four times as many outliers', () => {
    const xy = linePoints(1000, 800, 0.02, 3)
    const { model, inliers, report } = ransac(lineEstimator(xy), { maxResidual: 0.1, seed: 1 })
    expect(model?.[0]).toBeCloseTo(0.5, 2)
    expect(model?.[1]).toBeCloseTo(-1, 2)
    expect([...inliers].filter((i) => i >= 800).length).toBeGreaterThanOrEqual(198)
    expect(report.stoppedBy).toBe('confidence')
    expect(report.inlierRatio).toBe(inliers.length / 1000)
  })

  it('stops by the exact rule: few trials for clean data', () => {
    const clean = ransac(lineEstimator(linePoints(200, 0, 0.01, 4)), { maxResidual: 0.1, minTrials: 1 })
    expect(clean.report.trials).toBe(1)
    expect(clean.inliers.length).toBe(200)
  })

  it('refines: the model is the least-squares fit of its inliers', () => {
    const xy = linePoints(300, 100, 0.05, 5)
    const estimator = lineEstimator(xy)
    const { model, inliers } = ransac(estimator, { maxResidual: 0.2, seed: 2 })
    const again = new Float64Array(2)
    estimator.refine?.(again, inliers)
    expect(Math.abs(again[0] - (model as Float64Array)[0])).toBeLessThan(1e-3)
  })

  it('is a function of its seed', () => {
    const xy = linePoints(400, 300, 0.05, 6)
    const run = (seed: number) => ransac(lineEstimator(xy), { maxResidual: 0.1, seed })
    expect(run(1)).toEqual(run(1))
  })

  it('says so when there is nothing to find', () => {
    const few = ransac(lineEstimator(Float64Array.of(1, 2)), { maxResidual: 1 })
    expect(few.model).toBeUndefined()
    expect(few.report.stoppedBy).toBe('too-few-data')
    const same = ransac(lineEstimator(new Float64Array(20)), { maxResidual: 1, maxTrials: 50 })
    expect(same.model).toBeUndefined()
    expect(same.report.stoppedBy).toBe('max-trials')
  })

  it('refuses options that cannot be', () => {
    for (const options of [{ maxResidual: 0 }, { maxResidual: Number.NaN }, { maxResidual: 1, confidence: 1 }]) {
      let code: string | undefined
      try {
        ransac(lineEstimator(linePoints(10, 0, 0, 1)), options)
      } catch (error) {
        if (isEpipoleError(error)) code = error.code
      }
      expect(code).toBe('usage')
    }
  })
})
