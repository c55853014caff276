import { randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { linearRegressionEstimator } from './linear-regression.js'
import { ransac } from './ransac.js'

describe('linear regression', () => {
  it('the textbook’s example: a line through points of which a third is anywhere', () => {
    const random = randomStream(46, 'regression')
    const n = 300
    const features = new Float64Array(2 * n)
    const targets = new Float64Array(n)
    for (let i = 0; i < n; i++) {
      const x = random.uniform(-3, 3)
      features.set([1, x], 2 * i)
      targets[i] = i < 200 ? 2 - 3 * x + 0.1 * random.normal() : random.uniform(-15, 15)
    }
    const { model, inliers, report } = ransac(linearRegressionEstimator(features, targets), {
      maxResidual: 0.3,
      seed: 1,
    })
    expect(Math.abs(model![0] - 2)).toBeLessThan(0.03)
    expect(Math.abs(model![1] + 3)).toBeLessThan(0.02)
    expect(inliers.filter((i) => i < 200).length).toBeGreaterThanOrEqual(195)
    expect(report.stoppedBy).toBe('confidence')
  })

  it('ordinary least squares of its inliers, with any number of features', () => {
    // import numpy as np
    // X = np.array([[1, 0, 2], [1, 1, 1], [1, 2, -1], [1, 3, 0], [1, 4, 3]], float); y = np.array([1, 2.1, 3.9, 4.2, 2.8])
    // np.linalg.lstsq(X, y, rcond=None)[0]
    const features = Float64Array.of(1, 0, 2, 1, 1, 1, 1, 2, -1, 1, 3, 0, 1, 4, 3)
    const targets = Float64Array.of(1, 2.1, 3.9, 4.2, 2.8)
    const model = new Float64Array(3)
    expect(linearRegressionEstimator(features, targets).refine?.(model, Int32Array.of(0, 1, 2, 3, 4))).toBe(true)
    const numpy = [2.142424242424243, 0.6303030303030304, -0.6030303030303026]
    for (let k = 0; k < 3; k++) expect(model[k]).toBeCloseTo(numpy[k], 12)
  })

  it('dependent rows give no model; features that do not fit are refused', () => {
    const estimator = linearRegressionEstimator(Float64Array.of(1, 2, 1, 2, 1, 3), Float64Array.of(1, 2, 3))
    expect(estimator.solve(Int32Array.of(0, 1), new Float64Array(2))).toBe(0)
    expect(estimator.solve(Int32Array.of(0, 2), new Float64Array(2))).toBe(1)
    expect(() => linearRegressionEstimator(new Float64Array(5), new Float64Array(2))).toThrow('5 features')
    expect(
      ransac(linearRegressionEstimator(new Float64Array(0), new Float64Array(0)), { maxResidual: 1 }),
    ).toMatchObject({
      model: undefined,
    })
  })
})
