/**
 * Householder QR of a dense m × n row-major matrix, m ≥ n. Golub & Van Loan, algorithms 5.2.1 and 5.3.2.
 */

/** A column closer than this (relative) to the span of the columns before it counts as dependent. */
const DEPENDENT = 1e-13

/**
 * A = Q R, in place: R on and above the diagonal, the Householder vectors below (their first entry is 1, implied).
 *
 * @param betas n numbers, written: H_j = I − betas[j] v vᵀ, Q = H_0 H_1 … H_{n−1}
 */
export function qrFactor(A: Float64Array, m: number, n: number, betas: Float64Array): void {
  for (let j = 0; j < n; j++) {
    let scale = 0
    for (let i = j; i < m; i++) scale = Math.max(scale, Math.abs(A[i * n + j]))
    betas[j] = 0
    if (!(scale > 0)) continue
    let square = 0
    for (let i = j; i < m; i++) {
      const a = A[i * n + j] / scale
      square += a * a
    }
    const head = A[j * n + j]
    const norm = scale * Math.sqrt(square)
    const alpha = head > 0 ? -norm : norm
    const first = head - alpha
    if (first === 0) continue
    const reciprocal = 1 / first
    for (let i = j + 1; i < m; i++) A[i * n + j] *= reciprocal
    betas[j] = -first / alpha
    A[j * n + j] = alpha
    for (let k = j + 1; k < n; k++) {
      let dot = A[j * n + k]
      for (let i = j + 1; i < m; i++) dot += A[i * n + j] * A[i * n + k]
      dot *= betas[j]
      A[j * n + k] -= dot
      for (let i = j + 1; i < m; i++) A[i * n + k] -= dot * A[i * n + j]
    }
  }
}

/** b ← Qᵀ b for one right-hand side of m numbers. */
export function qrApplyTranspose(QR: Float64Array, m: number, n: number, betas: Float64Array, b: Float64Array): void {
  for (let j = 0; j < n; j++) {
    if (betas[j] === 0) continue
    let dot = b[j]
    for (let i = j + 1; i < m; i++) dot += QR[i * n + j] * b[i]
    dot *= betas[j]
    b[j] -= dot
    for (let i = j + 1; i < m; i++) b[i] -= dot * QR[i * n + j]
  }
}

/** b ← Q b for one vector of m numbers. */
export function qrApply(QR: Float64Array, m: number, n: number, betas: Float64Array, b: Float64Array): void {
  for (let j = n - 1; j >= 0; j--) {
    if (betas[j] === 0) continue
    let dot = b[j]
    for (let i = j + 1; i < m; i++) dot += QR[i * n + j] * b[i]
    dot *= betas[j]
    b[j] -= dot
    for (let i = j + 1; i < m; i++) b[i] -= dot * QR[i * n + j]
  }
}

/**
 * The x that minimises ‖A x − b‖ for a factored A (m × n); b (m) is overwritten, and b[n…] then holds the residual in Q's frame.
 *
 * @returns false when a column of A lies in the span of those before it (to 1e-13 of its length)
 */
export function qrSolve(
  QR: Float64Array,
  m: number,
  n: number,
  betas: Float64Array,
  b: Float64Array,
  out: Float64Array,
): boolean {
  qrApplyTranspose(QR, m, n, betas, b)
  for (let i = n - 1; i >= 0; i--) {
    const pivot = QR[i * n + i]
    let square = 0
    for (let k = 0; k <= i; k++) square += QR[k * n + i] * QR[k * n + i]
    if (!(Math.abs(pivot) > DEPENDENT * Math.sqrt(square))) return false
    let s = b[i]
    for (let k = i + 1; k < n; k++) s -= QR[i * n + k] * out[k]
    out[i] = s / pivot
  }
  return true
}

/**
 * The x that minimises ‖A x − b‖; A (m × n) and b (m) are overwritten, and b[n…] then holds the residual in Q's frame.
 *
 * @param betas room for n numbers
 * @returns x, or `undefined` when a column lies in the span of those before it (to 1e-13 of its length)
 */
export function leastSquares(
  A: Float64Array,
  m: number,
  n: number,
  b: Float64Array,
  out: Float64Array = new Float64Array(n),
  betas: Float64Array = new Float64Array(n),
): Float64Array | undefined {
  qrFactor(A, m, n, betas)
  return qrSolve(A, m, n, betas, b, out) ? out : undefined
}
