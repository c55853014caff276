import { svd3 } from '../math/svd3.js'

/**
 * Kruppa's equations: what a fundamental matrix says about the focal lengths.
 *
 * Problem: with principal points at the origin, square pixels and no skew, K = diag(f, f, 1) and E = K2 F K1 is essential: its two
 * singular values are equal. That is two conditions, for the matrices of rank two with equal singular values have two dimensions
 * less than all of rank two.
 * Equation: Kruppa (1913) wrote them F ω1* Fᵀ ~ [e2]ₓ ω2* [e2]ₓᵀ with ωᵢ* = Kᵢ Kᵢᵀ; Hartley, "Kruppa's equations derived from the
 * fundamental matrix" (PAMI 1997), read them off the SVD of F. Here they are taken in the smooth, scale-free form
 * g = (u1ᵀ E v1 − u2ᵀ E v2, u1ᵀ E v2 + u2ᵀ E v1) / (σ1 + σ2), with E = σ1 u1 v1ᵀ + σ2 u2 v2ᵀ: the part of E that is no rotation of
 * the plane of v onto the plane of u. At the focal lengths in question g = ((σ1 − σ2)/(σ1 + σ2), 0), and, unlike the singular
 * values themselves, g is differentiable where they meet.
 */
export interface KruppaConditions {
  /** (σ1 − σ2)/(σ1 + σ2): the first condition; the second is zero by the choice of axes. */
  value: number
  /** ∂g/∂F: two rows of nine numbers. */
  readonly byF: Float64Array
  /** ∂g/∂ln f1 and ∂g/∂ln f2: two numbers each. */
  readonly byFocal1: Float64Array
  readonly byFocal2: Float64Array
}

export function kruppaScratch(): KruppaConditions {
  return { value: 0, byF: new Float64Array(18), byFocal1: new Float64Array(2), byFocal2: new Float64Array(2) }
}

const E = new Float64Array(9)
const factors = { U: new Float64Array(9), S: new Float64Array(3), V: new Float64Array(9) }

/** @param F nine numbers row-major, in coordinates with the principal points at the origin */
export function kruppaConditions(F: Float64Array, f1: number, f2: number, out: KruppaConditions): void {
  for (let r = 0; r < 3; r++) {
    for (let c = 0; c < 3; c++) E[3 * r + c] = F[3 * r + c] * (r < 2 ? f2 : 1) * (c < 2 ? f1 : 1)
  }
  const { U, S, V } = svd3(E, factors)
  const sum = S[0] + S[1]
  out.value = sum > 0 ? (S[0] - S[1]) / sum : 0
  const scale = sum > 0 ? 1 / sum : 0
  out.byFocal1.fill(0)
  out.byFocal2.fill(0)
  for (let r = 0; r < 3; r++) {
    for (let c = 0; c < 3; c++) {
      const k = 3 * r + c
      const w = scale * (r < 2 ? f2 : 1) * (c < 2 ? f1 : 1)
      const g0 = w * (U[3 * r] * V[3 * c] - U[3 * r + 1] * V[3 * c + 1])
      const g1 = w * (U[3 * r] * V[3 * c + 1] + U[3 * r + 1] * V[3 * c])
      out.byF[k] = g0
      out.byF[9 + k] = g1
      // A focal length stretches two columns (f1) or two rows (f2) of E.
      if (c < 2) {
        out.byFocal1[0] += g0 * F[k]
        out.byFocal1[1] += g1 * F[k]
      }
      if (r < 2) {
        out.byFocal2[0] += g0 * F[k]
        out.byFocal2[1] += g1 * F[k]
      }
    }
  }
}
