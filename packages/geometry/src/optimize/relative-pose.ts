import { EpipoleError } from '@epipole/core'
import { type Rigid, rigid } from '../math/rigid.js'
import { midpoint } from '../triangulation/two-view.js'
import { bundleAdjust } from './bundle/adjust.js'
import { type BundleReport, POSE_FIXED, POSE_FIXED_BASELINE } from './bundle/problem.js'
import type { Loss } from './loss.js'

export interface AdjustRelativePoseOptions {
  /** Of the projection error on the plane z = 1. Default: trivial. */
  readonly loss?: Loss
  /** Default 50. */
  readonly maxIterations?: number
  /** Which matches count. Default: all. */
  readonly indices?: ArrayLike<number>
}

export interface AdjustedRelativePose {
  /** The translation keeps its length. */
  readonly cam2FromCam1: Rigid
  /** How many matches had rays that meet in front of both cameras at the start; only they were used. */
  readonly used: number
  readonly report: BundleReport
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
  const report = bundleAdjust(
    {
      // Pixels of a camera of unit focal length are normalised coordinates.
      cameras: [{ model: 'SIMPLE_PINHOLE', params: Float64Array.of(1, 0, 0) }],
      poses,
      poseState: Uint8Array.of(POSE_FIXED, POSE_FIXED_BASELINE),
      imageCamera: new Int32Array(2),
      points: points.subarray(0, 3 * used),
      obsImage: Int32Array.from({ length: 2 * used }, (_, k) => k % 2),
      obsPoint: Int32Array.from({ length: 2 * used }, (_, k) => k >> 1),
      obsXy: obsXy.subarray(0, 4 * used),
    },
    {
      loss: options.loss,
      maxIterations: options.maxIterations ?? 50,
      functionTolerance: 1e-9,
      gradientTolerance: 1e-14,
    },
  )
  return { cam2FromCam1: rigid(poses.subarray(12, 21), poses.subarray(21, 24)), used, report }
}
