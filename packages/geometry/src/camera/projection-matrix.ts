import { mat3Determinant } from '../math/mat3.js'
import type { Rigid } from '../math/rigid.js'
import type { Numbers } from '../math/vec3.js'
import type { Camera } from './camera.js'
import { camera } from './create.js'

/**
 * Problem: compose a 3 × 4 projection matrix, apply it, and take it apart.
 * Equation: P = K [R | t]; P's left 3 × 3 part is K R, an RQ factorisation.
 * Source: Hartley and Zisserman, "Multiple View Geometry", 2nd edition, sections 6.2 and A4.1.1; depth: equation 6.15.
 * Preconditions: a finite camera: the left 3 × 3 part is regular.
 * Solutions: one, with positive focal lengths and K₃₃ = 1, whatever the scale and sign of P.
 */

/**
 * The finite projective camera P = K [R | t], 3 × 4, row-major (12 numbers): (x, y, 1)ᵀ ∼ P (X, Y, Z, 1)ᵀ. Hartley and
 * Zisserman, "Multiple View Geometry", 2nd edition, section 6.2; the depth is their equation 6.15.
 */

/** Parts of K = [[fx, skew, cx], [0, fy, cy], [0, 0, 1]], pixels. */
export interface CalibrationParts {
  readonly fx: number
  readonly fy: number
  readonly cx: number
  readonly cy: number
  /** Default 0. */
  readonly skew?: number
}

/** K of its five parts, row-major. */
export function calibrationMatrixFromParts(
  { fx, fy, cx, cy, skew = 0 }: CalibrationParts,
  out: Float64Array = new Float64Array(9),
): Float64Array {
  out.fill(0, 0, 9)
  out[0] = fx
  out[1] = skew
  out[2] = cx
  out[4] = fy
  out[5] = cy
  out[8] = 1
  return out
}

/** P = K [R | t]. `out` must not be an input. */
export function projectionMatrix(
  K: Numbers,
  camFromWorld: Rigid,
  out: Float64Array = new Float64Array(12),
): Float64Array {
  const { R, t } = camFromWorld
  for (let r = 0; r < 3; r++) {
    for (let c = 0; c < 4; c++) {
      let s = 0
      for (let k = 0; k < 3; k++) s += K[3 * r + k] * (c < 3 ? R[3 * k + c] : t[k])
      out[4 * r + c] = s
    }
  }
  return out
}

/** Where a matrix projects a point. */
export type MatrixPixelVerdict =
  | {
      readonly ok: true
      /** Pixels. */
      readonly x: number
      readonly y: number
      /** Along the optical axis, in units of the world. */
      readonly depth: number
    }
  | { readonly ok: false; readonly reason: 'behind'; readonly value: number; readonly threshold: number }

/** The pixel of a world point, for P of any scale, negative too: depth = sign(det M) w / ‖m₃‖ with P = [M | p₄]. */
export function pixelFromMatrix(P: Numbers, point: Numbers, minDepth = 0): MatrixPixelVerdict {
  const [X, Y, Z] = [point[0], point[1], point[2]]
  const w = P[8] * X + P[9] * Y + P[10] * Z + P[11]
  const sign = determinantOfM(P) < 0 ? -1 : 1
  const depth = (sign * w) / Math.sqrt(P[8] * P[8] + P[9] * P[9] + P[10] * P[10])
  if (!(depth > minDepth)) return { ok: false, reason: 'behind', value: depth, threshold: minDepth }
  const x = (P[0] * X + P[1] * Y + P[2] * Z + P[3]) / w
  const y = (P[4] * X + P[5] * Y + P[6] * Z + P[7]) / w
  return { ok: true, x, y, depth }
}

function determinantOfM(P: Numbers): number {
  return mat3Determinant([P[0], P[1], P[2], P[4], P[5], P[6], P[8], P[9], P[10]])
}

export type ProjectionParts =
  | {
      readonly ok: true
      /** Upper triangular with positive focal lengths and K₃₃ = 1, row-major. */
      readonly K: Float64Array
      readonly camFromWorld: Rigid
    }
  | {
      readonly ok: false
      /** `finite`: NaN or ∞ within; `rank`: M is singular (a camera at infinity, or no camera). */
      readonly reason: 'finite' | 'rank'
      /** For `rank`: the smallest extent of a row of M across those below it, relative to the row. */
      readonly value: number
      readonly threshold: number
    }

