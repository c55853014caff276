import { FUNDAMENTAL_SEVEN_POINT_SOLUTIONS, fundamentalSevenPoint } from '../solvers/fundamental-seven-point.js'
import { denormalizeForm } from '../solvers/normalize.js'
import type { Estimator } from './estimator.js'
import { normalizePair, scaleMatrix } from './normalization.js'
import { type RansacOptions, type RansacResult, ransac } from './ransac.js'
import { epipolarRefiner, sampsonRange } from './refine-epipolar.js'

/**
 * Fundamental matrices from correspondences: seven-point samples, Sampson residuals in the coordinates' unit. Coordinates
 * should be of order 1 (`estimateFundamental` sees to it).
 */
export function fundamentalEstimator(xy1: Float64Array, xy2: Float64Array): Estimator {
  return {
    count: xy1.length / 2,
    sampleSize: 7,
    modelSize: 9,
    maxModels: FUNDAMENTAL_SEVEN_POINT_SOLUTIONS,
    solve: (sample, models) => fundamentalSevenPoint(xy1, xy2, sample, models),
    residuals: (F, out, from, to) => sampsonRange(F, xy1, xy2, out, from, to),
    refine: epipolarRefiner(xy1, xy2, 'fundamental'),
  }
}

/** The fundamental matrix, x2ᵀ F x1 = 0 in pixels, unit norm, that most correspondences fit. `maxResidual` is in pixels. */
export function estimateFundamental(xy1: Float64Array, xy2: Float64Array, options: RansacOptions): RansacResult {
  const pair = normalizePair(xy1, xy2)
  const { scale } = pair.T1
  const result = ransac(fundamentalEstimator(pair.xy1, pair.xy2), {
    ...options,
    maxResidual: options.maxResidual * scale,
  })
  if (result.model) denormalizeForm(result.model, 0, pair.T1, pair.T2)
  const model = result.model && scaleMatrix(result.model, false)
  return { ...result, model, report: inPixels(result, options, scale) }
}

/** A report made in normalised coordinates, with its residuals in pixels again. */
export function inPixels(
  { report }: RansacResult,
  { maxResidual }: RansacOptions,
  scale: number,
): RansacResult['report'] {
  return { ...report, maxResidual, meanResidual: report.meanResidual / scale }
}
