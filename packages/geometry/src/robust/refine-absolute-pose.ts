import { so3Exp } from '../math/so3.js'
import { type LocalProblem, minimizeLocally } from './levenberg.js'

/**
 * scale · ‖projection − observation‖² in normalised coordinates, of subset[begin … end) into out[begin … end); infinite
 * for points that are not in front of the camera.
 */
export function reprojectionSquares(
  pose: Float64Array,
  xy: Float64Array,
  points: Float64Array,
  scale: number,
  subset: Int32Array,
  begin: number,
  end: number,
  out: Float64Array,
): void {
  const r0 = pose[0]
  const r1 = pose[1]
  const r2 = pose[2]
  const r3 = pose[3]
  const r4 = pose[4]
  const r5 = pose[5]
  const r6 = pose[6]
  const r7 = pose[7]
  const r8 = pose[8]
  const t0 = pose[9]
  const t1 = pose[10]
  const t2 = pose[11]
  for (let i = begin; i < end; i++) {
    const k = subset[i]
    const X = points[3 * k]
    const Y = points[3 * k + 1]
    const Z = points[3 * k + 2]
    const z = r6 * X + r7 * Y + r8 * Z + t2
    const inverse = 1 / z
    const dx = (r0 * X + r1 * Y + r2 * Z + t0) * inverse - xy[2 * k]
    const dy = (r3 * X + r4 * Y + r5 * Z + t1) * inverse - xy[2 * k + 1]
    out[i] = z > 0 ? scale * (dx * dx + dy * dy) : Number.POSITIVE_INFINITY
  }
}

/** Least squares of the reprojection errors over rotation and translation, in place. */
export function refineAbsolutePose(
  pose: Float64Array,
  xy: Float64Array,
  points: Float64Array,
  subset: Int32Array,
  maxIterations = 8,
): boolean {
  if (subset.length < 3) return false
  problem.start(pose, xy, points, subset)
  if (!minimizeLocally(problem, maxIterations, 1e-7)) return false
  problem.finish(pose)
  return true
}

/** Steps turn R from the left (pointInCam = Exp(ω) R X + t) and add to t. */
class PoseProblem implements LocalProblem {
  readonly dimension = 6
  #xy: Float64Array = new Float64Array(0)
  #points: Float64Array = new Float64Array(0)
  #subset: Int32Array = new Int32Array(0)
  #squares: Float64Array = new Float64Array(0)
  #pose: Float64Array = new Float64Array(12)
  #trial: Float64Array = new Float64Array(12)
  readonly #omega = new Float64Array(3)
  readonly #turn = new Float64Array(9)

  start(pose: Float64Array, xy: Float64Array, points: Float64Array, subset: Int32Array): void {
    this.#xy = xy
    this.#points = points
    this.#subset = subset
    if (this.#squares.length < subset.length) this.#squares = new Float64Array(2 * subset.length)
    for (let k = 0; k < 12; k++) this.#pose[k] = pose[k]
  }

  finish(pose: Float64Array): void {
    for (let k = 0; k < 12; k++) pose[k] = this.#pose[k]
  }

  linearize(JtJ: Float64Array, Jtr: Float64Array): number {
    const P = this.#pose
    let sum = 0
    for (let i = 0; i < this.#subset.length; i++) {
      const k = this.#subset[i]
      const X = this.#points[3 * k]
      const Y = this.#points[3 * k + 1]
      const Z = this.#points[3 * k + 2]
      // The rotated point, about which ω turns.
      const qx = P[0] * X + P[1] * Y + P[2] * Z
      const qy = P[3] * X + P[4] * Y + P[5] * Z
      const qz = P[6] * X + P[7] * Y + P[8] * Z
      const s = 1 / (qz + P[11])
      const u = (qx + P[9]) * s
      const v = (qy + P[10]) * s
      const r0 = u - this.#xy[2 * k]
      const r1 = v - this.#xy[2 * k + 1]
      sum += r0 * r0 + r1 * r1
      // d(u, v)/d(point) = s [1 0 −u; 0 1 −v], d(point)/dω = −[q]ₓ, d(point)/dt = I.
      accumulate(-s * u * qy, s * (qz + u * qx), -s * qy, s, -s * u, r0, true, JtJ, Jtr)
      accumulate(-s * (qz + v * qy), s * v * qx, s * qx, s, -s * v, r1, false, JtJ, Jtr)
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
    const n = this.#subset.length
    reprojectionSquares(Q, this.#xy, this.#points, 1, this.#subset, 0, n, this.#squares)
    let sum = 0
    for (let i = 0; i < n; i++) sum += this.#squares[i]
    return sum
  }

  accept(): void {
    const P = this.#pose
    this.#pose = this.#trial
    this.#trial = P
  }
}

const row = new Float64Array(6)

/** Adds one residual's row (ω, then t: its own axis and depth) to the normal equations. */
function accumulate(
  a: number,
  b: number,
  c: number,
  own: number,
  depth: number,
  r: number,
  horizontal: boolean,
  JtJ: Float64Array,
  Jtr: Float64Array,
): void {
  row[0] = a
  row[1] = b
  row[2] = c
  row[3] = horizontal ? own : 0
  row[4] = horizontal ? 0 : own
  row[5] = depth
  for (let p = 0; p < 6; p++) {
    const g = row[p]
    Jtr[p] += g * r
    for (let l = 0; l <= p; l++) JtJ[6 * p + l] += g * row[l]
  }
}

const problem = new PoseProblem()
