import { EpipoleError } from '@epipole/core'
import { type Descent, type DescentMethod, type DescentResult, descend } from './descent.js'
import { accelerate, accelerationOf } from './least-squares/acceleration.js'
import { type LinearSolver, type LinearSolverName, linearSolvers } from './least-squares/linear-solver.js'
import {
  costAt,
  type Linearization,
  linearization,
  linearizeAt,
  plus,
  predictedDecrease,
  termValues,
} from './least-squares/linearization.js'
import { type BlockProblem, checkSizes, inBlocks, type LeastSquaresProblem } from './least-squares/problem.js'

export type { BlockProblem, LeastSquaresProblem, ResidualTerm } from './least-squares/problem.js'

/**
 * Problem: the least sum of squares of any residuals.
 * Equation: min ½ Σ ρ(‖r_b(x)‖²), x on a product of manifolds.
 * Source: Moré 1978, Nielsen 1999, Transtrum and Sethna 2012; Ceres for the interface.
 * Preconditions: residuals that are finite at the start, and smooth.
 * Solutions: one: a local minimum near the start, with the reason for stopping.
 */

/**
 * min over x of ½ Σ ρ(‖r_b(x)‖²). Three methods behind one interface: Levenberg–Marquardt (Moré 1978; trust region after
 * Nielsen 1999; geodesic acceleration, Transtrum & Sethna 2012), Gauss–Newton with step halving, and gradient descent; three ways to solve their linear systems. A problem is one
 * function (`LeastSquaresProblem`), or terms over blocks of parameters (`BlockProblem`), of which the first is the case of one term.
 */
export interface LeastSquaresOptions {
  /** Default: `levenberg-marquardt`. */
  readonly method?: DescentMethod
  /** Default: `schur` where the problem names blocks to eliminate, else `dense`. Gradient descent solves none. */
  readonly linearSolver?: LinearSolverName
  /** Default 200 (gradient descent: 10 000). */
  readonly maxIterations?: number
  /** Stop when a step lowers the cost by less than this part of it. Default 1e-14. */
  readonly functionTolerance?: number
  /** Stop when no component of the gradient is larger. Default 1e-14. */
  readonly gradientTolerance?: number
  /** Stop when a step is shorter than this part of the parameters. Default 1e-12. */
  readonly parameterTolerance?: number
  /** Adds the covariance to the report. Default false. */
  readonly covariance?: boolean
  readonly signal?: AbortSignal
  readonly onIteration?: (state: { iteration: number; cost: number; accepted: boolean }) => void
}

export interface LeastSquaresReport extends DescentResult {
  /**
   * On request, of the degrees of freedom of all blocks that are not eliminated, in their order: σ² (JᵀJ)⁻¹ with
   * σ² = 2·cost/(residuals − degrees of freedom). Absent where the residuals do not determine the parameters.
   */
  readonly covariance?: Float64Array
}

/**
 * Minimises from x, in place.
 *
 * @throws EpipoleError `usage` where sizes do not fit or the start has residuals that are not finite; `aborted` when the signal
 *   fires
 */
export function solveLeastSquares(
  problem: LeastSquaresProblem | BlockProblem,
  x: Float64Array,
  options: LeastSquaresOptions = {},
): LeastSquaresReport {
  checkSizes(problem, x)
  const blocks = inBlocks(problem)
  const { eliminate = [] } = blocks
  const { method = 'levenberg-marquardt', linearSolver = eliminate.length > 0 ? 'schur' : 'dense' } = options
  const lin = linearization(blocks)
  const solver = linearSolvers[linearSolver](lin, eliminate)
  const initialCost = costAt(lin, termValues(lin, x))
  if (!Number.isFinite(initialCost)) {
    throw new EpipoleError('usage', 'Least squares: the residuals at the start are not finite.', { x: [...x] })
  }
  const descent = descentFrom(lin, x, method, solver, options.parameterTolerance ?? 1e-12)
  const report = descend(descent, initialCost, {
    method,
    maxIterations: options.maxIterations ?? (method === 'gradient-descent' ? 10_000 : 200),
    functionTolerance: options.functionTolerance ?? 1e-14,
    gradientTolerance: options.gradientTolerance ?? 1e-14,
    signal: options.signal,
    onIteration: options.onIteration,
  })
  const freedom = lin.residualCount - lin.dimension
  if (options.covariance !== true || freedom <= 0) return report
  descent.linearize()
  const covariance = solver.inverse()?.map((v) => v * ((2 * report.finalCost) / freedom))
  return covariance === undefined ? report : { ...report, covariance }
}

