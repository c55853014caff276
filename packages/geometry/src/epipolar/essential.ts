import { hat, mat3Inverse, mat3Multiply, mat3TransposeMultiply } from '../math/mat3.js'
import type { Rigid } from '../math/rigid.js'
import { svd3 } from '../math/svd3.js'
import type { Numbers } from '../math/vec3.js'

/**
 * Problem: E from a motion, F from E and back, and the nearest matrices that are essential or of rank two.
 * Equation: E = [t]ₓ R, F = K₂⁻ᵀ E K₁⁻¹.
 * Source: Hartley and Zisserman, section 9.6; nearest: singular values (σ₁ + σ₂)/2 twice and 0, or σ₃ = 0.
 * Preconditions: K invertible.
 * Solutions: one.
 */

/** E = [t]ₓ R of cam2FromCam1, so that x2ᵀ E x1 = 0 for the normalised coordinates of one point in both cameras. */
export function essentialFromPose(cam2FromCam1: Rigid, out: Float64Array = new Float64Array(9)): Float64Array {
  return mat3Multiply(hat(cam2FromCam1.t), cam2FromCam1.R, out)
}

/**
 * F = K2⁻ᵀ E K1⁻¹, for pixels.
 *
 * @param K1 calibration matrix of camera 1, nine numbers row-major
 * @returns undefined when a calibration matrix is singular
 */
export function fundamentalFromEssential(E: Numbers, K1: Numbers, K2: Numbers): Float64Array | undefined {
  const inverse1 = mat3Inverse(K1)
  const inverse2 = mat3Inverse(K2)
  if (inverse1 === undefined || inverse2 === undefined) return undefined
  return mat3TransposeMultiply(inverse2, mat3Multiply(E, inverse1))
}

/** E = K2ᵀ F K1; essential only if F and the calibrations agree (see `nearestEssential`). */
export function essentialFromFundamental(F: Numbers, K1: Numbers, K2: Numbers): Float64Array {
  return mat3TransposeMultiply(K2, mat3Multiply(F, K1))
}

/** The essential matrix of norm √2 nearest to a matrix, up to scale: singular values (1, 1, 0). */
export function nearestEssential(M: Numbers): Float64Array {
  return withSingularValues(M, () => [1, 1])
}

/** The matrix of rank two nearest to F in the Frobenius norm. */
export function nearestRankTwo(F: Numbers): Float64Array {
  return withSingularValues(F, (S) => [S[0], S[1]])
}

function withSingularValues(M: Numbers, values: (S: Float64Array) => readonly [number, number]): Float64Array {
  const { U, S, V } = svd3(M)
  const [a, b] = values(S)
  const out = new Float64Array(9)
  for (let r = 0; r < 3; r++) {
    for (let c = 0; c < 3; c++) out[3 * r + c] = a * U[3 * r] * V[3 * c] + b * U[3 * r + 1] * V[3 * c + 1]
  }
  return out
}
