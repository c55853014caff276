import { EpipoleError } from '@epipole/core'
import { leastSquares } from '../math/qr.js'
import type { Estimator } from './estimator.js'

/**
 * Linear regression: coefficients b of y ≈ x · b, for rows x of any features; residuals are |y − x · b|, refinement is
 * ordinary least squares (QR). The textbook's example of RANSAC is y ≈ b₀ + b₁ x with rows (1, x). Unlike `lineEstimator`,
 * whose distances are across the line, the error is all in y.
 *
 * Problem: minimal samples of k rows and their k × k systems.
 * Preconditions: k independent rows; dependent ones (e.g. twice the same x) give no model.
 * Solutions: one.
 *
 * @param features `count × k`, row by row; a column of ones makes a constant term
 * @param targets `count`
 */
export function linearRegressionEstimator(features: Float64Array, targets: Float64Array): Estimator {
  const count = targets.length
  const k = count > 0 ? features.length / count : 0
  if (!Number.isInteger(k) || (count > 0 && k === 0)) {
    throw new EpipoleError(
      'usage',
      `linearRegressionEstimator: ${features.length} features are not as many for each of ${count} targets.`,
      { features: features.length, targets: count },
    )
  }
  const A = new Float64Array(features.length)
  const b = new Float64Array(count)
  const betas = new Float64Array(k)
  const fit = (subset: Int32Array, model: Float64Array): boolean => {
    for (let i = 0; i < subset.length; i++) {
      for (let j = 0; j < k; j++) A[k * i + j] = features[k * subset[i] + j]
      b[i] = targets[subset[i]]
    }
    return leastSquares(A, subset.length, k, b, model, betas) !== undefined
  }
  const residual = (model: Float64Array, i: number): number => {
    let predicted = 0
    for (let j = 0; j < k; j++) predicted += features[k * i + j] * model[j]
    return targets[i] - predicted
  }
  return {
    count,
    sampleSize: k,
    modelSize: k,
    maxModels: 1,
    solve: (sample, models) => (fit(sample, models) ? 1 : 0),
    residuals: (model, out) => {
      for (let i = 0; i < count; i++) out[i] = residual(model, i)
    },
    residualsOf: (model, subset, begin, end, out) => {
      for (let i = begin; i < end; i++) out[i] = residual(model, subset[i])
    },
    refine: (model, inliers) => fit(inliers, model),
  }
}
