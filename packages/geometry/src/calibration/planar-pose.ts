import { mat3Inverse, mat3Multiply } from '../math/mat3.js'
import type { Rigid } from '../math/rigid.js'
import { nearestRotation } from '../math/svd3.js'
import type { Numbers } from '../math/vec3.js'

/**
 * Problem: the pose of a plane from its homography, for known K.
 * Equation: K⁻¹ H ∼ [r₁ r₂ t].
 * Source: Zhang 2000, section 3.1.
 * Preconditions: H regular, K invertible.
 * Solutions: one: of the two signs the one that puts the plane's origin in front.
 */

/**
 * camFromPlane of a plane z = 0 from its homography: K⁻¹ H = λ [r₁ r₂ t] with the sign that puts the plane's origin in front,
 * and the rotation nearest to [r₁ r₂ r₁×r₂]. Zhang 2000, section 3.1.
 *
 * @param K 9 numbers, row-major
 * @param H pixel from plane, 9 numbers, any scale
 */
export function planarPose(K: Numbers, H: Numbers): Rigid | undefined {
  const inverse = mat3Inverse(K)
  if (inverse === undefined) return undefined
  const A = mat3Multiply(inverse, H)
  const columns = [0, 1, 2].map((c) => [A[c], A[3 + c], A[6 + c]])
  const [n1, n2] = columns.map((v) => Math.sqrt(v[0] * v[0] + v[1] * v[1] + v[2] * v[2]))
  const scale = (columns[2][2] < 0 ? -2 : 2) / (n1 + n2)
  const [r1, r2, t] = columns.map((v) => v.map((x) => x * scale))
  const r3 = [r1[1] * r2[2] - r1[2] * r2[1], r1[2] * r2[0] - r1[0] * r2[2], r1[0] * r2[1] - r1[1] * r2[0]]
  const R = nearestRotation([r1[0], r2[0], r3[0], r1[1], r2[1], r3[1], r1[2], r2[2], r3[2]])
  return R.every(Number.isFinite) && t.every(Number.isFinite) ? { R, t: Float64Array.from(t) } : undefined
}
