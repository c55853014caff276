import { svd3 } from '../math/svd3.js'

/**
 * Problem: the directions in which a fundamental or essential matrix can move and remain one.
 * Equation: the tangent space of {U diag(σ) Vᵀ} at unit norm.
 * Source: Bartoli and Sturm, "Nonlinear estimation of the fundamental matrix with minimal parameters" (PAMI 2004); Helmke and
 * others 2007 for E.
 * Preconditions: two singular values that are not zero.
 * Solutions: a basis of 7 or 5 directions.
 */

/**
 * The directions in which a fundamental or an essential matrix of unit norm can move and stay one, nine numbers each, orthonormal:
 * U M Vᵀ for M = U diag(S) Vᵀ with M₃₃ = 0. All entries off the diagonal of M turn U and V; a fundamental matrix may also trade one singular
 * value for the other, and an essential one, whose singular values are equal, may not turn both by the same angle.
 *
 * @returns 7 × 9 or 5 × 9
 */
export function epipolarTangents(M: Float64Array, kind: 'fundamental' | 'essential'): Float64Array {
  const { U, S, V } = svd3(M)
  const D = new Float64Array(kind === 'fundamental' ? 63 : 45)
  const add = (k: number, i: number, j: number, scale: number) => {
    for (let r = 0; r < 3; r++) {
      for (let c = 0; c < 3; c++) D[9 * k + 3 * r + c] += scale * U[3 * r + i] * V[3 * c + j]
    }
  }
  add(0, 0, 2, 1)
  add(1, 2, 0, 1)
  add(2, 1, 2, 1)
  add(3, 2, 1, 1)
  if (kind === 'essential') {
    add(4, 0, 1, Math.SQRT1_2)
    add(4, 1, 0, -Math.SQRT1_2)
    return D
  }
  const length = Math.sqrt(S[0] * S[0] + S[1] * S[1])
  add(4, 0, 1, 1)
  add(5, 1, 0, 1)
  add(6, 0, 0, -S[1] / length)
  add(6, 1, 1, S[0] / length)
  return D
}
