import { mat3Determinant } from '../math/mat3.js'
import { svd3 } from '../math/svd3.js'
import { type NullVectorReport, scratchMatrix, smallestSingularVector } from './linear-system.js'

/**
 * The pose of a calibrated camera from six points or more, linearly.
 *
 * Problem: x ~ [R t] X; minimise the algebraic error over all 3×4 matrices, then take the nearest rotation.
 * Method: the direct linear transform; Hartley & Zisserman, section 7.1. World points are centred and scaled first.
 * Preconditions: the points do not lie on one plane (then the null space is larger), nor with the centre on a twisted cubic.
 * Solutions: one. Not optimal under noise: refine it.
 */

/** Second smallest singular value (relative) below which the linear solution is not unique. */
const UNIQUE = 1e-9

const report: NullVectorReport = { residual: 0, gap: 0 }
/** c and the scale. Numbers pass through arrays: an argument that is a double may be allocated. */
const frame = new Float64Array(4)
const P = new Float64Array(12)
const M = new Float64Array(9)
const factors = { U: new Float64Array(9), S: new Float64Array(3), V: new Float64Array(9) }

/**
 * @param xy normalised camera coordinates, x y x y …
 * @param points world points, xyz xyz …
 * @param sample six or more indices of both
 * @param models written: camFromWorld as twelve numbers, R row-major then t
 * @returns 1, or 0 for degenerate points
 */
export function absolutePoseDlt(
  xy: Float64Array,
  points: Float64Array,
  sample: Int32Array,
  models: Float64Array,
): number {
  const n = sample.length
  if (n < 6) return 0
  let cx = 0
  let cy = 0
  let cz = 0
  for (let i = 0; i < n; i++) {
    const p = 3 * sample[i]
    cx += points[p] / n
    cy += points[p + 1] / n
    cz += points[p + 2] / n
  }
  let extent = 0
  for (let i = 0; i < n; i++) {
    const p = 3 * sample[i]
    const x = points[p] - cx
    const y = points[p + 1] - cy
    const z = points[p + 2] - cz
    extent += Math.sqrt(x * x + y * y + z * z) / n
  }
  const scale = 1 / extent
  frame[0] = cx
  frame[1] = cy
  frame[2] = cz
  frame[3] = scale
  if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) return 0
  const A = scratchMatrix(24 * n)
  A.fill(0, 0, 24 * n)
  for (let i = 0; i < n; i++) {
    const p = 3 * sample[i]
    const u = xy[2 * sample[i]]
    const v = xy[2 * sample[i] + 1]
    // Rows of one point have like weights whatever its depth is: the ray, not the pixel, counts.
    const weight = 1 / Math.sqrt(1 + u * u + v * v)
    const first = 24 * i
    const second = 24 * i + 12
    for (let c = 0; c < 4; c++) {
      const X = weight * (c === 3 ? 1 : scale * (points[p + c] - (c === 0 ? cx : c === 1 ? cy : cz)))
      A[first + c] = X
      A[first + 8 + c] = -u * X
      A[second + 4 + c] = X
      A[second + 8 + c] = -v * X
    }
  }
  smallestSingularVector(A, 2 * n, 12, P, report)
  if (!(report.gap > UNIQUE)) return 0
  return poseFromMatrix(models)
}

/** [R t] from P up to scale and sign, for world points scale · (X − c). */
function poseFromMatrix(models: Float64Array): number {
  const cx = frame[0]
  const cy = frame[1]
  const cz = frame[2]
  const scale = frame[3]
  for (let r = 0; r < 3; r++) for (let c = 0; c < 3; c++) M[3 * r + c] = P[4 * r + c]
  const sign = mat3Determinant(M) < 0 ? -1 : 1
  const { U, S, V } = svd3(M, factors)
  const size = (S[0] + S[1] + S[2]) / 3
  if (!(S[2] > 1e-9 * S[0])) return 0
  for (let r = 0; r < 3; r++) {
    for (let c = 0; c < 3; c++) {
      models[3 * r + c] = sign * (U[3 * r] * V[3 * c] + U[3 * r + 1] * V[3 * c + 1] + U[3 * r + 2] * V[3 * c + 2])
    }
  }
  for (let r = 0; r < 3; r++) {
    models[9 + r] =
      (sign * P[4 * r + 3]) / (size * scale) - (models[3 * r] * cx + models[3 * r + 1] * cy + models[3 * r + 2] * cz)
  }
  return 1
}
