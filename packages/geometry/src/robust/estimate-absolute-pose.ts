import { mat3Multiply } from '../math/mat3.js'
import type { Rigid } from '../math/rigid.js'
import { so3Exp } from '../math/so3.js'
import { P3P_SOLUTIONS, p3p } from '../solvers/p3p.js'
import type { Estimator } from './estimator.js'
import { NormalEquations } from './normal-equations.js'
import { type RansacOptions, type RansacReport, ransac } from './ransac.js'

const ITERATIONS = 4

/**
 * Poses of a calibrated camera from 2-D to 3-D correspondences: P3P samples, reprojection errors on the plane z = 1. A
 * model is camFromWorld as twelve numbers: R row-major, then t.
 *
 * @param xy normalised camera coordinates, x y x y …
 * @param points world points, x y z x y z …
 */
export function absolutePoseEstimator(xy: Float64Array, points: Float64Array): Estimator {
  return {
    count: xy.length / 2,
    sampleSize: 3,
    modelSize: 12,
    maxModels: P3P_SOLUTIONS,
    solve: (sample, models) => p3p(xy, points, sample, models),
    residuals: (pose, out, from, to) => reprojectionRange(pose, xy, points, out, from, to),
    refine: poseRefiner(xy, points),
  }
}

export interface AbsolutePoseResult {
  readonly model: Rigid | undefined
  readonly inliers: Int32Array
  readonly report: RansacReport
}

/** The pose camFromWorld that most correspondences fit. `maxResidual` is on the plane z = 1: pixels over focal length. */
export function estimateAbsolutePose(
  xy: Float64Array,
  points: Float64Array,
  options: RansacOptions,
): AbsolutePoseResult {
  const { model, inliers, report } = ransac(absolutePoseEstimator(xy, points), options)
  return { model: model && { R: model.slice(0, 9), t: model.slice(9, 12) }, inliers, report }
}

function reprojectionRange(
  P: Float64Array,
  xy: Float64Array,
  points: Float64Array,
  out: Float64Array,
  from: number,
  to: number,
): void {
  for (let k = from; k < to; k++) {
    const X = points[3 * k]
    const Y = points[3 * k + 1]
    const Z = points[3 * k + 2]
    const z = P[6] * X + P[7] * Y + P[8] * Z + P[11]
    const dx = (P[0] * X + P[1] * Y + P[2] * Z + P[9]) / z - xy[2 * k]
    const dy = (P[3] * X + P[4] * Y + P[5] * Z + P[10]) / z - xy[2 * k + 1]
    const r = Math.sqrt(dx * dx + dy * dy)
    out[k] = z > 0 && !Number.isNaN(r) ? r : Number.POSITIVE_INFINITY
  }
}

/** Gauss–Newton on the reprojection errors over rotation (exp(δ) R) and translation. */
function poseRefiner(xy: Float64Array, points: Float64Array) {
  const normal = new NormalEquations(6)
  const pose = new Float64Array(12)
  const turn = new Float64Array(9)
  const turned = new Float64Array(9)
  return (model: Float64Array, inliers: Int32Array, out: Float64Array): boolean => {
    if (inliers.length < 3) return false
    pose.set(model.subarray(0, 12))
    for (let iteration = 0; iteration < ITERATIONS; iteration++) {
      normal.clear()
      for (let k = 0; k < inliers.length; k++) addObservation(normal, pose, xy, points, inliers[k])
      if (!normal.solve()) return false
      const { step } = normal
      so3Exp([step[0], step[1], step[2]], turn)
      mat3Multiply(turn, pose, turned)
      pose.set(turned)
      for (let d = 0; d < 3; d++) pose[9 + d] += step[3 + d]
    }
    out.set(pose)
    return pose.every(Number.isFinite)
  }
}

function addObservation(n: NormalEquations, P: Float64Array, xy: Float64Array, points: Float64Array, i: number): void {
  const X = points[3 * i]
  const Y = points[3 * i + 1]
  const Z = points[3 * i + 2]
  const rx = P[0] * X + P[1] * Y + P[2] * Z
  const ry = P[3] * X + P[4] * Y + P[5] * Z
  const rz = P[6] * X + P[7] * Y + P[8] * Z
  const w = 1 / (rz + P[11])
  const px = (rx + P[9]) * w
  const py = (ry + P[10]) * w
  const { row } = n
  // d(exp(δ) R X) = δ × R X.
  row[0] = w * -px * ry
  row[1] = w * (rz + px * rx)
  row[2] = w * -ry
  row[3] = w
  row[4] = 0
  row[5] = -w * px
  n.add(px - xy[2 * i])
  row[0] = w * (-rz - py * ry)
  row[1] = w * py * rx
  row[2] = w * rx
  row[3] = 0
  row[4] = w
  row[5] = -w * py
  n.add(py - xy[2 * i + 1])
}
