import { choleskyFactor, choleskySolve } from '../math/cholesky.js'

/**
 * Levenberg–Marquardt for the refinements inside robust estimation: few parameters, many residuals, no allocation once
 * warm. (The general optimiser, with losses, manifolds and covariance, is in `optimize/`.)
 */
export interface LocalProblem {
  /** Parameters of a step, at most 16. */
  readonly dimension: number
  /** Adds JᵀJ (lower triangle, row-major) and Jᵀr at the state to zeroed buffers; returns Σ r². */
  linearize(JtJ: Float64Array, Jtr: Float64Array): number
  /** Puts state ⊞ step into the trial state and returns its Σ r². */
  tryStep(step: Float64Array): number
  /** Makes the trial state the state. */
  accept(): void
}

const MAX_DIMENSION = 16
const JtJ = new Float64Array(MAX_DIMENSION * MAX_DIMENSION)
const damped = new Float64Array(MAX_DIMENSION * MAX_DIMENSION)
const Jtr = new Float64Array(MAX_DIMENSION)
const step = new Float64Array(MAX_DIMENSION)

/** Runs until the cost falls by less than `tolerance` (relative) or `maxIterations` are done; false when it is not finite. */
export function minimizeLocally(problem: LocalProblem, maxIterations: number, tolerance: number): boolean {
  const n = problem.dimension
  let lambda = 1e-4
  JtJ.fill(0, 0, n * n)
  Jtr.fill(0, 0, n)
  let cost = problem.linearize(JtJ, Jtr)
  if (!(cost < Number.POSITIVE_INFINITY)) return false
  for (let iteration = 0; iteration < maxIterations && cost > 0; iteration++) {
    for (let k = 0; k < n * n; k++) damped[k] = JtJ[k]
    for (let k = 0; k < n; k++) damped[k * n + k] += lambda * JtJ[k * n + k] + 1e-300
    let lower = Number.POSITIVE_INFINITY
    if (choleskyFactor(damped, n)) {
      choleskySolve(damped, n, Jtr, step)
      for (let k = 0; k < n; k++) step[k] = -step[k]
      lower = problem.tryStep(step)
    }
    if (!(lower < cost)) {
      lambda *= 16
      if (lambda > 1e8) break
      continue
    }
    problem.accept()
    const gain = cost - lower
    cost = lower
    if (gain <= tolerance * cost) break
    lambda = Math.max(1e-10, lambda / 8)
    JtJ.fill(0, 0, n * n)
    Jtr.fill(0, 0, n)
    problem.linearize(JtJ, Jtr)
  }
  return true
}