/** Below this relative extent a row of M counts as a combination of those below it. */
const MIN_EXTENT = 1e-12

/**
 * K, R and t of a projection matrix of any scale and sign: RQ of M = K R by Gram–Schmidt from the last row up (each row
 * orthogonalised twice, which keeps R orthonormal to rounding).
 */
export function decomposeProjection(P: Numbers): ProjectionParts {
  let largest = 0
  for (let k = 0; k < 12; k++) {
    if (!Number.isFinite(P[k])) return { ok: false, reason: 'finite', value: P[k], threshold: 0 }
    largest = Math.max(largest, Math.abs(P[k]))
  }
  // The scale of P is free; this one keeps products in range, and the sign makes det R = +1.
  const scaled = Float64Array.from({ length: 12 }, (_, k) => P[k] / (largest || 1))
  if (determinantOfM(scaled) < 0) for (let k = 0; k < 12; k++) scaled[k] = -scaled[k]
  const K = new Float64Array(9)
  const R = new Float64Array(9)
  for (let r = 2; r >= 0; r--) {
    const extent = orthogonalRow(scaled, r, R, K)
    if (!(extent > MIN_EXTENT)) return { ok: false, reason: 'rank', value: extent, threshold: MIN_EXTENT }
  }
  // K t = p₄ by back substitution, while K still has the scale of P.
  const t = new Float64Array(3)
  for (let r = 2; r >= 0; r--) {
    let s = scaled[4 * r + 3]
    for (let c = r + 1; c < 3; c++) s -= K[3 * r + c] * t[c]
    t[r] = s / K[4 * r]
  }
  const scale = K[8]
  for (let k = 0; k < 9; k++) K[k] /= scale
  return { ok: true, K, camFromWorld: { R, t } }
}

/** Row r of R and of K; returns what of the row of M was left, relative to the row. */
function orthogonalRow(P: Float64Array, r: number, R: Float64Array, K: Float64Array): number {
  const row = P.slice(4 * r, 4 * r + 3)
  const before = Math.sqrt(row[0] * row[0] + row[1] * row[1] + row[2] * row[2])
  for (let pass = 0; pass < 2; pass++) {
    for (let below = 2; below > r; below--) {
      const dot = row[0] * R[3 * below] + row[1] * R[3 * below + 1] + row[2] * R[3 * below + 2]
      K[3 * r + below] += dot
      for (let c = 0; c < 3; c++) row[c] -= dot * R[3 * below + c]
    }
  }
  const rest = Math.sqrt(row[0] * row[0] + row[1] * row[1] + row[2] * row[2])
  K[4 * r] = rest
  for (let c = 0; c < 3; c++) R[3 * r + c] = row[c] / rest
  return before > 0 ? rest / before : 0
}

export type MatrixCameraVerdict =
  | { readonly ok: true; readonly camera: Camera }
  | {
      readonly ok: false
      /** `skew`: the angle between the pixel axes; no COLMAP model has one. */
      readonly reason: 'skew'
      /** |skew| / fx. */
      readonly value: number
      readonly threshold: number
    }

/** A skew below this part of fx moves no pixel of a photo by a hundredth. */
const MAX_SKEW = 1e-6

/**
 * The PINHOLE camera of a calibration matrix. COLMAP's models have no skew: a matrix with one is refused rather than
 * written as another camera.
 *
 * @param K 9 numbers, row-major
 * @param width pixels
 * @param height pixels
 * @throws EpipoleError `input` for impossible values
 */
export function cameraFromMatrix(K: Numbers, width: number, height: number): MatrixCameraVerdict {
  const skew = Math.abs(K[1] / K[0])
  if (skew > MAX_SKEW) return { ok: false, reason: 'skew', value: skew, threshold: MAX_SKEW }
  return { ok: true, camera: camera('PINHOLE', width, height, [K[0], K[4], K[2], K[5]]) }
}
