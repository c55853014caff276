import { mat3Determinant } from './mat3.js'
import { svdInPlace } from './svd.js'
import type { Numbers } from './vec3.js'

/**
 * SVD of a 3×3 matrix with complete orthogonal factors, also for rank 2 and less (essential and fundamental matrices).
 */
export interface Svd3 {
  /** Orthogonal, 9 numbers row-major; its determinant may be −1. */
  readonly U: Float64Array
  /** Three singular values, descending. */
  readonly S: Float64Array
  /** Orthogonal, 9 numbers row-major; A = U diag(S) Vᵀ. */
  readonly V: Float64Array
}

/** A = U diag(S) Vᵀ. Pass a result as `out` to reuse its memory. */
export function svd3(
  A: Numbers,
  out: Svd3 = { U: new Float64Array(9), S: new Float64Array(3), V: new Float64Array(9) },
): Svd3 {
  const { U, S, V } = out
  if (U !== A) for (let k = 0; k < 9; k++) U[k] = A[k]
  svdInPlace(U, 3, 3, S, V)
  const tiny = 1e-15 * S[0]
  if (!(S[0] > 0)) {
    U.fill(0)
    U[0] = 1
    U[4] = 1
    U[8] = 1
    return out
  }
  // Columns of vanishing singular values carry no direction of their own: complete the frame instead.
  if (!(S[1] > tiny)) perpendicularColumn(U)
  if (!(S[2] > tiny)) crossColumn(U)
  return out
}

/** Column 1 ← any unit vector orthogonal to column 0. */
function perpendicularColumn(U: Float64Array): void {
  const x = U[0]
  const y = U[3]
  const z = U[6]
  const smallest = Math.abs(x) <= Math.abs(y) && Math.abs(x) <= Math.abs(z) ? 0 : Math.abs(y) <= Math.abs(z) ? 1 : 2
  const a = smallest === 0 ? [0, z, -y] : smallest === 1 ? [-z, 0, x] : [y, -x, 0]
  const norm = Math.sqrt(a[0] * a[0] + a[1] * a[1] + a[2] * a[2])
  U[1] = a[0] / norm
  U[4] = a[1] / norm
  U[7] = a[2] / norm
}

/** Column 2 ← column 0 × column 1. */
function crossColumn(U: Float64Array): void {
  U[2] = U[3] * U[7] - U[6] * U[4]
  U[5] = U[6] * U[1] - U[0] * U[7]
  U[8] = U[0] * U[4] - U[3] * U[1]
}

/** The rotation nearest to A in the Frobenius norm: U diag(1, 1, det(U Vᵀ)) Vᵀ. */
export function nearestRotation(A: Numbers, out: Float64Array = new Float64Array(9)): Float64Array {
  const { U, V } = svd3(A)
  const sign = mat3Determinant(U) * mat3Determinant(V) < 0 ? -1 : 1
  for (let r = 0; r < 3; r++) {
    for (let c = 0; c < 3; c++) {
      out[3 * r + c] = U[3 * r] * V[3 * c] + U[3 * r + 1] * V[3 * c + 1] + sign * U[3 * r + 2] * V[3 * c + 2]
    }
  }
  return out
}
