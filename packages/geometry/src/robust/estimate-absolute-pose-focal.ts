import type { Rigid } from '../math/rigid.js'
import { P4PF_SOLUTIONS, p4pf } from '../solvers/p4pf.js'
import type { Estimator } from './estimator.js'
import { type RansacOptions, type RansacReport, ransac } from './ransac.js'
import { focalReprojectionSquares, refineAbsolutePoseFocal } from './refine-absolute-pose-focal.js'

export interface AbsolutePoseFocalOptions {
  /** Focal lengths outside are not considered, pixels. Default: 0 and no limit. */
  minFocal?: number
  maxFocal?: number
}

/**
 * Poses and focal lengths of a camera with square pixels and a known principal point: P4Pf samples, reprojection errors in
 * pixels, refinement over all seven degrees of freedom. A model is thirteen numbers: R row-major, t, f.
 *
 * @param xy pixels relative to the principal point, x y x y …
 * @param points world points, xyz xyz …
 */
export function absolutePoseFocalEstimator(
  xy: Float64Array,
  points: Float64Array,
  options: AbsolutePoseFocalOptions = {},
): Estimator {
  const count = Math.min(xy.length >> 1, Math.floor(points.length / 3))
  const { minFocal = 0, maxFocal = Number.POSITIVE_INFINITY } = options
  const all = Int32Array.from({ length: count }, (_, i) => i)
  return {
    count,
    sampleSize: 4,
    modelSize: 13,
    maxModels: P4PF_SOLUTIONS,
    components: 2,
    squared: true,
    solve: (sample, models) => p4pf(xy, points, sample, models),
    check: (model) => model[12] >= minFocal && model[12] <= maxFocal,
    residuals: (pose, out) => focalReprojectionSquares(pose, xy, points, all, 0, count, out),
    residualsOf: (pose, subset, begin, end, out) => focalReprojectionSquares(pose, xy, points, subset, begin, end, out),
    refine: (pose, inliers) =>
      refineAbsolutePoseFocal(pose, xy, points, inliers) && pose[12] >= minFocal && pose[12] <= maxFocal,
  }
}

export interface AbsolutePoseFocalResult {
  /** The pose camFromWorld and the focal length in pixels; `undefined` when nothing was found. */
  readonly model: { readonly camFromWorld: Rigid; readonly focal: number } | undefined
  readonly inliers: Int32Array
  readonly report: RansacReport
}

/**
 * The pose and the focal length of a camera that most correspondences fit.
 *
 * @param xy pixels relative to the principal point, x y x y …
 * @param points world points, xyz xyz …
 * @param options `maxResidual` in pixels
 */
export function estimateAbsolutePoseFocal(
  xy: Float64Array,
  points: Float64Array,
  options: RansacOptions & AbsolutePoseFocalOptions,
): AbsolutePoseFocalResult {
  const { model, inliers, report } = ransac(absolutePoseFocalEstimator(xy, points, options), options)
  if (model === undefined) return { model, inliers, report }
  const camFromWorld = { R: model.slice(0, 9), t: model.slice(9, 12) }
  return { model: { camFromWorld, focal: model[12] }, inliers, report }
}
