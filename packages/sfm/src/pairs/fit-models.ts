import { randomStream } from '@epipole/core'
import {
  estimateEssential,
  estimateFundamental,
  estimateHomography,
  sampsonErrors,
  transferErrors,
} from '@epipole/geometry'
import type { PairPoints } from './pair-points.js'
import { type Chance, leastSignificant } from './significance.js'
import type { ResolvedVerifyOptions } from './verify-options.js'

/** A model and the indices of the matches that fit it. */
export interface Fit {
  readonly model: Float64Array
  readonly inliers: Int32Array
}

/** Below so many inliers a pair is only looked for where they are a good share of its matches. */
const FEW = 45
/** That share. */
const SHARE_OF_FEW = 0.45
/** Of any number of matches, this share. */
const LEAST_SHARE = 0.25
/** Where E found nothing, F is a way out for wrong intrinsics only; this share. */
const SHARE_WITHOUT_E = 0.5

/** H, E and F in the order of their cost, none searched for longer than what is worth finding would take to find. */
export function fitModels(points: PairPoints, o: ResolvedVerifyOptions): Partial<Record<'E' | 'F' | 'H', Fit>> {
  const { a, b, raysA, raysB, pixel, calibrated } = points
  const n = a.length / 2
  const worth = (model: keyof typeof MODELS, share: number) => {
    const least = leastSignificant(n, { ...MODELS[model], chance: points.chance[model] })
    return Math.min(n, Math.max(o.minInliers, least, share * n, Math.min(SHARE_OF_FEW * n, FEW)))
  }
  const search = (model: keyof typeof MODELS, maxResidual: number, share = LEAST_SHARE) => ({
    maxResidual,
    confidence: o.confidence,
    maxTrials: o.maxTrials,
    minInliers: worth(model, share),
    random: randomStream(o.seed, model, ...o.stream),
  })
  const H = fit(estimateHomography(a, b, search('H', o.maxErrorPx)))
  const E = calibrated ? fit(estimateEssential(raysA, raysB, search('E', o.maxErrorPx * pixel))) : undefined
  const hopeful = !calibrated || size(E) >= worth('E', 0)
  const F = fit(estimateFundamental(a, b, search('F', o.maxErrorPx, hopeful ? LEAST_SHARE : SHARE_WITHOUT_E)))
  return { ...(E && { E }), ...(F && { F }), ...(H && { H }) }
}

const MODELS = {
  E: { sampleSize: 5, models: 10 },
  F: { sampleSize: 7, models: 3 },
  H: { sampleSize: 4, models: 1 },
} satisfies Record<string, Omit<Chance, 'chance'>>

/** Re-pairings of the matches that chance is measured on. */
const SHUFFLES = 4

/**
 * The inliers that the chosen model must have to be no chance: by how many would agree with it if all matches were wrong,
 * counted on the same keypoints paired up differently. With clustered keypoints or an epipole among them, that is no small
 * number.
 */
export function leastByChance(
  { by, model }: { readonly by: keyof typeof MODELS; readonly model: Float64Array },
  { a, b, raysA, raysB, pixel, chance }: PairPoints,
  o: ResolvedVerifyOptions,
): number {
  const n = a.length / 2
  const limit = o.maxErrorPx * (by === 'E' ? pixel : 1)
  const [from, to] = by === 'E' ? [raysA, raysB] : [a, b]
  let agree = 0
  for (let turn = 1; turn <= SHUFFLES; turn++) {
    const shift = 2 * Math.max(1, Math.floor((turn * n) / (SHUFFLES + 1)))
    const turned = to.map((_, i) => to[(i + shift) % (2 * n)])
    const errors = by === 'H' ? transferErrors(model, from, turned) : sampsonErrors(model, from, turned)
    for (const error of errors) if (error <= limit) agree++
  }
  return leastSignificant(n, { ...MODELS[by], chance: Math.max(chance[by], agree / (SHUFFLES * n)) })
}

function fit({ model, inliers }: { model: Float64Array | undefined; inliers: Int32Array }): Fit | undefined {
  return model === undefined ? undefined : { model, inliers }
}

export function size(f: Fit | undefined): number {
  return f?.inliers.length ?? 0
}
