import {
  estimateAbsolutePose,
  estimateEssential,
  estimateFundamental,
  estimateHomography,
  prosac,
  type RansacReport,
} from '@epipole/geometry'
import { type Problem, raysOf } from './problem.js'

export const CONFIDENCE = 0.999
/** Trials that measure what one costs, and the fewest that any method gets. */
export const CALIBRATION_TRIALS = 2000
export const MIN_TRIALS = 200

/** Bound of the residuals, pixels: three times the largest noise. */
export const BOUND_PX = 6

export interface Outcome {
  readonly ms: number
  readonly model: ArrayLike<number> | undefined
}

/** One estimation. Where there are scores the matches are ranked by them, which is part of the time. */
export function runOurs(
  problem: Problem,
  maxTrials: number,
  seed: number,
  earlyExit = true,
): Outcome & { readonly report: RansacReport } {
  const { family, pixels1, pixels2, points, scores, K1, K2 } = problem
  const [rays1, rays2] = [raysOf(pixels1, K1), raysOf(pixels2, K2)]
  const started = performance.now()
  const sampler =
    scores.length > 0 ? prosac(Int32Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a])) : undefined
  const options = {
    maxResidual: BOUND_PX,
    scoring: 'marginal',
    ...(sampler && { sampler }),
    confidence: CONFIDENCE,
    maxTrials,
    seed,
    earlyExit,
  } as const
  const focals = { focal1: K1[0], focal2: K2[0], focal: K2[0] }
  const { model, report } =
    family === 'H'
      ? estimateHomography(pixels1, pixels2, options)
      : family === 'F'
        ? estimateFundamental(pixels1, pixels2, options)
        : family === 'E'
          ? estimateEssential(rays1, rays2, { ...options, ...focals })
          : estimateAbsolutePose(rays2, points, { ...options, ...focals })
  const ms = performance.now() - started
  const numbers = model && ('R' in model ? Float64Array.of(...model.R, ...model.t) : model)
  return { ms, model: numbers, report }
}

/** Trials that fit into the budget, from what they cost where there is nothing to find. */
export function calibrateOurs(hopeless: Problem, budgetMs: number): number {
  const costs = [0, 1, 2].map((seed) => {
    const { ms, report } = runOurs(hopeless, CALIBRATION_TRIALS, seed)
    return ms / report.trials
  })
  return Math.max(MIN_TRIALS, Math.floor(budgetMs / costs.sort((a, b) => a - b)[1]))
}
