import { qrFactor } from '../math/qr.js'
import { svdInPlace } from '../math/svd.js'

/**
 * The unit x that minimises ‖A x‖ for m ≥ n equations: Householder QR, then the last right singular vector of R. Unlike
 * the eigenvectors of AᵀA this does not square the condition number.
 */

let betas = new Float64Array(16)
let U = new Float64Array(16 * 16)
let V = new Float64Array(16 * 16)
let S = new Float64Array(16)

/** How well the solution is determined: its singular value and the next, relative to the largest. */
export interface NullVectorReport {
  /** σₙ / σ₁: the residual's size; zero for consistent equations. */
  residual: number
  /** σₙ₋₁ / σ₁: zero when the solution is not unique. */
  gap: number
}

/**
 * @param A m × n row-major, n ≤ 16; overwritten
 * @param out n numbers, norm 1
 */
export function smallestSingularVector(
  A: Float64Array,
  m: number,
  n: number,
  out: Float64Array,
  report: NullVectorReport,
): void {
  if (S.length < n) {
    betas = new Float64Array(n)
    U = new Float64Array(n * n)
    V = new Float64Array(n * n)
    S = new Float64Array(n)
  }
  qrFactor(A, m, n, betas)
  for (let r = 0; r < n; r++) for (let c = 0; c < n; c++) U[r * n + c] = c < r ? 0 : A[r * n + c]
  svdInPlace(U, n, n, S, V)
  for (let k = 0; k < n; k++) out[k] = V[k * n + n - 1]
  report.residual = S[n - 1] / S[0] || 0
  report.gap = S[n - 2] / S[0] || 0
}

let scratch = new Float64Array(0)

/** A reused buffer of at least `length` numbers, grown when needed; valid until the next call. */
export function scratchMatrix(length: number): Float64Array {
  if (scratch.length < length) scratch = new Float64Array(Math.max(length, 2 * scratch.length))
  return scratch
}
