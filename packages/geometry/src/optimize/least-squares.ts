import { EpipoleError } from '@epipole/core'
import { qrFactor, qrSolve } from '../math/qr.js'
import { covarianceOf } from './covariance.js'
import { type Descent, type DescentMethod, type DescentResult, descend } from './descent.js'
import { type Loss, type LossKernel, lossKernel, lossValue, lossWeight } from './loss.js'
import { euclidean, type Manifold } from './manifold.js'
import { numericJacobian } from './numeric-jacobian.js'

/**
 * min over x of ½ Σ ρ(‖r_b(x)‖²), dense. Three methods behind one interface: Levenberg–Marquardt (Moré 1978; trust region
 * after Nielsen 1999; geodesic acceleration, Transtrum & Sethna 2012), Gauss–Newton with step halving, and gradient descent.
 * Steps come from QR factorisations of the Jacobian, not from normal equations, so ill-conditioned problems keep their digits.
 */
export interface LeastSquaresProblem {
  /** Number of residuals. */
  readonly residualCount: number
  /** Number of stored parameters. */
  readonly parameterCount: number
  /** Writes the residuals at x; a residual that is not finite makes the solver take a shorter step. */
  readonly residuals: (x: Float64Array, out: Float64Array) => void
  /** Writes ∂residuals/∂x, residualCount × parameterCount, row-major. Default: central differences. */
  readonly jacobian?: (x: Float64Array, out: Float64Array) => void
  /** Default: all of ℝⁿ. */
  readonly manifold?: Manifold
  /** Default: trivial. */
  readonly loss?: Loss
  /** Residuals that are judged together by the loss, one block after the other (2 for pixels). Default 1. */
  readonly lossBlock?: number
}

export interface LeastSquaresOptions {
  /** Default: `levenberg-marquardt`. */
  readonly method?: DescentMethod
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
   * On request, of the manifold's degrees of freedom: σ² (JᵀJ)⁻¹ with σ² = 2·cost/(residuals − degrees of freedom). Absent
   * where the residuals do not determine the parameters.
   */
  readonly covariance?: Float64Array
}

/**
 * What a parameter's damping keeps of itself from one accepted step to the next where the residuals have become flat in it. Moré's
 * rule keeps all, and a parameter that once mattered much is held for ever (MGH10 of NIST's problems); keeping nothing sets a parameter free at
 * once where an exponential dies (MGH17, BoxBOD).
 */
const SCALING_MEMORY = 0.5

/**
 * Along a step v the residuals bend: r(x + v) ≈ r + J v + ½ r″, and the least-squares step of the bend is the acceleration
 * a, solved for with the damping of v. A step whose acceleration is longer than half of this part of it (lengths by the damping's scaling)
 * leaves the region where the model means anything, though it may lower the cost: into the plateau of dead exponentials, say.
 * Transtrum & Sethna, "Improvements to the Levenberg–Marquardt algorithm for nonlinear least-squares minimization" (2012),
 * whose values these are.
 */
const MOST_ACCELERATION = 0.75
/** Part of the step after which the bend is measured. */
const BEND_AT = 0.1
/** Bends below so many roundings of the residuals are noise. */
const BEND_NOISE = 1e3 * Number.EPSILON

interface Workspace {
  readonly problem: LeastSquaresProblem
  readonly manifold: Manifold
  readonly loss: LossKernel
  readonly block: number
  /** Weighted residuals and Jacobian in the tangent space. */
  readonly r: Float64Array
  /** Residuals of a candidate. */
  readonly trial: Float64Array
  readonly J: Float64Array
  readonly ambient: Float64Array
  readonly differential: Float64Array
  /** Room for the Jacobian with the damping below it. */
  readonly A: Float64Array
  readonly b: Float64Array
  readonly gradient: Float64Array
  /** Diagonal of JᵀJ. */
  readonly diagonal: Float64Array
  /** What damps the steps: the diagonal, but never less than a part of what it was a step before. */
  readonly scaling: Float64Array
  readonly step: Float64Array
  readonly betas: Float64Array
  /** The weight √ρ′ of every residual. */
  readonly weights: Float64Array
  readonly acceleration: Float64Array
}

/**
 * Minimises from x, in place.
 *
 * @throws EpipoleError `usage` where sizes do not fit or the start has residuals that are not finite; `aborted` when the signal
 *   fires
 */
