import { so3Exp } from '../math/so3.js'
import { type LocalProblem, minimizeLocally } from './levenberg.js'

/** A pose with a focal length is thirteen numbers: R row-major, t (camFromWorld), f in pixels. */

/**
 * ‖f · projection − observation‖² in pixels of subset[begin … end) into out[begin … end); infinite for points that are not
 * in front of the camera.
 *
 * @param xy pixels relative to the principal point
 */
export function focalReprojectionSquares(
  pose: Float64Array,
  xy: Float64Array,
  points: Float64Array,
  subset: Int32Array,
  begin: number,
  end: number,
  out: Float64Array,
): void {
  const f = pose[12]
  for (let i = begin; i < end; i++) {
    const k = subset[i]
    const X = points[3 * k]
    const Y = points[3 * k + 1]
    const Z = points[3 * k + 2]
    const z = pose[6] * X + pose[7] * Y + pose[8] * Z + pose[11]
    const scale = f / z
    const dx = (pose[0] * X + pose[1] * Y + pose[2] * Z + pose[9]) * scale - xy[2 * k]
    const dy = (pose[3] * X + pose[4] * Y + pose[5] * Z + pose[10]) * scale - xy[2 * k + 1]
    out[i] = z > 0 ? dx * dx + dy * dy : Number.POSITIVE_INFINITY
  }
}

/** Least squares of the reprojection errors over rotation, translation and focal length, in place. */
export function refineAbsolutePoseFocal(
  pose: Float64Array,
  xy: Float64Array,
  points: Float64Array,
  subset: Int32Array,
  maxIterations = 8,
): boolean {
  if (subset.length < 4) return false
  problem.start(pose, xy, points, subset)
  if (!minimizeLocally(problem, maxIterations, 1e-7)) return false
  problem.finish(pose)
  return pose[12] > 0
}

const row = new Float64Array(7)

/** Steps turn R from the left, add to t, and scale f. */
class PoseFocalProblem implements LocalProblem {
  readonly dimension = 7
  #xy: Float64Array = new Float64Array(0)
  #points: Float64Array = new Float64Array(0)
  #subset: Int32Array = new Int32Array(0)
  #squares: Float64Array = new Float64Array(0)
  #pose: Float64Array = new Float64Array(13)
  #trial: Float64Array = new Float64Array(13)
  readonly #omega = new Float64Array(3)
  readonly #turn = new Float64Array(9)

  start(pose: Float64Array, xy: Float64Array, points: Float64Array, subset: Int32Array): void {
    this.#xy = xy
    this.#points = points
    this.#subset = subset
    if (this.#squares.length < subset.length) this.#squares = new Float64Array(2 * subset.length)
    for (let k = 0; k < 13; k++) this.#pose[k] = pose[k]
  }

  finish(pose: Float64Array): void {
    for (let k = 0; k < 13; k++) pose[k] = this.#pose[k]
  }

  linearize(JtJ: Float64Array, Jtr: Float64Array): number {
    const P = this.#pose
    const f = P[12]
    let sum = 0
    for (let i = 0; i < this.#subset.length; i++) {
      const k = this.#subset[i]
      const X = this.#points[3 * k]
      const Y = this.#points[3 * k + 1]
      const Z = this.#points[3 * k + 2]
      const qx = P[0] * X + P[1] * Y + P[2] * Z
      const qy = P[3] * X + P[4] * Y + P[5] * Z
      const qz = P[6] * X + P[7] * Y + P[8] * Z
      const depth = 1 / (qz + P[11])
      const u = (qx + P[9]) * depth
      const v = (qy + P[10]) * depth
      const s = f * depth
      const r0 = f * u - this.#xy[2 * k]
      const r1 = f * v - this.#xy[2 * k + 1]
      sum += r0 * r0 + r1 * r1
      row[0] = -s * u * qy
      row[1] = s * (qz + u * qx)
      row[2] = -s * qy
      row[3] = s
      row[4] = 0
      row[5] = -s * u
      row[6] = f * u
      accumulate(r0, JtJ, Jtr)
      row[0] = -s * (qz + v * qy)
      row[1] = s * v * qx
      row[2] = s * qx
      row[3] = 0
      row[4] = s
      row[5] = -s * v
      row[6] = f * v
      accumulate(r1, JtJ, Jtr)
    }
    return sum
  }

  tryStep(step: Float64Array): number {
    for (let k = 0; k < 3; k++) this.#omega[k] = step[k]
    const turn = so3Exp(this.#omega, this.#turn)
    const P = this.#pose
    const Q = this.#trial
    for (let r = 0; r < 3; r++) {
      for (let c = 0; c < 3; c++) {
        Q[3 * r + c] = turn[3 * r] * P[c] + turn[3 * r + 1] * P[3 + c] + turn[3 * r + 2] * P[6 + c]
      }
      Q[9 + r] = P[9 + r] + step[3 + r]
    }
    Q[12] = P[12] * (1 + step[6])
    const n = this.#subset.length
    focalReprojectionSquares(Q, this.#xy, this.#points, this.#subset, 0, n, this.#squares)
    let sum = Q[12] > 0 ? 0 : Number.POSITIVE_INFINITY
    for (let i = 0; i < n; i++) sum += this.#squares[i]
    return sum
  }

  accept(): void {
    const P = this.#pose
    this.#pose = this.#trial
    this.#trial = P
  }
}

function accumulate(r: number, JtJ: Float64Array, Jtr: Float64Array): void {
  for (let p = 0; p < 7; p++) {
    const g = row[p]
    Jtr[p] += g * r
    for (let l = 0; l <= p; l++) JtJ[7 * p + l] += g * row[l]
  }
}

const problem = new PoseFocalProblem()