function descentFrom(
  lin: Linearization,
  x: Float64Array,
  method: DescentMethod,
  solver: LinearSolver,
  parameterTolerance: number,
): Descent {
  const candidate = new Float64Array(x.length)
  const step = new Float64Array(lin.dimension)
  const values = termValues(lin, x)
  const tried = termValues(lin, candidate)
  const acceleration = accelerationOf(lin)
  const flat = lin.dimension === x.length
  return {
    linearize: () => {
      linearizeAt(lin, x, values)
      let largest = 0
      for (const g of lin.gradient) largest = Math.max(largest, Math.abs(g))
      return largest
    },
    step: (size) => {
      const predicted = STEPS[method](lin, solver, size, step)
      const bends = method === 'levenberg-marquardt' && predicted > 0
      return !bends || accelerate(lin, solver, acceleration, x, step, candidate, tried) ? predicted : Number.NaN
    },
    tryStep: () => {
      plus(lin, x, step, candidate)
      return costAt(lin, tried)
    },
    isShort: () => isShort(step, lin.diagonal, x, flat, parameterTolerance),
    accept: () => x.set(candidate),
  }
}

/**
 * A step of a method.
 *
 * @returns the decrease of the cost that the quadratic (gradient descent: linear) model predicts; NaN where there is no step
 */
type Step = (lin: Linearization, solver: LinearSolver, size: number, step: Float64Array) => number

const STEPS: Record<DescentMethod, Step> = {
  'levenberg-marquardt': newtonStep,
  'gauss-newton': (lin, solver, length, step) => {
    const predicted = newtonStep(lin, solver, Number.POSITIVE_INFINITY, step)
    for (let c = 0; c < step.length; c++) step[c] *= length
    // Along the Newton direction the model falls by (2λ − λ²) of the whole.
    return predicted * length * (2 - length)
  },
  'gradient-descent': ({ gradient, diagonal }, _, length, step) => {
    let slope = 0
    for (let c = 0; c < step.length; c++) {
      // Scaled by the curvature's diagonal, so that the parameters' units do not matter.
      step[c] = diagonal[c] > 0 ? (-gradient[c] / diagonal[c]) * length : 0
      slope -= step[c] * gradient[c]
    }
    return slope
  },
}

function newtonStep(lin: Linearization, solver: LinearSolver, radius: number, step: Float64Array): number {
  if (!solver.factor(radius)) return Number.NaN
  const residuals = lin.terms.map(({ r }) => r)
  return solver.solve(residuals, step) + predictedDecrease(lin, radius, step)
}

/** Whether a step is negligible: against the parameters' own size, each by itself where they are numbers of ℝⁿ. */
function isShort(
  step: Float64Array,
  diagonal: Float64Array,
  x: Float64Array,
  flat: boolean,
  tolerance: number,
): boolean {
  if (flat) return step.every((s, i) => diagonal[i] === 0 || Math.abs(s) <= tolerance * (Math.abs(x[i]) + tolerance))
  let norm = 0
  for (let i = 0; i < x.length; i++) norm += x[i] * x[i]
  return step.every((s) => Math.abs(s) <= tolerance * (Math.sqrt(norm) + tolerance))
}
