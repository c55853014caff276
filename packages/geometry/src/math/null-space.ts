/**
 * The null space of a few equations: an orthonormal basis from a Householder LQ factorisation, whose rows are contiguous
 * in a row-major matrix. The core of the linear steps of the minimal solvers. Golub & Van Loan, section 5.2.
 */

/** A row closer than this (relative) to the span of the rows before it counts as dependent. */
const DEPENDENT = 1e-13

const betas = new Float64Array(64)

/**
 * Orthonormal basis of { x : A x = 0 } for m < n independent equations.
 *
 * @param A m × n, row-major, m ≤ 64; overwritten
 * @param out (n − m) × n: one basis vector a row
 * @returns false when the equations are dependent (then the null space is larger and `out` is unspecified)
 */
export function nullSpace(A: Float64Array, m: number, n: number, out: Float64Array): boolean {
  for (let j = 0; j < m; j++) {
    const row = j * n
    let before = 0
    for (let i = 0; i < j; i++) before += A[row + i] * A[row + i]
    let square = 0
    for (let i = j; i < n; i++) square += A[row + i] * A[row + i]
    const norm = Math.sqrt(square)
    if (!(norm > DEPENDENT * Math.sqrt(before + square)) || !(norm < Number.POSITIVE_INFINITY)) return false
    const head = A[row + j]
    const alpha = head > 0 ? -norm : norm
    const first = head - alpha
    const reciprocal = 1 / first
    const beta = -first / alpha
    betas[j] = beta
    for (let i = j + 1; i < n; i++) A[row + i] *= reciprocal
    for (let k = j + 1; k < m; k++) {
      const other = k * n
      let dot = A[other + j]
      for (let i = j + 1; i < n; i++) dot += A[row + i] * A[other + i]
      dot *= beta
      A[other + j] -= dot
      for (let i = j + 1; i < n; i++) A[other + i] -= dot * A[row + i]
    }
  }
  for (let v = 0; v < n - m; v++) {
    const base = v * n
    for (let i = 0; i < n; i++) out[base + i] = 0
    out[base + m + v] = 1
    for (let j = m - 1; j >= 0; j--) {
      const row = j * n
      let dot = 0
      for (let i = j + 1; i < n; i++) dot += A[row + i] * out[base + i]
      dot *= betas[j]
      out[base + j] = -dot
      for (let i = j + 1; i < n; i++) out[base + i] -= dot * A[row + i]
    }
  }
  return true
}
