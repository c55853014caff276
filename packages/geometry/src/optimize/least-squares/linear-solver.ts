import { conjugateGradientSolver } from './conjugate-gradient.js'
import { denseSolver } from './dense.js'
import type { Linearization } from './linearization.js'
import { schurSolver } from './schur.js'

/**
 * How (JᵀJ + D) δ = −Jᵀr is solved:
 *
 * - `dense`: QR of the whole Jacobian, never its square: keeps the digits of ill-conditioned problems.
 * - `schur`: the blocks named by `eliminate` are eliminated one by one, and what remains is solved by Cholesky.
 * - `conjugateGradient`: what remains is never formed; its equations are multiplied term by term and preconditioned by their
 *   diagonal blocks.
 */
export type LinearSolverName = 'dense' | 'schur' | 'conjugateGradient'

export interface LinearSolver {
  /**
   * Prepares for the damping D = scaling/radius; infinite: none.
   *
   * @returns false where JᵀJ + D is not positive definite
   */
  readonly factor: (radius: number) => boolean
  /**
   * Writes δ with (JᵀJ + D) δ = −Jᵀr − ρ, ρ what an iterative solver leaves over.
   *
   * @param r residuals of each term
   * @returns ½ δᵀρ, 0 where the solution is exact; NaN where there is none
   */
  readonly solve: (r: readonly Float64Array[], step: Float64Array) => number
  /** (JᵀJ)⁻¹ of the blocks that are not eliminated, row-major; `undefined` where it does not exist. */
  readonly inverse: () => Float64Array | undefined
}

export const linearSolvers: Record<
  LinearSolverName,
  (lin: Linearization, eliminate: readonly number[]) => LinearSolver
> = { dense: denseSolver, schur: schurSolver, conjugateGradient: conjugateGradientSolver }
