import { phi, phiInverse, setBlock } from './lie.js'
import { hat } from './mat3.js'
import { compose, invert, type Rigid } from './rigid.js'
import { so3Exp, so3LeftJacobian, so3LeftJacobianInverse, so3Log } from './so3.js'
import type { Numbers } from './vec3.js'

/**
 * SE(3): exponential map, logarithm, adjoint and Jacobians, on twists ξ = (ρ, ω), 6 numbers: the translational part in units of
 * length, then the rotation vector in radians. Sola, Deray, Atchuthan, "A micro Lie theory for state estimation in robotics"
 * (2018), equations 172–182. Errors on the left: Exp(ξ) T moves the target frame.
 */

/** Exp(ξ) = (Exp(ω), J_l(ω) ρ). */
export function se3Exp(xi: Numbers): Rigid {
  const w = [xi[3], xi[4], xi[5]]
  const V = so3LeftJacobian(w)
  const t = new Float64Array(3)
  for (let r = 0; r < 3; r++) t[r] = V[3 * r] * xi[0] + V[3 * r + 1] * xi[1] + V[3 * r + 2] * xi[2]
  return { R: so3Exp(w), t }
}

/** Log(T), with a rotation angle in [0, π]. */
export function se3Log({ R, t }: Rigid, out: Float64Array = new Float64Array(6)): Float64Array {
  const w = so3Log(R)
  const V = so3LeftJacobianInverse(w)
  for (let r = 0; r < 3; r++) out[r] = V[3 * r] * t[0] + V[3 * r + 1] * t[1] + V[3 * r + 2] * t[2]
  out.set(w, 3)
  return out
}

/** Ad(T), 6 × 6: T Exp(ξ) T⁻¹ = Exp(Ad(T) ξ). */
export function se3Adjoint({ R, t }: Rigid, out: Float64Array = new Float64Array(36)): Float64Array {
  out.fill(0, 0, 36)
  setBlock(out, 6, 0, 0, R)
  setBlock(out, 6, 3, 3, R)
  const T = hat(t)
  for (let r = 0; r < 3; r++) {
    for (let c = 0; c < 3; c++) {
      out[6 * r + 3 + c] = T[3 * r] * R[c] + T[3 * r + 1] * R[3 + c] + T[3 * r + 2] * R[6 + c]
    }
  }
  return out
}

/** ad(ξ), the derivative of Ad at the identity. */
function algebra(xi: Numbers, sign: 1 | -1): Float64Array {
  const A = new Float64Array(36)
  const W = hat([xi[3], xi[4], xi[5]])
  setBlock(A, 6, 0, 0, W, sign)
  setBlock(A, 6, 3, 3, W, sign)
  setBlock(A, 6, 0, 3, hat([xi[0], xi[1], xi[2]]), sign)
  return A
}

/** J_l(ξ), 6 × 6 row-major: Exp(ξ + δ) ≈ Exp(J_l δ) Exp(ξ). */
export function se3LeftJacobian(xi: Numbers): Float64Array {
  return phi(algebra(xi, 1), 6)
}

/** J_r(ξ) = J_l(−ξ): Exp(ξ + δ) ≈ Exp(ξ) Exp(J_r δ). */
export function se3RightJacobian(xi: Numbers): Float64Array {
  return phi(algebra(xi, -1), 6)
}

/** J_l(ξ)⁻¹, for ‖ω‖ < 2π. */
export function se3LeftJacobianInverse(xi: Numbers): Float64Array {
  return phiInverse(algebra(xi, 1), 6)
}

/** J_r(ξ)⁻¹, for ‖ω‖ < 2π. */
export function se3RightJacobianInverse(xi: Numbers): Float64Array {
  return phiInverse(algebra(xi, -1), 6)
}

/** The motion part s of the way from A (s = 0) to B (s = 1) on a screw: A · Exp(s · Log(A⁻¹ B)). */
export function se3Interpolate(A: Rigid, B: Rigid, s: number): Rigid {
  const xi = se3Log(compose(invert(A), B))
  for (let k = 0; k < 6; k++) xi[k] *= s
  return compose(A, se3Exp(xi))
}
