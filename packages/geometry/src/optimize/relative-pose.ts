import { EpipoleError } from '@epipole/core'
import { type Rigid, rigid } from '../math/rigid.js'
import { midpoint } from '../triangulation/two-view.js'
import { bundleAdjust } from './bundle/adjust.js'
import { bundlePoseCovariance } from './bundle/pose-covariance.js'
import { type BundleProblem, type BundleReport, POSE_FIXED, POSE_FIXED_BASELINE } from './bundle/problem.js'
import type { Loss } from './loss.js'

/**
 * Problem: the motion between two cameras from matches, and its uncertainty.
 * Equation: bundle adjustment of two views and their points, the baseline's length constant.
 * Source: Triggs and others 1999.
 * Preconditions: five matches or more, a baseline, a start near the minimum.
 * Solutions: one: the minimum near the start.
 */

export interface AdjustRelativePoseOptions {
  /** Of the projection error on the plane z = 1. Default: trivial. */
  readonly loss?: Loss
  /** Default 50. */
  readonly maxIterations?: number
  /** Which matches count. Default: all. */
  readonly indices?: ArrayLike<number>
  /** Adds the motion's covariance. Default false. */
  readonly covariance?: boolean
}

export interface AdjustedRelativePose {
  /** The translation keeps its length. */
  readonly cam2FromCam1: Rigid
  /** How many matches had rays that meet in front of both cameras at the start; only they were used. */
  readonly used: number
  readonly report: BundleReport
  /**
   * 6×6 of (ω, δ): the true motion is Exp(ω) R, Exp(ω) t + δ, with a translation of this length; of rank five, for δ has no part that
   * would change the length. For the noise estimated from the weighted residuals. Absent where the matches do not determine the
   * motion.
   */
  readonly covariance?: Float64Array
}

/**
 * The relative pose of least projection error, the optimum under Gaussian noise (Hartley & Zisserman, "gold standard"): a
 * bundle adjustment of two views of constant baseline.
 *
 * @param xy1 `2 × n`, normalised
 * @param xy2 `2 × n`, normalised
 */
export function adjustRelativePose(
  cam2FromCam1: Rigid,
  xy1: Float64Array,
  xy2: Float64Array,
  options: AdjustRelativePoseOptions = {},
): AdjustedRelativePose {
  if (xy1.length !== xy2.length) {
    throw new EpipoleError('usage', `${xy1.length / 2} points do not match ${xy2.length / 2}.`, {
      first: xy1.length,
      second: xy2.length,
    })
  }
  const poses = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, ...cam2FromCam1.R, ...cam2FromCam1.t)
  const indices = options.indices ?? Array.from({ length: xy1.length / 2 }, (_, i) => i)
  const points = new Float64Array(3 * indices.length)
  const obsXy = new Float64Array(4 * indices.length)
  let used = 0
  for (let k = 0; k < indices.length; k++) {
    const [u1, v1] = [xy1[2 * indices[k]], xy1[2 * indices[k] + 1]]
    const [u2, v2] = [xy2[2 * indices[k]], xy2[2 * indices[k] + 1]]
    if (!(midpoint(poses, 0, u1, v1, 12, u2, v2, points, 3 * used) > 0)) continue
    obsXy.set([u1, v1, u2, v2], 4 * used)
    used++
  }
  const problem: BundleProblem = {
    // Pixels of a camera of unit focal length are normalised coordinates.
    cameras: [{ model: 'SIMPLE_PINHOLE', params: Float64Array.of(1, 0, 0) }],
    poses,
    poseState: Uint8Array.of(POSE_FIXED, POSE_FIXED_BASELINE),
    imageCamera: new Int32Array(2),
    points: points.subarray(0, 3 * used),
    obsImage: Int32Array.from({ length: 2 * used }, (_, k) => k % 2),
    obsPoint: Int32Array.from({ length: 2 * used }, (_, k) => k >> 1),
    obsXy: obsXy.subarray(0, 4 * used),
  }
  const report = bundleAdjust(problem, {
    loss: options.loss,
    maxIterations: options.maxIterations ?? 50,
    functionTolerance: 1e-9,
    gradientTolerance: 1e-14,
  })
  const refined = { cam2FromCam1: rigid(poses.subarray(12, 21), poses.subarray(21, 24)), used, report }
  const covariance = options.covariance === true ? bundlePoseCovariance(problem, 1, options.loss) : undefined
  return covariance === undefined ? refined : { ...refined, covariance }
}
