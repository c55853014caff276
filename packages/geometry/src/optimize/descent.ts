import { throwIfAborted } from '@epipole/core'
import { narrow, restart, trustRegion, widen } from './trust-region.js'

/**
 * The one loop behind every least-squares method here: linearise, propose a step, try it, keep or shorten it. What a step
 * is (dense QR, Schur complement, gradient) is the problem's business.
 */
export type DescentMethod = 'levenberg-marquardt' | 'gauss-newton' | 'gradient-descent'

export interface Descent {
  /** Linearises at the current value. @returns the largest component of the gradient */
  readonly linearize: () => number
  /**
   * Computes a step: damped for Levenberg–Marquardt (`size` is the trust region's radius), of `size` times the full length for
   * the others.
   *
   * @returns the decrease of the cost that the linear model predicts; NaN where the equations have no solution
   */
  readonly step: (size: number) => number
  /** Cost after the step; anything not finite counts as too long a step. */
  readonly tryStep: () => number
  /** Whether the step was negligible against the parameters. */
  readonly isShort: () => boolean
  /** Takes the step that was tried. */
  readonly accept: () => void
}

export interface DescentOptions {
  readonly method: DescentMethod
  readonly maxIterations: number
  /** Relative decrease of the cost. */
  readonly functionTolerance: number
  readonly gradientTolerance: number
  readonly signal: AbortSignal | undefined
  readonly onIteration:
    | ((state: { iteration: number; cost: number; accepted: boolean; gradient: number; radius: number }) => void)
    | undefined
}

/** Why a descent ended. */
export type DescentStop =
  | 'function-tolerance'
  | 'gradient-tolerance'
  | 'parameter-tolerance'
  | 'max-iterations'
  /** No step, however short, lowers the cost. */
  | 'no-progress'
  /** Gauss–Newton only: the normal equations have no unique solution. */
  | 'singular'

export interface DescentResult {
  readonly iterations: number
  readonly acceptedSteps: number
  readonly initialCost: number
  readonly finalCost: number
  readonly stoppedBy: DescentStop
}

/** A step is kept when it achieves this part of the predicted decrease. */
const MIN_QUALITY = 1e-3

export function descend(problem: Descent, initialCost: number, options: DescentOptions): DescentResult {
  const { method } = options
  const damped = method === 'levenberg-marquardt'
  const region = trustRegion(damped ? undefined : 1)
  let cost = initialCost
  let gradient = 0
  let iterations = 0
  let acceptedSteps = 0
  let stale = true
  const end = (stoppedBy: DescentStop) => ({ iterations, acceptedSteps, initialCost, finalCost: cost, stoppedBy })
  for (;;) {
    throwIfAborted(options.signal)
    if (stale) {
      gradient = problem.linearize()
      stale = false
      if (gradient <= options.gradientTolerance) return end('gradient-tolerance')
    }
    if (iterations >= options.maxIterations) return end('max-iterations')
    iterations++
    const predicted = problem.step(region.radius)
    if (method === 'gauss-newton' && !(predicted > 0)) return end('singular')
    const next = predicted > 0 ? problem.tryStep() : Number.NaN
    const decrease = cost - next
    const accepted = decrease / predicted > MIN_QUALITY
    let stoppedBy: DescentStop | undefined
    if (accepted) {
      problem.accept()
      acceptedSteps++
      stale = true
      if (decrease <= options.functionTolerance * cost) stoppedBy = 'function-tolerance'
      else if (problem.isShort()) stoppedBy = 'parameter-tolerance'
      cost = next
      if (damped) widen(region, decrease / predicted)
      else restart(region, method === 'gauss-newton' ? 1 : 2 * region.radius)
    } else if (predicted > 0 && problem.isShort()) {
      stoppedBy = 'parameter-tolerance'
    } else if (!narrow(region)) {
      stoppedBy = 'no-progress'
    }
    options.onIteration?.({ iteration: iterations, cost, accepted, gradient, radius: region.radius })
    if (stoppedBy !== undefined) return end(stoppedBy)
  }
}
