import { acos, atan2, cos, sin } from '@epipole/core'
import { mat3Apply } from './mat3.js'
import type { Numbers } from './vec3.js'

/**
 * SO(3): the exponential map, its inverse and its Jacobians, on rotation vectors ω (axis · angle, radians).
 * Sola, Deray, Atchuthan, "A micro Lie theory for state estimation in robotics" (2018), equations 143–147.
 */

/** Below this squared angle the coefficients come from their series; the first dropped term is under 1e-17. */
const SMALL_SQUARE = 1e-3

/** sin θ / θ. */
function sinc(square: number): number {
  if (square < SMALL_SQUARE) return 1 - (square / 6) * (1 - (square / 20) * (1 - (square / 42) * (1 - square / 72)))
  const angle = Math.sqrt(square)
  return sin(angle) / angle
}

/** (1 − cos θ) / θ². */
function versine(square: number): number {
  if (square < SMALL_SQUARE) {
    return 0.5 * (1 - (square / 12) * (1 - (square / 30) * (1 - (square / 56) * (1 - square / 90))))
  }
  const half = sin(0.5 * Math.sqrt(square))
  return (2 * half * half) / square
}

/** (θ − sin θ) / θ³. */
function sineDefect(square: number): number {
  if (square < SMALL_SQUARE) {
    return (1 / 6) * (1 - (square / 20) * (1 - (square / 42) * (1 - (square / 72) * (1 - square / 110))))
  }
  const angle = Math.sqrt(square)
  return (angle - sin(angle)) / (square * angle)
}

/** I + a [ω]ₓ + b [ω]ₓ². */
function series(w: Numbers, a: number, b: number, out: Float64Array): Float64Array {
  const x = w[0]
  const y = w[1]
  const z = w[2]
  out[0] = 1 - b * (y * y + z * z)
  out[1] = b * x * y - a * z
  out[2] = b * x * z + a * y
  out[3] = b * x * y + a * z
  out[4] = 1 - b * (x * x + z * z)
  out[5] = b * y * z - a * x
  out[6] = b * x * z - a * y
  out[7] = b * y * z + a * x
  out[8] = 1 - b * (x * x + y * y)
  return out
}

/** Exp(ω): the rotation by ‖ω‖ radians about ω (Rodrigues), row-major. */
export function so3Exp(w: Numbers, out: Float64Array = new Float64Array(9)): Float64Array {
  const square = w[0] * w[0] + w[1] * w[1] + w[2] * w[2]
  return series(w, sinc(square), versine(square), out)
}

/** Log(R): the rotation vector with angle in [0, π], accurate to rounding near 0 and near π. */
export function so3Log(R: Numbers, out: Float64Array = new Float64Array(3)): Float64Array {
  // 2 sin θ · axis, and 1 + 2 cos θ.
  const x = R[7] - R[5]
  const y = R[2] - R[6]
  const z = R[3] - R[1]
  const trace = R[0] + R[4] + R[8]
  const sine = Math.sqrt(x * x + y * y + z * z)
  if (trace > -0.9) {
    const angle = atan2(sine, trace - 1)
    const scale = sine > 1e-8 ? angle / sine : 0.5 * (1 + (sine * sine) / 24)
    out[0] = x * scale
    out[1] = y * scale
    out[2] = z * scale
    return out
  }
  // Near π the skew part vanishes, but (R + Rᵀ)/2 − cos θ I = (1 − cos θ) a aᵀ: its longest column gives the axis.
  const k = R[0] >= R[4] && R[0] >= R[8] ? 0 : R[4] >= R[8] ? 1 : 2
  const cosine = 0.5 * (trace - 1)
  for (let r = 0; r < 3; r++) out[r] = 0.5 * (R[3 * r + k] + R[3 * k + r])
  out[k] -= cosine
  const norm = Math.sqrt(out[0] * out[0] + out[1] * out[1] + out[2] * out[2])
  const sign = out[0] * x + out[1] * y + out[2] * z < 0 ? -1 : 1
  const scale = (sign * atan2(sine, trace - 1)) / norm
  out[0] *= scale
  out[1] *= scale
  out[2] *= scale
  return out
}

/** J_r(ω): Exp(ω + δ) ≈ Exp(ω) Exp(J_r δ). */
export function so3RightJacobian(w: Numbers, out: Float64Array = new Float64Array(9)): Float64Array {
  const square = w[0] * w[0] + w[1] * w[1] + w[2] * w[2]
  return series(w, -versine(square), sineDefect(square), out)
}

/** J_l(ω) = J_r(−ω): Exp(ω + δ) ≈ Exp(J_l δ) Exp(ω). */
export function so3LeftJacobian(w: Numbers, out: Float64Array = new Float64Array(9)): Float64Array {
  const square = w[0] * w[0] + w[1] * w[1] + w[2] * w[2]
  return series(w, versine(square), sineDefect(square), out)
}

