import { type Descent, descend } from '../descent.js'
import { type LossKernel, lossKernel } from '../loss.js'
import { intrinsicsUncertainty } from './covariance.js'
import { bundleLayout } from './layout.js'
import { evaluate, linearize, type NormalEquations, normalEquations, type ResidualSums } from './linearize.js'
import {
  type BundleMethod,
  type BundleOptions,
  type BundleProblem,
  type BundleReport,
  checkProblem,
  type StopReason,
} from './problem.js'
import { type ReducedSystem, reducedSystem, solveReduced } from './reduced-system.js'
import { backSubstitute, eliminatePoints, type SchurScratch, schurScratch, writeDamping } from './schur.js'
import { settlePoints } from './settle-points.js'
import { assignState, type BundleModel, type BundleState, bundleModel, copyState, stateOf } from './state.js'
import { applyStep, keepInFront } from './step.js'

/** All buffers of a run: nothing is allocated inside the iterations. */
interface Workspace {
  readonly model: BundleModel
  readonly H: NormalEquations
  readonly system: ReducedSystem
  readonly schur: SchurScratch
  readonly current: BundleState
  readonly candidate: BundleState
  readonly rows: Float64Array
  readonly pointStep: Float64Array
  readonly residual: Float64Array
  readonly basis: Float64Array
  readonly norms: { step: number; parameters: number }
  /** Of the current state, and of the candidate. */
  readonly sums: ResidualSums
  readonly trial: ResidualSums
}

/**
 * Refines poses, points and intrinsics to the least sum of robustified squared projection errors, in place. Levenberg–Marquardt
 * on the sparse normal equations: points are eliminated (Schur complement), the small system of poses and shared intrinsics is
 * solved, points follow, each as far as its own cost falls (`settlePoints`). Deterministic: every sum has one order.
 *
 * The cost does not see similarity transforms of the whole scene. Levenberg–Marquardt does not mind; fix one pose and one
 * baseline (`poseState`) where the result must stay in place.
 *
 * @throws EpipoleError `usage` on arrays that do not fit together, `aborted` when the signal fires
 */
export function bundleAdjust(problem: BundleProblem, options: BundleOptions = {}): BundleReport {
  checkProblem(problem)
  const loss = lossKernel(options.loss)
  const method = options.method ?? 'levenberg-marquardt'
  const w = workspace(problem, method === 'gradient-descent' ? 'iterative' : (options.linearSolver ?? 'auto'))
  const observations = problem.obsImage.length
  const rms = (s: ResidualSums) => Math.sqrt(s.squares / Math.max(1, observations - s.behind))
  const initialCost = evaluate(w.model, w.current, loss, w.sums)
  const initialRmsPx = rms(w.sums)
  const result =
    w.system.n === 0 && !hasFreePoint(problem)
      ? nothingFree(initialCost)
      : descend(bundleDescent(w, loss, method, options.parameterTolerance ?? 1e-8), initialCost, {
          method,
          maxIterations: options.maxIterations ?? (method === 'gradient-descent' ? 1000 : 50),
          functionTolerance: options.functionTolerance ?? 1e-6,
          gradientTolerance: options.gradientTolerance ?? 1e-10,
          signal: options.signal,
          onIteration: options.onIteration,
        })
  const finalCost = evaluate(w.model, w.current, loss, w.sums)
  const report: BundleReport = {
    ...result,
    finalCost,
    rejectedSteps: result.iterations - result.acceptedSteps,
    initialRmsPx,
    finalRmsPx: rms(w.sums),
    behind: w.sums.behind,
    unknowns: w.system.n,
    linearSolver: method === 'gradient-descent' ? 'none' : w.system.pattern === undefined ? 'dense' : 'iterative',
  }
  if (options.covariance !== 'intrinsics') return report
  linearize(w.model, w.current, loss, w.H)
  return { ...report, intrinsics: intrinsicsUncertainty(w.model, w.H, w.schur, problem, w.sums) }
}

function nothingFree(cost: number) {
  const stoppedBy: StopReason = 'nothing-free'
  return { iterations: 0, acceptedSteps: 0, initialCost: cost, finalCost: cost, stoppedBy }
}

function workspace(problem: BundleProblem, solver: 'auto' | 'dense' | 'iterative'): Workspace {
  const layout = bundleLayout(problem)
  const model = bundleModel(problem, layout)
  const current = stateOf(problem)
  const system = reducedSystem(layout, problem.imageCamera, solver)
  return {
    model,
    H: normalEquations(model),
    system,
    schur: schurScratch(model),
    current,
    candidate: copyState(current),
    rows: new Float64Array(system.n),
    pointStep: new Float64Array(3 * layout.points),
    residual: new Float64Array(system.n),
    basis: new Float64Array(9),
    norms: { step: 0, parameters: 0 },
    sums: { cost: 0, squares: 0, weighted: 0, behind: 0 },
    trial: { cost: 0, squares: 0, weighted: 0, behind: 0 },
  }
}

