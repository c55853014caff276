import { exp, log } from '@epipole/core'
import { phi, phiInverse, setBlock } from './lie.js'
import { hat, mat3Apply } from './mat3.js'
import { composeSim3, invertSim3, type Sim3 } from './sim3.js'
import { so3Exp, so3Log } from './so3.js'
import type { Numbers } from './vec3.js'

/**
 * Sim(3): exponential map, logarithm, adjoint and Jacobians, on ξ = (ρ, ω, σ), 7 numbers: translational part, rotation vector
 * in radians, logarithm of the scale. Exp(ξ) = (e^σ, Exp(ω), W ρ) with W = ∫₀¹ e^{τ(σI + [ω]ₓ)} dτ. Eade, "Lie groups for 2D
 * and 3D transformations" (2013), section 6; its closed forms of W are replaced by a series without cancellation.
 */

/** σI + [ω]ₓ. */
function generator(xi: Numbers): Float64Array {
  const M = hat([xi[3], xi[4], xi[5]])
  for (let k = 0; k < 9; k += 4) M[k] = xi[6]
  return M
}

/** Exp(ξ). */
export function sim3Exp(xi: Numbers): Sim3 {
  const t = mat3Apply(phi(generator(xi), 3), xi)
  return { scale: exp(xi[6]), R: so3Exp([xi[3], xi[4], xi[5]]), t }
}

/** Log(S), with a rotation angle in [0, π]. */
export function sim3Log({ scale, R, t }: Sim3, out: Float64Array = new Float64Array(7)): Float64Array {
  out.set(so3Log(R), 3)
  out[6] = log(scale)
  mat3Apply(phiInverse(generator(out), 3), t, out)
  return out
}

/** Ad(S), 7 × 7: S Exp(ξ) S⁻¹ = Exp(Ad(S) ξ). */
export function sim3Adjoint({ scale, R, t }: Sim3, out: Float64Array = new Float64Array(49)): Float64Array {
  out.fill(0, 0, 49)
  setBlock(out, 7, 0, 0, R, scale)
  setBlock(out, 7, 3, 3, R)
  const T = hat(t)
  for (let r = 0; r < 3; r++) {
    for (let c = 0; c < 3; c++) {
      out[7 * r + 3 + c] = T[3 * r] * R[c] + T[3 * r + 1] * R[3 + c] + T[3 * r + 2] * R[6 + c]
    }
    out[7 * r + 6] = -t[r]
  }
  out[48] = 1
  return out
}

/** ad(ξ), the derivative of Ad at the identity. */
function algebra(xi: Numbers, sign: 1 | -1): Float64Array {
  const A = new Float64Array(49)
  setBlock(A, 7, 0, 0, generator(xi), sign)
  setBlock(A, 7, 3, 3, hat([xi[3], xi[4], xi[5]]), sign)
  setBlock(A, 7, 0, 3, hat(xi), sign)
  for (let r = 0; r < 3; r++) A[7 * r + 6] = -sign * xi[r]
  return A
}

/** J_l(ξ), 7 × 7 row-major: Exp(ξ + δ) ≈ Exp(J_l δ) Exp(ξ). */
export function sim3LeftJacobian(xi: Numbers): Float64Array {
  return phi(algebra(xi, 1), 7)
}

/** J_r(ξ) = J_l(−ξ): Exp(ξ + δ) ≈ Exp(ξ) Exp(J_r δ). */
export function sim3RightJacobian(xi: Numbers): Float64Array {
  return phi(algebra(xi, -1), 7)
}

/** J_l(ξ)⁻¹, for ‖ω‖ < 2π. */
export function sim3LeftJacobianInverse(xi: Numbers): Float64Array {
  return phiInverse(algebra(xi, 1), 7)
}

/** J_r(ξ)⁻¹, for ‖ω‖ < 2π. */
export function sim3RightJacobianInverse(xi: Numbers): Float64Array {
  return phiInverse(algebra(xi, -1), 7)
}

/** The similarity part s of the way from A (s = 0) to B (s = 1): A · Exp(s · Log(A⁻¹ B)). */
export function sim3Interpolate(A: Sim3, B: Sim3, s: number): Sim3 {
  const xi = sim3Log(composeSim3(invertSim3(A), B))
  for (let k = 0; k < 7; k++) xi[k] *= s
  return composeSim3(A, sim3Exp(xi))
}
