import type { Camera, CameraModel } from '../camera/camera.js'
import { camera } from '../camera/create.js'
import { calibrationMatrix } from '../camera/intrinsics.js'
import { lensOf } from '../camera/models.js'
import { angleBetweenRad, degrees } from '../math/so3.js'
import { bundleAdjust } from '../optimize/bundle/adjust.js'
import type { BundleProblem, BundleReport } from '../optimize/bundle/problem.js'
import type { Loss } from '../optimize/loss.js'
import { homographyDlt } from '../solvers/homography-dlt.js'
import { type BoardView, type BoardViewFit, checkView, viewFit } from './board-view.js'
import { planarIntrinsics } from './planar-intrinsics.js'
import { planarPose } from './planar-pose.js'
import { refined } from './refined.js'

/**
 * Problem: a camera's intrinsics and distortion from photos of a flat board.
 * Equation: x = π(K, k; R_i X + t_i) for every corner X of the board in every photo i: least squares over K, k and all (R_i,
 * t_i).
 * Source: Zhang, "A flexible new technique for camera calibration" (PAMI 2000): closed form (`planar-intrinsics.ts`), then
 * refinement.
 * Preconditions: three photos or more, the board tilted differently; refused where the angle or the information is too small.
 * Solutions: one, the minimum next to the closed form.
 */

export interface CalibrationOptions {
  /** Pixels. */
  readonly width: number
  readonly height: number
  /** Default OPENCV: fx, fy, cx, cy, k1, k2, p1, p2. */
  readonly model?: CameraModel
  /** Keeps the principal point in the middle of the image. Default false. */
  readonly fixPrincipalPoint?: boolean
  /** Names of parameters that stay what they start as: zero for distortion, e.g. `['k4', 'k5', 'k6']`. Default none. */
  readonly fixed?: readonly string[]
  /** Of the error in pixels. Default: trivial, as corners that are wrong are better left out than weighed down. */
  readonly loss?: Loss
  /** Least largest angle between two boards, degrees. Default 5. */
  readonly minAngleDeg?: number
  /** Largest standard deviation of the focal length, as part of it. Default 0.05. */
  readonly maxFocalDeviation?: number
}

export type Calibration =
  | {
      readonly ok: true
      readonly camera: Camera
      /** Per parameter, in its unit; 0 where fixed. */
      readonly standardDeviation: Float64Array
      /** parameters × parameters, row-major. */
      readonly covariance: Float64Array
      /** √(mean squared distance) over all points, pixels. */
      readonly rmsPx: number
      readonly views: readonly BoardViewFit[]
      /** Largest angle between the planes of two views, degrees. */
      readonly angleDeg: number
      readonly report: BundleReport
    }
  | {
      readonly ok: false
      /**
       * `count`: fewer than three views. `view`: this view's points (counted from 0) determine no homography. `parallel`: the
       * largest angle between two boards, degrees. `focal`: the standard deviation of the focal length, as part of it: the
       * views do not determine it. `convergence`: after so many iterations.
       */
      readonly reason: 'count' | 'view' | 'parallel' | 'focal' | 'convergence'
      readonly value: number
      readonly threshold: number
    }

const MIN_VIEWS = 3
const MAX_ITERATIONS = 200

/**
 * Calibrates a camera from photos of a flat board: Zhang's closed form, then all intrinsics and poses by bundle adjustment of
 * the known board (analytic Jacobians, Levenberg–Marquardt). View sets that cannot tell are refused.
 *
 * @throws EpipoleError `usage` where arrays do not fit, values are not finite or a name is no parameter
 */
export function calibratePlanar(views: readonly BoardView[], options: CalibrationOptions): Calibration {
  const { minAngleDeg = 5, maxFocalDeviation = 0.05 } = options
  for (const [i, view] of views.entries()) checkView(view, `View ${i}`)
  if (views.length < MIN_VIEWS) return { ok: false, reason: 'count', value: views.length, threshold: MIN_VIEWS }
  const homographies = views.map(viewHomography)
  const lost = homographies.indexOf(undefined)
  if (lost >= 0) return { ok: false, reason: 'view', value: lost, threshold: 0 }
  const problem = calibrationProblem(views, homographies as Float64Array[], options)
  const report = bundleAdjust(problem, {
    ...(options.loss && { loss: options.loss }),
    maxIterations: MAX_ITERATIONS,
    functionTolerance: 1e-12,
    covariance: 'intrinsics',
  })
  const angleDeg = largestAngleDeg(problem.poses)
  if (!(angleDeg >= minAngleDeg)) return { ok: false, reason: 'parallel', value: angleDeg, threshold: minAngleDeg }
  if (report.stoppedBy === 'max-iterations' || report.behind > 0) {
    return { ok: false, reason: 'convergence', value: report.iterations, threshold: MAX_ITERATIONS }
  }
  const { params } = problem.cameras[0]
  const { standardDeviation, covariance } = report.intrinsics![0]
  const deviation = standardDeviation[0] / params[0]
  if (!(deviation <= maxFocalDeviation)) {
    return { ok: false, reason: 'focal', value: deviation, threshold: maxFocalDeviation }
  }
  const found = camera(problem.cameras[0].model, options.width, options.height, params)
  const fits = views.map((view, i) => viewFit(found, view, problem.poses.subarray(12 * i, 12 * i + 12)))
  return {
    ok: true,
    camera: found,
    standardDeviation,
    covariance,
    rmsPx: report.finalRmsPx,
    views: fits,
    angleDeg,
    report,
  }
}

