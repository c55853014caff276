/**
 * Eigenvalues and vectors of a dense symmetric n × n matrix by cyclic Jacobi rotations: slower than tridiagonal QL for
 * large n, but the most accurate for the small matrices of geometry. Golub & Van Loan, section 8.5.
 */

const MAX_SWEEPS = 40

/**
 * A = V diag(values) Vᵀ, values descending, eigenvectors in the columns of V. A (row-major) is overwritten.
 */
export function symmetricEigen(
  A: Float64Array,
  n: number,
  values: Float64Array = new Float64Array(n),
  V: Float64Array = new Float64Array(n * n),
): { values: Float64Array; V: Float64Array } {
  V.fill(0, 0, n * n)
  for (let i = 0; i < n; i++) V[i * n + i] = 1
  let square = 0
  for (let k = 0; k < n * n; k++) square += A[k] * A[k]
  const negligible = 1e-17 * Math.sqrt(square)
  for (let sweep = 0; sweep < MAX_SWEEPS; sweep++) {
    let rotated = false
    for (let p = 0; p < n - 1; p++) {
      for (let q = p + 1; q < n; q++) if (rotate(A, V, n, p, q, negligible)) rotated = true
    }
    if (!rotated) break
  }
  for (let i = 0; i < n; i++) values[i] = A[i * n + i]
  sortDescending(values, V, n)
  return { values, V }
}

/** Zeroes A[p, q] by one rotation; false where it is already negligible. */
function rotate(A: Float64Array, V: Float64Array, n: number, p: number, q: number, negligible: number): boolean {
  const off = A[p * n + q]
  const app = A[p * n + p]
  const aqq = A[q * n + q]
  if (!(Math.abs(off) > negligible)) return false
  const tau = (aqq - app) / (2 * off)
  const t = (tau >= 0 ? 1 : -1) / (Math.abs(tau) + Math.sqrt(1 + tau * tau))
  const c = 1 / Math.sqrt(1 + t * t)
  const s = c * t
  for (let k = 0; k < n; k++) {
    const kp = A[k * n + p]
    const kq = A[k * n + q]
    A[k * n + p] = c * kp - s * kq
    A[k * n + q] = s * kp + c * kq
  }
  for (let k = 0; k < n; k++) {
    const pk = A[p * n + k]
    const qk = A[q * n + k]
    A[p * n + k] = c * pk - s * qk
    A[q * n + k] = s * pk + c * qk
    const vp = V[k * n + p]
    const vq = V[k * n + q]
    V[k * n + p] = c * vp - s * vq
    V[k * n + q] = s * vp + c * vq
  }
  A[p * n + q] = 0
  A[q * n + p] = 0
  return true
}

function sortDescending(values: Float64Array, V: Float64Array, n: number): void {
  for (let i = 0; i < n - 1; i++) {
    let best = i
    for (let j = i + 1; j < n; j++) if (values[j] > values[best]) best = j
    if (best === i) continue
    const value = values[i]
    values[i] = values[best]
    values[best] = value
    for (let r = 0; r < n; r++) {
      const v = V[r * n + i]
      V[r * n + i] = V[r * n + best]
      V[r * n + best] = v
    }
  }
}