/** (1/θ² − (1 + cos θ)/(2 θ sin θ)). */
function inverseCoefficient(square: number): number {
  if (square < SMALL_SQUARE) {
    return 1 / 12 + square * (1 / 720 + square * (1 / 30240 + square * (1 / 1209600 + square / 47900160)))
  }
  const half = 0.5 * Math.sqrt(square)
  return (1 - (half * cos(half)) / sin(half)) / square
}

/** J_r(ω)⁻¹, for ‖ω‖ < 2π: Log(Exp(ω) Exp(δ)) ≈ ω + J_r⁻¹ δ. */
export function so3RightJacobianInverse(w: Numbers, out: Float64Array = new Float64Array(9)): Float64Array {
  return series(w, 0.5, inverseCoefficient(w[0] * w[0] + w[1] * w[1] + w[2] * w[2]), out)
}

/** J_l(ω)⁻¹, for ‖ω‖ < 2π: Log(Exp(δ) Exp(ω)) ≈ ω + J_l⁻¹ δ. */
export function so3LeftJacobianInverse(w: Numbers, out: Float64Array = new Float64Array(9)): Float64Array {
  return series(w, -0.5, inverseCoefficient(w[0] * w[0] + w[1] * w[1] + w[2] * w[2]), out)
}

/**
 * R ← R with its rows made orthonormal again (Gram–Schmidt), for rotations that drifted by rounding.
 */
export function orthonormalize(R: Float64Array): Float64Array {
  let norm = 1 / Math.sqrt(R[0] * R[0] + R[1] * R[1] + R[2] * R[2])
  for (let k = 0; k < 3; k++) R[k] *= norm
  const dot = R[0] * R[3] + R[1] * R[4] + R[2] * R[5]
  for (let k = 0; k < 3; k++) R[3 + k] -= dot * R[k]
  norm = 1 / Math.sqrt(R[3] * R[3] + R[4] * R[4] + R[5] * R[5])
  for (let k = 0; k < 3; k++) R[3 + k] *= norm
  R[6] = R[1] * R[5] - R[2] * R[4]
  R[7] = R[2] * R[3] - R[0] * R[5]
  R[8] = R[0] * R[4] - R[1] * R[3]
  return R
}

const relative = new Float64Array(9)
const logarithm = new Float64Array(3)

/** Angle of the rotation A⁻¹ B, radians in [0, π]. */
export function rotationAngleRad(A: Numbers, B: Numbers): number {
  for (let r = 0; r < 3; r++) {
    for (let c = 0; c < 3; c++) relative[3 * r + c] = A[r] * B[c] + A[3 + r] * B[3 + c] + A[6 + r] * B[6 + c]
  }
  so3Log(relative, logarithm)
  return Math.sqrt(logarithm[0] * logarithm[0] + logarithm[1] * logarithm[1] + logarithm[2] * logarithm[2])
}

/** The rotation of the way from A (s = 0) to B (s = 1): A · Exp(s · Log(A⁻¹ B)). */
export function so3Interpolate(
  A: Numbers,
  B: Numbers,
  s: number,
  out: Float64Array = new Float64Array(9),
): Float64Array {
  const start = Float64Array.from(A)
  for (let r = 0; r < 3; r++) {
    for (let c = 0; c < 3; c++) relative[3 * r + c] = A[r] * B[c] + A[3 + r] * B[3 + c] + A[6 + r] * B[6 + c]
  }
  so3Log(relative, logarithm)
  for (let k = 0; k < 3; k++) logarithm[k] *= s
  const step = so3Exp(logarithm)
  const column = new Float64Array(3)
  for (let c = 0; c < 3; c++) {
    column[0] = step[c]
    column[1] = step[3 + c]
    column[2] = step[6 + c]
    mat3Apply(start, column, column)
    for (let r = 0; r < 3; r++) out[3 * r + c] = column[r]
  }
  return out
}

/** Angle between two non-zero vectors, radians in [0, π]; accurate for tiny angles too (Kahan). */
export function angleBetweenRad(a: Numbers, b: Numbers): number {
  const x = a[1] * b[2] - a[2] * b[1]
  const y = a[2] * b[0] - a[0] * b[2]
  const z = a[0] * b[1] - a[1] * b[0]
  return atan2(Math.sqrt(x * x + y * y + z * z), a[0] * b[0] + a[1] * b[1] + a[2] * b[2])
}

/** Degrees of an angle in radians. */
export function degrees(rad: number): number {
  return rad * (180 / Math.PI)
}

/** Radians of an angle in degrees. */
export function radians(deg: number): number {
  return deg * (Math.PI / 180)
}

/** arccos of a value that rounding may have put a little outside [−1, 1]. */
export function clampedAcos(x: number): number {
  return acos(Math.min(1, Math.max(-1, x)))
}
