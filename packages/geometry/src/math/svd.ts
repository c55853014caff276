/**
 * Singular value decomposition of a dense m × n matrix, m ≥ n, by one-sided Jacobi rotations (Hestenes 1958; Demmel &
 * Veselić 1992: small singular values keep their relative accuracy where the columns' scaling allows it).
 */

const MAX_SWEEPS = 40
/** Columns whose cosine is below this are orthogonal: a few roundings of their dot product. */
const ORTHOGONAL = 1e-15

/** Kept in an array: a double argument of a function that is not inlined would be allocated. */
const negligible = new Float64Array(1)

export interface Svd {
  /** m × n, orthonormal columns; columns of zero singular values are zero. */
  readonly U: Float64Array
  /** n singular values, descending. */
  readonly S: Float64Array
  /** n × n, orthogonal; A = U diag(S) Vᵀ. */
  readonly V: Float64Array
}

/** A = U diag(S) Vᵀ; A is row-major, m ≥ n, and is left alone unless `U` is A itself. */
export function svd(
  A: ArrayLike<number>,
  m: number,
  n: number,
  U: Float64Array = new Float64Array(m * n),
  S: Float64Array = new Float64Array(n),
  V: Float64Array = new Float64Array(n * n),
): Svd {
  if (U !== A) for (let k = 0; k < m * n; k++) U[k] = A[k]
  svdInPlace(U, m, n, S, V)
  return { U, S, V }
}

/** The same without allocation: U holds A and becomes U. */
export function svdInPlace(U: Float64Array, m: number, n: number, S: Float64Array, V: Float64Array): void {
  V.fill(0, 0, n * n)
  for (let i = 0; i < n; i++) V[i * n + i] = 1
  let square = 0
  for (let k = 0; k < m * n; k++) square += U[k] * U[k]
  // Columns shorter than rounding of the longest ones are noise: turning them further would never end.
  negligible[0] = 1e-32 * square
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let rotated = false
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) if (orthogonalise(U, V, m, n, p, q)) rotated = true
    }
    if (!rotated) break
  }
  for (let j = 0; j < n; j++) normalizeColumn(U, S, m, n, j)
  sortDescending(U, S, V, m, n)
}

/** Makes columns p and q of U orthogonal by one rotation from the right, applied to V too. */
function orthogonalise(U: Float64Array, V: Float64Array, m: number, n: number, p: number, q: number): boolean {
  let alpha = 0
  let beta = 0
  let gamma = 0
  for (let i = 0; i < m; i++) {
    const a = U[i * n + p]
    const b = U[i * n + q]
    alpha += a * a
    beta += b * b
    gamma += a * b
  }
  if (!(Math.abs(gamma) > ORTHOGONAL * Math.sqrt(alpha * beta)) || !(Math.abs(gamma) > negligible[0])) return false
  const zeta = (beta - alpha) / (2 * gamma)
  const t = (zeta >= 0 ? 1 : -1) / (Math.abs(zeta) + Math.sqrt(1 + zeta * zeta))
  const c = 1 / Math.sqrt(1 + t * t)
  const s = c * t
  for (let i = 0; i < m; i++) {
    const a = U[i * n + p]
    const b = U[i * n + q]
    U[i * n + p] = c * a - s * b
    U[i * n + q] = s * a + c * b
  }
  for (let i = 0; i < n; i++) {
    const a = V[i * n + p]
    const b = V[i * n + q]
    V[i * n + p] = c * a - s * b
    V[i * n + q] = s * a + c * b
  }
  return true
}

/** Column j of U to length one, its length into S; a zero column stays zero. */
function normalizeColumn(U: Float64Array, S: Float64Array, m: number, n: number, j: number): void {
  let square = 0
  for (let i = 0; i < m; i++) square += U[i * n + j] * U[i * n + j]
  S[j] = Math.sqrt(square)
  if (square > 0) for (let i = 0; i < m; i++) U[i * n + j] /= S[j]
}

function sortDescending(U: Float64Array, S: Float64Array, V: Float64Array, m: number, n: number): void {
  for (let i = 0; i < n - 1; i++) {
    let best = i
    for (let j = i + 1; j < n; j++) if (S[j] > S[best]) best = j
    if (best === i) continue
    const s = S[i]
    S[i] = S[best]
    S[best] = s
    swapColumns(U, m, n, i, best)
    swapColumns(V, n, n, i, best)
  }
}

function swapColumns(A: Float64Array, m: number, n: number, i: number, j: number): void {
  for (let r = 0; r < m; r++) {
    const a = A[r * n + i]
    A[r * n + i] = A[r * n + j]
    A[r * n + j] = a
  }
}