export function solveLeastSquares(
  problem: LeastSquaresProblem,
  x: Float64Array,
  options: LeastSquaresOptions = {},
): LeastSquaresReport {
  const w = workspace(problem, x)
  const method = options.method ?? 'levenberg-marquardt'
  const initialCost = costAt(w, x)
  if (!Number.isFinite(initialCost)) {
    throw new EpipoleError('usage', 'Least squares: the residuals at the start are not finite.', { x: [...x] })
  }
  const report = descend(denseDescent(w, x, method, options.parameterTolerance ?? 1e-12), initialCost, {
    method,
    maxIterations: options.maxIterations ?? (method === 'gradient-descent' ? 10_000 : 200),
    functionTolerance: options.functionTolerance ?? 1e-14,
    gradientTolerance: options.gradientTolerance ?? 1e-14,
    signal: options.signal,
    onIteration: options.onIteration,
  })
  if (options.covariance !== true) return report
  linearizeAt(w, x)
  const covariance = covarianceOf(w.J, problem.residualCount, w.manifold.dimension, report.finalCost)
  return covariance === undefined ? report : { ...report, covariance }
}

function denseDescent(w: Workspace, x: Float64Array, method: DescentMethod, parameterTolerance: number): Descent {
  const candidate = new Float64Array(x.length)
  return {
    linearize: () => {
      linearizeAt(w, x)
      let largest = 0
      for (const g of w.gradient) largest = Math.max(largest, Math.abs(g))
      return largest
    },
    step: (size) => {
      const predicted = writeStep(w, method, size)
      return method !== 'levenberg-marquardt' || accelerate(w, x, candidate) ? predicted : Number.NaN
    },
    tryStep: () => {
      w.manifold.plus(x, w.step, candidate)
      return costAt(w, candidate)
    },
    isShort: () => isShort(w.step, w.diagonal, x, w.manifold.dimension === x.length, parameterTolerance),
    accept: () => x.set(candidate),
  }
}

function workspace(problem: LeastSquaresProblem, x: Float64Array): Workspace {
  const { residualCount: m, parameterCount: n, lossBlock: block = 1 } = problem
  const manifold = problem.manifold ?? euclidean(n)
  if (x.length !== n || manifold.size !== n || m % block !== 0) {
    throw new EpipoleError(
      'usage',
      `Least squares: ${x.length} parameters were given for a problem of ${n} on a manifold of ${manifold.size}, and ${m} residuals in blocks of ${block}.`,
      { parameters: x.length, expected: n, manifold: manifold.size, residuals: m, block },
    )
  }
  const d = manifold.dimension
  return {
    problem,
    manifold,
    loss: lossKernel(problem.loss),
    block,
    r: new Float64Array(m),
    trial: new Float64Array(m),
    J: new Float64Array(m * d),
    ambient: new Float64Array(m * n),
    differential: new Float64Array(n * d),
    A: new Float64Array((m + d) * d),
    b: new Float64Array(m + d),
    gradient: new Float64Array(d),
    diagonal: new Float64Array(d),
    scaling: new Float64Array(d),
    step: new Float64Array(d),
    betas: new Float64Array(d),
    weights: new Float64Array(m),
    acceleration: new Float64Array(d),
  }
}

function blockSquare(r: Float64Array, at: number, size: number): number {
  let s = 0
  for (let k = at; k < at + size; k++) s += r[k] * r[k]
  return s
}

function costAt(w: Workspace, x: Float64Array): number {
  w.problem.residuals(x, w.trial)
  let cost = 0
  for (let at = 0; at < w.trial.length; at += w.block) {
    cost += 0.5 * lossValue(w.loss.kind, w.loss.square, blockSquare(w.trial, at, w.block))
  }
  return cost
}

