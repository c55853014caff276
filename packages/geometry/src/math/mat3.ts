import type { Numbers } from './vec3.js'

/**
 * 3×3 matrices: 9 numbers, row-major. Functions that return a matrix or a vector take a trailing `out`, which may be one
 * of the inputs.
 */

/** The identity. */
export function mat3Identity(out: Float64Array = new Float64Array(9)): Float64Array {
  out.fill(0, 0, 9)
  out[0] = 1
  out[4] = 1
  out[8] = 1
  return out
}

/** diag(a, b, c). */
export function mat3Diagonal(a: number, b: number, c: number, out: Float64Array = new Float64Array(9)): Float64Array {
  out.fill(0, 0, 9)
  out[0] = a
  out[4] = b
  out[8] = c
  return out
}

/** A B. */
export function mat3Multiply(A: Numbers, B: Numbers, out: Float64Array = new Float64Array(9)): Float64Array {
  const b0 = B[0]
  const b1 = B[1]
  const b2 = B[2]
  const b3 = B[3]
  const b4 = B[4]
  const b5 = B[5]
  const b6 = B[6]
  const b7 = B[7]
  const b8 = B[8]
  for (let r = 0; r < 9; r += 3) {
    const x = A[r]
    const y = A[r + 1]
    const z = A[r + 2]
    // Rows of A are read before they are written, so out may be A; B is held in locals, so out may be B.
    out[r] = x * b0 + y * b3 + z * b6
    out[r + 1] = x * b1 + y * b4 + z * b7
    out[r + 2] = x * b2 + y * b5 + z * b8
  }
  return out
}

/** Aᵀ B. */
export function mat3TransposeMultiply(A: Numbers, B: Numbers, out: Float64Array = new Float64Array(9)): Float64Array {
  const a0 = A[0]
  const a1 = A[1]
  const a2 = A[2]
  const a3 = A[3]
  const a4 = A[4]
  const a5 = A[5]
  const a6 = A[6]
  const a7 = A[7]
  const a8 = A[8]
  for (let c = 0; c < 3; c++) {
    const x = B[c]
    const y = B[3 + c]
    const z = B[6 + c]
    out[c] = a0 * x + a3 * y + a6 * z
    out[3 + c] = a1 * x + a4 * y + a7 * z
    out[6 + c] = a2 * x + a5 * y + a8 * z
  }
  return out
}

/** A Bᵀ. */
export function mat3MultiplyTranspose(A: Numbers, B: Numbers, out: Float64Array = new Float64Array(9)): Float64Array {
  const b0 = B[0]
  const b1 = B[1]
  const b2 = B[2]
  const b3 = B[3]
  const b4 = B[4]
  const b5 = B[5]
  const b6 = B[6]
  const b7 = B[7]
  const b8 = B[8]
  for (let r = 0; r < 9; r += 3) {
    const x = A[r]
    const y = A[r + 1]
    const z = A[r + 2]
    out[r] = x * b0 + y * b1 + z * b2
    out[r + 1] = x * b3 + y * b4 + z * b5
    out[r + 2] = x * b6 + y * b7 + z * b8
  }
  return out
}

/** Aᵀ. */
export function mat3Transpose(A: Numbers, out: Float64Array = new Float64Array(9)): Float64Array {
  const a1 = A[1]
  const a2 = A[2]
  const a5 = A[5]
  out[0] = A[0]
  out[4] = A[4]
  out[8] = A[8]
  out[1] = A[3]
  out[2] = A[6]
  out[5] = A[7]
  out[3] = a1
  out[6] = a2
  out[7] = a5
  return out
}

/** A v. */
export function mat3Apply(A: Numbers, v: Numbers, out: Float64Array = new Float64Array(3)): Float64Array {
  const x = v[0]
  const y = v[1]
  const z = v[2]
  out[0] = A[0] * x + A[1] * y + A[2] * z
  out[1] = A[3] * x + A[4] * y + A[5] * z
  out[2] = A[6] * x + A[7] * y + A[8] * z
  return out
}

/** Aᵀ v. */
export function mat3TransposeApply(A: Numbers, v: Numbers, out: Float64Array = new Float64Array(3)): Float64Array {
  const x = v[0]
  const y = v[1]
  const z = v[2]
  out[0] = A[0] * x + A[3] * y + A[6] * z
  out[1] = A[1] * x + A[4] * y + A[7] * z
  out[2] = A[2] * x + A[5] * y + A[8] * z
  return out
}

/** Determinant. */
export function mat3Determinant(A: Numbers): number {
  return A[0] * (A[4] * A[8] - A[5] * A[7]) - A[1] * (A[3] * A[8] - A[5] * A[6]) + A[2] * (A[3] * A[7] - A[4] * A[6])
}

/** Adjugate: A · adj(A) = det(A) · I, defined for singular matrices too. */
export function mat3Adjugate(A: Numbers, out: Float64Array = new Float64Array(9)): Float64Array {
  const a = A[0]
  const b = A[1]
  const c = A[2]
  const d = A[3]
  const e = A[4]
  const f = A[5]
  const g = A[6]
  const h = A[7]
  const i = A[8]
  out[0] = e * i - f * h
  out[1] = c * h - b * i
  out[2] = b * f - c * e
  out[3] = f * g - d * i
  out[4] = a * i - c * g
  out[5] = c * d - a * f
  out[6] = d * h - e * g
  out[7] = b * g - a * h
  out[8] = a * e - b * d
  return out
}

/** A⁻¹, or `undefined` when the determinant is zero or not finite (`out` is then unspecified). */
export function mat3Inverse(A: Numbers, out: Float64Array = new Float64Array(9)): Float64Array | undefined {
  const determinant = mat3Determinant(A)
  const reciprocal = 1 / determinant
  if (determinant === 0 || !Number.isFinite(reciprocal)) return undefined
  mat3Adjugate(A, out)
  for (let k = 0; k < 9; k++) out[k] *= reciprocal
  return out
}

/** [v]ₓ, the cross-product (hat) matrix: hat(v) w = v × w. */
export function hat(v: Numbers, out: Float64Array = new Float64Array(9)): Float64Array {
  const x = v[0]
  const y = v[1]
  const z = v[2]
  out[0] = 0
  out[1] = -z
  out[2] = y
  out[3] = z
  out[4] = 0
  out[5] = -x
  out[6] = -y
  out[7] = x
  out[8] = 0
  return out
}

/** The vector of the skew part of A: vee(hat(v)) = v. */
export function vee(A: Numbers, out: Float64Array = new Float64Array(3)): Float64Array {
  const x = 0.5 * (A[7] - A[5])
  const y = 0.5 * (A[2] - A[6])
  const z = 0.5 * (A[3] - A[1])
  out[0] = x
  out[1] = y
  out[2] = z
  return out
}

/** Trace. */
export function mat3Trace(A: Numbers): number {
  return A[0] + A[4] + A[8]
}

/** Frobenius norm of the first `length` numbers (default: all). */
export function frobeniusNorm(A: Numbers, length: number = A.length): number {
  let scale = 0
  for (let k = 0; k < length; k++) scale = Math.max(scale, Math.abs(A[k]))
  if (!(scale > 0) || scale === Number.POSITIVE_INFINITY) return scale
  let sum = 0
  for (let k = 0; k < length; k++) {
    const a = A[k] / scale
    sum += a * a
  }
  return scale * Math.sqrt(sum)
}
