import { ESSENTIAL_FIVE_POINT_SOLUTIONS, essentialFivePoint } from '../solvers/essential-five-point.js'
import type { Estimator } from './estimator.js'
import { type RansacOptions, type RansacResult, ransac } from './ransac.js'
import { epipolarRefiner, sampsonRange } from './refine-epipolar.js'

/**
 * Essential matrices from calibrated correspondences: five-point samples, Sampson residuals in the unit of the plane z = 1
 * (divide pixels by the focal length).
 *
 * @param xy1 normalised coordinates in image 1, x y x y …
 * @param xy2 the same in image 2
 */
export function essentialEstimator(xy1: Float64Array, xy2: Float64Array): Estimator {
  return {
    count: xy1.length / 2,
    sampleSize: 5,
    modelSize: 9,
    maxModels: ESSENTIAL_FIVE_POINT_SOLUTIONS,
    solve: (sample, models) => essentialFivePoint(xy1, xy2, sample, models),
    residuals: (E, out, from, to) => sampsonRange(E, xy1, xy2, out, from, to),
    refine: epipolarRefiner(xy1, xy2, 'essential'),
  }
}

/** The essential matrix, x2ᵀ E x1 = 0, that most correspondences fit. `maxResidual` is on the plane z = 1. */
export function estimateEssential(xy1: Float64Array, xy2: Float64Array, options: RansacOptions): RansacResult {
  return ransac(essentialEstimator(xy1, xy2), options)
}
