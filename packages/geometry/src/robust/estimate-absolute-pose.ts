import type { Rigid } from '../math/rigid.js'
import { P3P_SOLUTIONS, p3p } from '../solvers/p3p.js'
import type { Estimator } from './estimator.js'
import { type RansacOptions, type RansacReport, ransac } from './ransac.js'
import { refineAbsolutePose, reprojectionSquares } from './refine-absolute-pose.js'

export interface AbsolutePoseOptions {
  /** Pixels per unit of normalised coordinates; with it residuals and `maxResidual` are in pixels. Default 1. */
  focal?: number
}

/**
 * Camera poses from points: P3P samples, reprojection error, refinement over the six degrees of freedom. A model is
 * camFromWorld as twelve numbers, R row-major then t. Points behind the camera are outliers.
 *
 * @param xy normalised camera coordinates, x y x y …
 * @param points world points, xyz xyz …
 */
export function absolutePoseEstimator(
  xy: Float64Array,
  points: Float64Array,
  options: AbsolutePoseOptions = {},
): Estimator {
  const count = Math.min(xy.length >> 1, Math.floor(points.length / 3))
  const scale = (options.focal ?? 1) * (options.focal ?? 1)
  const all = Int32Array.from({ length: count }, (_, i) => i)
  return {
    count,
    sampleSize: 3,
    modelSize: 12,
    maxModels: P3P_SOLUTIONS,
    components: 2,
    squared: true,
    solve: (sample, models) => p3p(xy, points, sample, models),
    residuals: (pose, out) => reprojectionSquares(pose, xy, points, scale, all, 0, count, out),
    residualsOf: (pose, subset, begin, end, out) =>
      reprojectionSquares(pose, xy, points, scale, subset, begin, end, out),
    refine: (pose, inliers) => refineAbsolutePose(pose, xy, points, inliers),
  }
}

export interface AbsolutePoseResult {
  /** camFromWorld; `undefined` when nothing was found. */
  readonly model: Rigid | undefined
  readonly inliers: Int32Array
  readonly report: RansacReport
}

/**
 * The pose camFromWorld of a calibrated camera that most correspondences fit.
 *
 * @param xy normalised camera coordinates, x y x y …
 * @param points world points, xyz xyz …
 * @param options `maxResidual` in pixels when `focal` is given, else on the plane z = 1
 */
export function estimateAbsolutePose(
  xy: Float64Array,
  points: Float64Array,
  options: RansacOptions & AbsolutePoseOptions,
): AbsolutePoseResult {
  const { model, inliers, report } = ransac(absolutePoseEstimator(xy, points, options), options)
  return { model: model && { R: model.slice(0, 9), t: model.slice(9, 12) }, inliers, report }
}