/** Residuals and Jacobian at x, each block scaled by √ρ′; the gradient and the diagonal of JᵀJ. */
function linearizeAt(w: Workspace, x: Float64Array): void {
  const { problem, manifold, ambient, differential, r, J } = w
  const d = manifold.dimension
  const n = problem.parameterCount
  if (problem.jacobian === undefined) {
    numericJacobian(problem, manifold, x, J)
  } else {
    problem.jacobian(x, ambient)
    manifold.differential(x, differential)
    for (let i = 0; i < r.length; i++) {
      for (let c = 0; c < d; c++) {
        let s = 0
        for (let k = 0; k < n; k++) s += ambient[i * n + k] * differential[k * d + c]
        J[i * d + c] = s
      }
    }
  }
  problem.residuals(x, r)
  w.gradient.fill(0)
  w.diagonal.fill(0)
  for (let at = 0; at < r.length; at += w.block) {
    const weight = Math.sqrt(lossWeight(w.loss.kind, w.loss.square, blockSquare(r, at, w.block)))
    for (let i = at; i < at + w.block; i++) {
      r[i] *= weight
      w.weights[i] = weight
      for (let c = 0; c < d; c++) {
        const v = J[i * d + c] * weight
        J[i * d + c] = v
        w.gradient[c] += v * r[i]
        w.diagonal[c] += v * v
      }
    }
  }
  for (let c = 0; c < d; c++) {
    w.scaling[c] = Math.max(w.diagonal[c], SCALING_MEMORY * w.scaling[c])
  }
}

/** @returns the decrease that the model predicts; NaN where there is no step */
function writeStep(w: Workspace, method: DescentMethod, radius: number): number {
  const { r, J, step, gradient, diagonal, scaling } = w
  const m = r.length
  const d = step.length
  if (method === 'gradient-descent') {
    let slope = 0
    for (let c = 0; c < d; c++) {
      // Scaled by the curvature's diagonal, so that the parameters' units do not matter.
      step[c] = diagonal[c] > 0 ? (-gradient[c] / diagonal[c]) * radius : 0
      slope -= step[c] * gradient[c]
    }
    return slope
  }
  const damped = method === 'levenberg-marquardt'
  const { A, b } = w
  A.set(J)
  for (let i = 0; i < m; i++) b[i] = -r[i]
  if (damped) {
    A.fill(0, m * d)
    b.fill(0, m)
    for (let c = 0; c < d; c++) A[(m + c) * d + c] = Math.sqrt(scaling[c] > 0 ? scaling[c] / radius : 1)
  }
  const rows = damped ? m + d : m
  qrFactor(A, rows, d, w.betas)
  if (!qrSolve(A, rows, d, w.betas, b, step)) return Number.NaN
  // With (JᵀJ + D) δ = −g the model falls by ½ δᵀ(Dδ − g).
  let predicted = 0
  for (let c = 0; c < d; c++) {
    const D = damped ? (scaling[c] > 0 ? scaling[c] / radius : 1) : 0
    predicted += 0.5 * step[c] * (D * step[c] - gradient[c])
  }
  if (damped) return predicted
  for (let c = 0; c < d; c++) step[c] *= radius
  return predicted * radius * (2 - radius)
}

/**
 * Adds half the acceleration to the step.
 *
 * @param place room for parameters
 * @returns false where the step is too long for its bend
 */
function accelerate(w: Workspace, x: Float64Array, place: Float64Array): boolean {
  const { r, J, A, b, trial, step, acceleration, scaling } = w
  const m = r.length
  const d = step.length
  for (let c = 0; c < d; c++) acceleration[c] = BEND_AT * step[c]
  w.manifold.plus(x, acceleration, place)
  w.problem.residuals(place, trial)
  let bend = 0
  let size = 0
  for (let i = 0; i < m; i++) {
    let along = 0
    for (let c = 0; c < d; c++) along += J[i * d + c] * step[c]
    const second = (2 / BEND_AT) * ((w.weights[i] * trial[i] - r[i]) / BEND_AT - along)
    b[i] = -second
    bend += second * second
    size += r[i] * r[i]
  }
  if (!(bend < Number.POSITIVE_INFINITY)) return false
  const noise = (2 * BEND_NOISE) / (BEND_AT * BEND_AT)
  if (bend <= noise * noise * size) return true
  b.fill(0, m)
  if (!qrSolve(A, m + d, d, w.betas, b, acceleration)) return false
  let first = 0
  let second = 0
  for (let c = 0; c < d; c++) {
    first += scaling[c] * step[c] * step[c]
    second += scaling[c] * acceleration[c] * acceleration[c]
  }
  if (!(4 * second <= MOST_ACCELERATION * MOST_ACCELERATION * first)) return false
  for (let c = 0; c < d; c++) step[c] += 0.5 * acceleration[c]
  return true
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