function viewHomography({ board, pixels }: BoardView): Float64Array | undefined {
  const H = new Float64Array(9)
  const all = Int32Array.from({ length: board.length / 2 }, (_, i) => i)
  return homographyDlt(board, pixels, all, H) === 1 ? H : undefined
}

/** The first camera: Zhang's where it is a real one, else with the principal point in the middle, else a usual focal length. */
function firstCamera(homographies: readonly Float64Array[], { width, height }: CalibrationOptions) {
  const middle = [width / 2, height / 2] as const
  const plausible = ({ fx, fy, cx, cy }: { fx: number; fy: number; cx: number; cy: number }) =>
    Math.min(fx, fy) > 0.1 * width &&
    Math.max(fx, fy) < 50 * width &&
    Math.max(fx, fy) < 2 * Math.min(fx, fy) &&
    Math.abs(cx - middle[0]) < width / 2 &&
    Math.abs(cy - middle[1]) < height / 2
  for (const principalPoint of [undefined, middle]) {
    const found = planarIntrinsics(homographies, width, height, principalPoint)
    if (found.ok && plausible(found)) return found
  }
  const f = 1.2 * Math.max(width, height)
  return { fx: f, fy: f, cx: middle[0], cy: middle[1] }
}

function calibrationProblem(
  views: readonly BoardView[],
  homographies: readonly Float64Array[],
  options: CalibrationOptions,
): BundleProblem {
  const lens = lensOf(options.model ?? 'OPENCV')
  const first = firstCamera(homographies, options)
  const params = new Float64Array(lens.paramNames.length)
  const focal = lens.focalParams.length === 1 ? [(first.fx + first.fy) / 2] : [first.fx, first.fy]
  params.set(focal)
  const centre = options.fixPrincipalPoint ? [options.width / 2, options.height / 2] : [first.cx, first.cy]
  params.set(centre, lens.principalPointParams[0])
  const start = camera(lens.name, options.width, options.height, params)
  const K = calibrationMatrix(start)
  const poses = new Float64Array(12 * views.length)
  for (const [i, H] of homographies.entries()) {
    const pose = planarPose(K, H) ?? { R: [1, 0, 0, 0, 1, 0, 0, 0, 1], t: [0, 0, 1] }
    poses.set(pose.R, 12 * i)
    poses.set(pose.t, 12 * i + 9)
  }
  const counts = views.map((view) => view.board.length / 2)
  const total = counts.reduce((a, b) => a + b, 0)
  const points = new Float64Array(3 * total)
  const obsXy = new Float64Array(2 * total)
  const obsImage = new Int32Array(total)
  let at = 0
  for (const [i, { board, pixels }] of views.entries()) {
    obsXy.set(pixels, 2 * at)
    for (let k = 0; k < counts[i]; k++, at++) {
      points.set([board[2 * k], board[2 * k + 1], 0], 3 * at)
      obsImage[at] = i
    }
  }
  return {
    cameras: [{ model: lens.name, params, refine: refined(lens.name, options) }],
    poses,
    imageCamera: new Int32Array(views.length),
    points,
    pointFixed: new Uint8Array(total).fill(1),
    obsImage,
    obsPoint: Int32Array.from({ length: total }, (_, k) => k),
    obsXy,
  }
}

/** Between any two boards' normals, as planes: at most 90°. */
function largestAngleDeg(poses: Float64Array): number {
  let largest = 0
  for (let a = 0; a < poses.length; a += 12) {
    for (let b = a + 12; b < poses.length; b += 12) {
      const [n, m] = [a, b].map((k) => [poses[k + 2], poses[k + 5], poses[k + 8]])
      const angle = degrees(angleBetweenRad(n, m))
      largest = Math.max(largest, Math.min(angle, 180 - angle))
    }
  }
  return largest
}
