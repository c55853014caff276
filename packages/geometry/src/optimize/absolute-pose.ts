import { EpipoleError } from '@epipole/core'
import type { Camera } from '../camera/camera.js'
import { camera as createCamera } from '../camera/create.js'
import { lensOf } from '../camera/models.js'
import { type Rigid, rigid } from '../math/rigid.js'
import { bundleAdjust } from './bundle/adjust.js'
import { bundlePoseCovariance } from './bundle/pose-covariance.js'
import type { BundleProblem, BundleReport } from './bundle/problem.js'
import type { Loss } from './loss.js'

/**
 * Problem: the pose of one camera from points it sees, and its uncertainty.
 * Equation: min Σ ρ(‖π(R X_i + t) − x_i‖²), over the intrinsics too where asked.
 * Source: bundle adjustment with constant points; Triggs and others 1999.
 * Preconditions: three points or more, and a start near the minimum.
 * Solutions: one: the minimum near the start.
 */

export interface AdjustAbsolutePoseOptions {
  /** Of the projection error in pixels. Default: Cauchy, 1 px, as COLMAP. */
  readonly loss?: Loss
  /** Which intrinsics are refined with the pose. Default `none`. */
  readonly refine?: 'none' | 'focal' | 'focal-and-distortion'
  /** Default 100. */
  readonly maxIterations?: number
  /** Which correspondences count. Default: all. */
  readonly indices?: ArrayLike<number>
  /** Adds the pose's covariance. Default false. */
  readonly covariance?: boolean
}

export interface AdjustedAbsolutePose {
  readonly camFromWorld: Rigid
  readonly camera: Camera
  readonly report: BundleReport
  /**
   * 6×6 of (ω, δ): the true pose is Exp(ω) R, Exp(ω) t + δ; radians and world units. For the noise estimated from the weighted
   * residuals. Absent where the points do not determine the pose.
   */
  readonly covariance?: Float64Array
}

/**
 * The pose of least robustified projection error for known 3-D points: a bundle adjustment of one image whose points are
 * constant.
 *
 * @param points `3 × n`, world
 * @param pixels `2 × n`
 * @throws EpipoleError `usage` where the arrays do not fit
 */
export function adjustAbsolutePose(
  camera: Camera,
  camFromWorld: Rigid,
  points: Float64Array,
  pixels: Float64Array,
  options: AdjustAbsolutePoseOptions = {},
): AdjustedAbsolutePose {
  if (points.length * 2 !== pixels.length * 3) {
    throw new EpipoleError('usage', `${points.length / 3} points do not fit ${pixels.length / 2} pixels.`, {
      points: points.length,
      pixels: pixels.length,
    })
  }
  const problem = poseProblem(camera, camFromWorld, points, pixels, options)
  const loss: Loss = options.loss ?? { type: 'cauchy', scale: 1 }
  const report = bundleAdjust(problem, {
    loss,
    maxIterations: options.maxIterations ?? 100,
    functionTolerance: 1e-9,
    gradientTolerance: 1e-9,
  })
  const refined = {
    camFromWorld: rigid(problem.poses.subarray(0, 9), problem.poses.subarray(9, 12)),
    camera: createCamera(camera.model, camera.width, camera.height, problem.cameras[0].params),
    report,
  }
  const covariance = options.covariance === true ? bundlePoseCovariance(problem, 0, loss) : undefined
  return covariance === undefined ? refined : { ...refined, covariance }
}

function poseProblem(
  camera: Camera,
  camFromWorld: Rigid,
  points: Float64Array,
  pixels: Float64Array,
  options: AdjustAbsolutePoseOptions,
): BundleProblem {
  const { focalParams, extraParams } = lensOf(camera.model)
  const mode = options.refine ?? 'none'
  const indices = options.indices ?? Array.from({ length: pixels.length / 2 }, (_, i) => i)
  const n = indices.length
  const used = new Float64Array(3 * n)
  const obsXy = new Float64Array(2 * n)
  for (let k = 0; k < n; k++) {
    for (let c = 0; c < 3; c++) used[3 * k + c] = points[3 * indices[k] + c]
    for (let c = 0; c < 2; c++) obsXy[2 * k + c] = pixels[2 * indices[k] + c]
  }
  const refine = new Uint8Array(camera.params.length)
  if (mode !== 'none') for (const i of focalParams) refine[i] = 1
  if (mode === 'focal-and-distortion') for (const i of extraParams) refine[i] = 1
  return {
    cameras: [{ model: camera.model, params: Float64Array.from(camera.params), refine }],
    poses: Float64Array.of(...camFromWorld.R, ...camFromWorld.t),
    imageCamera: Int32Array.of(0),
    points: used,
    pointFixed: new Uint8Array(n).fill(1),
    obsImage: new Int32Array(n),
    obsPoint: Int32Array.from({ length: n }, (_, k) => k),
    obsXy,
  }
}
