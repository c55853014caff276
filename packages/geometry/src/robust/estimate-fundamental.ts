import { FUNDAMENTAL_SEVEN_POINT_SOLUTIONS, fundamentalSevenPoint } from '../solvers/fundamental-seven-point.js'
import { conditionPair } from './conditioning.js'
import type { Estimator } from './estimator.js'
import { isOriented } from './orientation.js'
import { PlaneAndParallax } from './plane-and-parallax.js'
import { type RansacOptions, type RansacResult, ransac } from './ransac.js'
import { refineConditionedFundamental } from './refine-fundamental.js'
import { sampsonSquares } from './sampson.js'

/**
 * Fundamental matrices from correspondences: seven-point samples, Sampson distance in pixels, refinement over the seven
 * degrees of freedom. Models that a dominant plane left undetermined are completed by pairs off it.
 *
 * @param xy1 pixels in image 1, x y x y …
 * @param xy2 the same in image 2
 */
export function fundamentalEstimator(xy1: Float64Array, xy2: Float64Array): Estimator {
  const count = xy1.length >> 1
  const all = Int32Array.from({ length: count }, (_, i) => i)
  const conditioned = conditionPair(xy1, xy2)
  const plane = new PlaneAndParallax(xy1, xy2)
  return {
    count,
    sampleSize: 7,
    modelSize: 9,
    maxModels: FUNDAMENTAL_SEVEN_POINT_SOLUTIONS,
    squared: true,
    solve: (sample, models) => fundamentalSevenPoint(xy1, xy2, sample, models),
    check: (F, sample) => isOriented(F, xy1, xy2, sample),
    residuals: (F, out) => sampsonSquares(F, xy1, xy2, 1, 1, all, 0, count, out),
    residualsOf: (F, subset, begin, end, out) => sampsonSquares(F, xy1, xy2, 1, 1, subset, begin, end, out),
    alternatives: (F, maxResidual, random, models) => (plane.complete(F, maxResidual, random, models) ? 1 : 0),
    refine: (F, inliers) => conditioned !== undefined && refineConditionedFundamental(F, conditioned, inliers),
  }
}

/**
 * The fundamental matrix, x2ᵀ F x1 = 0 and unit norm, that most correspondences fit.
 *
 * @param xy1 pixels in image 1, x y x y …
 * @param xy2 the same in image 2
 * @param options `maxResidual` in pixels
 */
export function estimateFundamental(xy1: Float64Array, xy2: Float64Array, options: RansacOptions): RansacResult {
  return ransac(fundamentalEstimator(xy1, xy2), options)
}
