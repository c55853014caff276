/**
 * LU factorisation with partial pivoting of a dense n × n row-major matrix. Golub & Van Loan, algorithm 3.4.1.
 */

/**
 * P A = L U, in place: U on and above the diagonal, the unit lower triangle L below.
 *
 * @param pivots n row indices, written: row i of L U is row pivots[i] of A
 * @returns the sign of the permutation (1 or −1), or 0 when A is singular to working precision
 */
export function luFactor(A: Float64Array, n: number, pivots: Int32Array): -1 | 0 | 1 {
  let sign: -1 | 1 = 1
  let largest = 0
  for (let k = 0; k < n * n; k++) largest = Math.max(largest, Math.abs(A[k]))
  const tiny = largest * n * 2.3e-16
  for (let i = 0; i < n; i++) pivots[i] = i
  for (let j = 0; j < n; j++) {
    let p = j
    for (let i = j + 1; i < n; i++) if (Math.abs(A[i * n + j]) > Math.abs(A[p * n + j])) p = i
    if (!(Math.abs(A[p * n + j]) > tiny) || !(largest < Number.POSITIVE_INFINITY)) return 0
    if (p !== j) {
      sign = sign === 1 ? -1 : 1
      const row = pivots[p]
      pivots[p] = pivots[j]
      pivots[j] = row
      for (let k = 0; k < n; k++) {
        const a = A[p * n + k]
        A[p * n + k] = A[j * n + k]
        A[j * n + k] = a
      }
    }
    const reciprocal = 1 / A[j * n + j]
    for (let i = j + 1; i < n; i++) {
      const factor = A[i * n + j] * reciprocal
      A[i * n + j] = factor
      if (factor === 0) continue
      for (let k = j + 1; k < n; k++) A[i * n + k] -= factor * A[j * n + k]
    }
  }
  return sign
}

/** Solves A x = b with a factor of `luFactor`; `out` must not be b. */
export function luSolve(
  LU: Float64Array,
  n: number,
  pivots: Int32Array,
  b: ArrayLike<number>,
  out: Float64Array = new Float64Array(n),
): Float64Array {
  for (let i = 0; i < n; i++) {
    let s = b[pivots[i]]
    for (let k = 0; k < i; k++) s -= LU[i * n + k] * out[k]
    out[i] = s
  }
  for (let i = n - 1; i >= 0; i--) {
    let s = out[i]
    for (let k = i + 1; k < n; k++) s -= LU[i * n + k] * out[k]
    out[i] = s / LU[i * n + i]
  }
  return out
}

/** det A from its factor: `sign · ∏ Uᵢᵢ`; 0 where `luFactor` returned 0. */
export function luDeterminant(LU: Float64Array, n: number, sign: number): number {
  let product = sign
  for (let i = 0; i < n && product !== 0; i++) product *= LU[i * n + i]
  return product
}