function bundleDescent(w: Workspace, loss: LossKernel, method: BundleMethod, parameterTolerance: number): Descent {
  const { model, current, candidate, norms } = w
  return {
    linearize: () => {
      linearize(model, current, loss, w.H)
      return largestGradient(w.H)
    },
    step: (size) => STEPS[method](w, size),
    tryStep: () => {
      applyStep(model, current, w.rows, w.pointStep, candidate, w.basis, norms)
      keepInFront(model, current, candidate)
      w.trial.cost = evaluate(model, candidate, loss, w.trial)
      // Only a step that is good by itself: points that follow wherever cameras go would excuse a wild one.
      if (method === 'levenberg-marquardt' && w.trial.cost < w.sums.cost) {
        w.trial.cost -= settlePoints(model, candidate, loss)
      }
      return w.trial.cost
    },
    isShort: () => norms.step <= parameterTolerance * parameterTolerance * (norms.parameters + parameterTolerance),
    accept: () => {
      assignState(current, candidate)
      Object.assign(w.sums, w.trial)
    },
  }
}

function hasFreePoint(problem: BundleProblem): boolean {
  return problem.points.length > 0 && (problem.pointFixed === undefined || problem.pointFixed.includes(0))
}

function largestGradient(H: NormalEquations): number {
  let largest = 0
  for (let i = 0; i < H.gradient.length; i++) largest = Math.max(largest, Math.abs(H.gradient[i]))
  for (let i = 0; i < H.pointGradient.length; i++) largest = Math.max(largest, Math.abs(H.pointGradient[i]))
  return largest
}

/**
 * A step of a method into `rows` and `pointStep`.
 *
 * @returns the decrease of the cost that the quadratic (gradient descent: linear) model predicts; NaN where the equations have no
 *   solution
 */
type Step = (w: Workspace, radius: number) => number

const STEPS: Record<BundleMethod, Step> = {
  'levenberg-marquardt': (w, radius) => dampedStep(w, radius),
  'gauss-newton': (w, length) => {
    const predicted = dampedStep(w, Number.POSITIVE_INFINITY)
    scaleStep(w, length)
    // Along the Newton direction the model falls by (2λ − λ²) of the whole.
    return predicted * length * (2 - length)
  },
  'gradient-descent': (w, length) => {
    // Steepest descent in the metric of the curvature's diagonal, without which pixels per radian would meet metres.
    writeDamping(w.model, w.H, 1, w.schur)
    let slope = 0
    for (let i = 0; i < w.rows.length; i++) {
      w.rows[i] = -w.H.gradient[i] / w.schur.damping[i]
      slope -= w.rows[i] * w.H.gradient[i]
    }
    for (let i = 0; i < w.pointStep.length; i++) {
      const d = w.schur.pointDamping[i]
      w.pointStep[i] = d > 0 ? -w.H.pointGradient[i] / d : 0
      slope -= w.pointStep[i] * w.H.pointGradient[i]
    }
    scaleStep(w, length)
    return slope * length
  },
}

function scaleStep(w: Workspace, length: number): void {
  if (length === 1) return
  for (let i = 0; i < w.rows.length; i++) w.rows[i] *= length
  for (let i = 0; i < w.pointStep.length; i++) w.pointStep[i] *= length
}

/** Solves (H + D) δ = −g, D = diag(H)/radius. */
function dampedStep(w: Workspace, radius: number): number {
  const { model, H, schur, system, rows, pointStep, residual } = w
  writeDamping(model, H, radius, schur)
  eliminatePoints(model, H, system, schur)
  if (!solveReduced(system, model.layout, schur.rhs, rows, residual)) return Number.NaN
  backSubstitute(model, H, schur, rows, pointStep)
  // With (H + D) δ = −g + ρ: −gᵀδ − ½ δᵀHδ = ½ δᵀ(Dδ − g − ρ).
  let predicted = 0
  for (let i = 0; i < rows.length; i++) {
    predicted += rows[i] * (schur.damping[i] * rows[i] - H.gradient[i] - residual[i])
  }
  for (let i = 0; i < pointStep.length; i++) {
    predicted += pointStep[i] * (schur.pointDamping[i] * pointStep[i] - H.pointGradient[i])
  }
  return 0.5 * predicted
}
