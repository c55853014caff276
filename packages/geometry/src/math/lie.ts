import { luFactor, luSolve } from './lu.js'

/**
 * What SE(3) and Sim(3) share: the function φ(A) = ∫₀¹ e^{τA} dτ = Σ Aᵏ/(k+1)! of a small square matrix. With A = ad(ξ) it is
 * the left Jacobian of the group (Sola, Deray, Atchuthan 2018, section II-G), with A = σI + [ω]ₓ the factor of the translation.
 * One power series serves every angle and scale, so nothing cancels near zero; halving the argument keeps it short.
 */

/** Terms of the series: 2⁻¹⁷/18! is far below rounding. */
const TERMS = 16

/** φ(A) of an n × n row-major matrix. */
export function phi(A: Float64Array, n: number): Float64Array {
  let largest = 0
  for (let r = 0; r < n; r++) {
    let sum = 0
    for (let c = 0; c < n; c++) sum += Math.abs(A[r * n + c])
    largest = Math.max(largest, sum)
  }
  let scale = 1
  while (largest > 0.5 && scale > 1e-18) {
    largest /= 2
    scale /= 2
  }
  const small = A.map((a) => a * scale)
  // Horner from the last term: φ ← I + A φ / (k + 1).
  let value = identity(n)
  for (let k = TERMS; k >= 1; k--) value = plusIdentity(multiply(small, value, n), n, 1 / (k + 1))
  // φ(2A) = ½ (e^A + I) φ(A) with e^A = I + A φ(A).
  for (; scale < 1; scale *= 2) {
    value = multiply(plusIdentity(multiply(small, value, n), n, 0.5), value, n)
    for (let k = 0; k < n * n; k++) small[k] *= 2
  }
  return value
}

function identity(n: number): Float64Array {
  const I = new Float64Array(n * n)
  for (let k = 0; k < n; k++) I[k * n + k] = 1
  return I
}

/** I + s A, in place. */
function plusIdentity(A: Float64Array, n: number, s: number): Float64Array {
  for (let k = 0; k < n * n; k++) A[k] *= s
  for (let k = 0; k < n; k++) A[k * n + k] += 1
  return A
}

/** A B, n × n. */
function multiply(A: Float64Array, B: Float64Array, n: number): Float64Array {
  const out = new Float64Array(n * n)
  for (let r = 0; r < n; r++) {
    for (let k = 0; k < n; k++) {
      const a = A[r * n + k]
      if (a === 0) continue
      for (let c = 0; c < n; c++) out[r * n + c] += a * B[k * n + c]
    }
  }
  return out
}

/** Copies a 3 × 3 block, times s, to row r and column c of an n × n matrix. */
export function setBlock(out: Float64Array, n: number, r: number, c: number, block: ArrayLike<number>, s = 1): void {
  for (let i = 0; i < 3; i++) for (let j = 0; j < 3; j++) out[(r + i) * n + c + j] = s * block[3 * i + j]
}

/** φ(A)⁻¹; A must be short of the angle 2π, where φ(A) is singular. */
export function phiInverse(A: Float64Array, n: number): Float64Array {
  const LU = phi(A, n)
  const pivots = new Int32Array(n)
  luFactor(LU, n, pivots)
  const out = new Float64Array(n * n)
  const unit = new Float64Array(n)
  const column = new Float64Array(n)
  for (let c = 0; c < n; c++) {
    unit.fill(0)
    unit[c] = 1
    luSolve(LU, n, pivots, unit, column)
    for (let r = 0; r < n; r++) out[r * n + c] = column[r]
  }
  return out
}
