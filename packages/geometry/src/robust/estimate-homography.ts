import { homographySquares } from '../epipolar/homography-residuals.js'
import { homographyFourPoint } from '../solvers/homography-four-point.js'
import { conditionPair } from './conditioning.js'
import type { Estimator } from './estimator.js'
import { type RansacOptions, type RansacResult, ransac } from './ransac.js'
import { refineConditionedHomography } from './refine-homography.js'

/**
 * Homographies from correspondences: four-point samples, Sampson distance in pixels (comparable with that of epipolar
 * geometry: both points share the error), refinement over the eight degrees of freedom.
 *
 * Pairs whose mapped point has a non-positive third coordinate (the plane's horizon lies between them and the sample) are
 * outliers: no camera sees both in front of it.
 *
 * @param xy1 pixels in image 1, x y x y …
 * @param xy2 the same in image 2
 */
export function homographyEstimator(xy1: Float64Array, xy2: Float64Array): Estimator {
  const count = xy1.length >> 1
  const all = Int32Array.from({ length: count }, (_, i) => i)
  const conditioned = conditionPair(xy1, xy2)
  return {
    count,
    sampleSize: 4,
    modelSize: 9,
    maxModels: 1,
    components: 2,
    squared: true,
    solve: (sample, models) => homographyFourPoint(xy1, xy2, sample, models),
    residuals: (H, out) => homographySquares(H, xy1, xy2, all, 0, count, out),
    residualsOf: (H, subset, begin, end, out) => homographySquares(H, xy1, xy2, subset, begin, end, out),
    refine: (H, inliers) => conditioned !== undefined && refineConditionedHomography(H, conditioned, inliers),
  }
}

/**
 * The homography x2 ~ H x1, H₃₃ = 1 where it can be, that most correspondences fit.
 *
 * @param xy1 pixels in image 1, x y x y …
 * @param xy2 the same in image 2
 * @param options `maxResidual` in pixels
 */
export function estimateHomography(xy1: Float64Array, xy2: Float64Array, options: RansacOptions): RansacResult {
  const { model, inliers, report } = ransac(homographyEstimator(xy1, xy2), options)
  // The estimator's models have norm 1.
  const scale = model && Math.abs(model[8]) > 1e-12 ? 1 / model[8] : 1
  return { model: model?.map((h, k) => (k === 8 && scale !== 1 ? 1 : h * scale)), inliers, report }
}
