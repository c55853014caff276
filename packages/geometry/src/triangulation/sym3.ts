/**
 * Solves A x = b for a symmetric positive definite 3×3 matrix by Cholesky.
 *
 * @param A xx, xy, xz, yy, yz, zz
 * @param out may be b
 * @returns false, and nothing written, where A is not positive definite to working precision
 */
export function solveSym3(A: Float64Array, b: Float64Array, out: Float64Array): boolean {
  const a00 = A[0]
  const l10 = A[1] / a00
  const l20 = A[2] / a00
  const d1 = A[3] - l10 * A[1]
  const e = A[4] - l20 * A[1]
  const l21 = e / d1
  const d2 = A[5] - l20 * A[2] - l21 * e
  // A pivot that is rounding noise of its diagonal means a direction the data does not fix.
  if (!(a00 > 0 && d1 > 1e-14 * A[3] && d2 > 1e-14 * A[5])) return false
  const y0 = b[0]
  const y1 = b[1] - l10 * y0
  const y2 = b[2] - l20 * y0 - l21 * y1
  const x2 = y2 / d2
  const x1 = y1 / d1 - l21 * x2
  out[0] = y0 / a00 - l10 * x1 - l20 * x2
  out[1] = x1
  out[2] = x2
  return true
}
