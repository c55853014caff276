import { ESSENTIAL_FIVE_POINT_SOLUTIONS, essentialFivePoint } from '../solvers/essential-five-point.js'
import type { Estimator } from './estimator.js'
import { isOriented } from './orientation.js'
import { type RansacOptions, type RansacResult, ransac } from './ransac.js'
import { refineEssential } from './refine-essential.js'
import { sampsonSquares } from './sampson.js'

export interface EssentialOptions {
  /**
   * Pixels per unit of normalised coordinates (the focal length) in image 1 and 2. With them residuals and `maxResidual`
   * are in pixels, whatever the cameras; default 1: residuals are in normalised units.
   */
  focal1?: number
  focal2?: number
}

/**
 * Essential matrices from calibrated correspondences: five-point samples, Sampson distance, refinement over rotation and
 * direction of translation.
 *
 * @param xy1 normalised camera coordinates in image 1, x y x y …
 * @param xy2 the same in image 2
 */
export function essentialEstimator(xy1: Float64Array, xy2: Float64Array, options: EssentialOptions = {}): Estimator {
  const count = xy1.length >> 1
  const w1 = 1 / ((options.focal1 ?? 1) * (options.focal1 ?? 1))
  const w2 = 1 / ((options.focal2 ?? 1) * (options.focal2 ?? 1))
  const all = Int32Array.from({ length: count }, (_, i) => i)
  return {
    count,
    sampleSize: 5,
    modelSize: 9,
    maxModels: ESSENTIAL_FIVE_POINT_SOLUTIONS,
    squared: true,
    solve: (sample, models) => essentialFivePoint(xy1, xy2, sample, models),
    check: (E, sample) => isOriented(E, xy1, xy2, sample),
    residuals: (E, out) => sampsonSquares(E, xy1, xy2, w1, w2, all, 0, count, out),
    residualsOf: (E, subset, begin, end, out) => sampsonSquares(E, xy1, xy2, w1, w2, subset, begin, end, out),
    refine: (E, inliers) => refineEssential(E, xy1, xy2, inliers, w1, w2),
  }
}

/**
 * The essential matrix, x2ᵀ E x1 = 0 and unit norm, that most correspondences fit.
 *
 * @param xy1 normalised camera coordinates in image 1, x y x y …
 * @param xy2 the same in image 2
 * @param options `maxResidual` in pixels when the focal lengths are given, else on the plane z = 1
 */
export function estimateEssential(
  xy1: Float64Array,
  xy2: Float64Array,
  options: RansacOptions & EssentialOptions,
): RansacResult {
  return ransac(essentialEstimator(xy1, xy2, options), options)
}
