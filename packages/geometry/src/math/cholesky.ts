/**
 * Cholesky factorisations of small and middling dense symmetric matrices, n × n row-major; only the lower triangle is
 * read. Golub & Van Loan, "Matrix Computations", algorithms 4.2.1 (LLᵀ) and 4.1.2 (LDLᵀ).
 */

/**
 * A = L Lᵀ, in place: the lower triangle of A becomes L, the upper is left alone.
 *
 * @returns false when A is not positive definite to working precision (A is then half overwritten)
 */
export function choleskyFactor(A: Float64Array, n: number): boolean {
  for (let j = 0; j < n; j++) {
    const rowJ = j * n
    let d = A[rowJ + j]
    const original = d
    for (let k = 0; k < j; k++) d -= A[rowJ + k] * A[rowJ + k]
    if (!(d > 2.3e-16 * original) || !(d < Number.POSITIVE_INFINITY)) return false
    const root = Math.sqrt(d)
    A[rowJ + j] = root
    const reciprocal = 1 / root
    for (let i = j + 1; i < n; i++) {
      const rowI = i * n
      let s = A[rowI + j]
      for (let k = 0; k < j; k++) s -= A[rowI + k] * A[rowJ + k]
      A[rowI + j] = s * reciprocal
    }
  }
  return true
}

/** Solves L Lᵀ x = b with a factor of `choleskyFactor`; `out` may be b. */
export function choleskySolve(
  L: Float64Array,
  n: number,
  b: Float64Array,
  out: Float64Array = new Float64Array(n),
): Float64Array {
  for (let i = 0; i < n; i++) {
    let s = b[i]
    for (let k = 0; k < i; k++) s -= L[i * n + k] * out[k]
    out[i] = s / L[i * n + i]
  }
  for (let i = n - 1; i >= 0; i--) {
    let s = out[i]
    for (let k = i + 1; k < n; k++) s -= L[k * n + i] * out[k]
    out[i] = s / L[i * n + i]
  }
  return out
}

/** A⁻¹ (full, symmetric) from a factor of `choleskyFactor`: the covariance of normal equations. */
export function choleskyInverse(L: Float64Array, n: number, out: Float64Array = new Float64Array(n * n)): Float64Array {
  const column = new Float64Array(n)
  for (let c = 0; c < n; c++) {
    column.fill(0)
    column[c] = 1
    choleskySolve(L, n, column, column)
    for (let r = 0; r < n; r++) out[r * n + c] = column[r]
  }
  for (let r = 0; r < n; r++) {
    for (let c = 0; c < r; c++) {
      const mean = 0.5 * (out[r * n + c] + out[c * n + r])
      out[r * n + c] = mean
      out[c * n + r] = mean
    }
  }
  return out
}

/**
 * A = L D Lᵀ without pivoting, in place: D on the diagonal, the unit lower triangle L below it. Indefinite matrices are
 * allowed as long as no pivot vanishes.
 *
 * @returns false when a pivot is zero to working precision or not finite
 */
export function ldltFactor(A: Float64Array, n: number): boolean {
  for (let j = 0; j < n; j++) {
    const rowJ = j * n
    let d = A[rowJ + j]
    let magnitude = Math.abs(d)
    for (let k = 0; k < j; k++) {
      const term = A[rowJ + k] * A[rowJ + k] * A[k * n + k]
      d -= term
      magnitude = Math.max(magnitude, Math.abs(term))
    }
    if (!(Math.abs(d) > 2.3e-16 * magnitude) || !(Math.abs(d) < Number.POSITIVE_INFINITY)) return false
    A[rowJ + j] = d
    for (let i = j + 1; i < n; i++) {
      const rowI = i * n
      let s = A[rowI + j]
      for (let k = 0; k < j; k++) s -= A[rowI + k] * A[rowJ + k] * A[k * n + k]
      A[rowI + j] = s / d
    }
  }
  return true
}

/** Solves L D Lᵀ x = b with a factor of `ldltFactor`; `out` may be b. */
export function ldltSolve(
  LD: Float64Array,
  n: number,
  b: Float64Array,
  out: Float64Array = new Float64Array(n),
): Float64Array {
  for (let i = 0; i < n; i++) {
    let s = b[i]
    for (let k = 0; k < i; k++) s -= LD[i * n + k] * out[k]
    out[i] = s
  }
  for (let i = n - 1; i >= 0; i--) {
    let s = out[i] / LD[i * n + i]
    for (let k = i + 1; k < n; k++) s -= LD[k * n + i] * out[k]
    out[i] = s
  }
  return out
}
