import { poseFromEssential, type Rigid } from '@epipole/geometry'
import type { PairKind, Verdict } from '../report/report.js'
import { type Fit, fitModels, leastByChance, size } from './fit-models.js'
import { gatherPoints, type PairPoints, type PairSide, transferError } from './pair-points.js'
import { fitRotation, NEAR_FOCAL, type TurnFit, turnOfUnknownFocal } from './panorama.js'
import { medianAngleDeg } from './ray-angles.js'
import type { TwoViewGeometry } from './two-view-geometry.js'
import { defaultVerifyOptions, type ResolvedVerifyOptions, type VerifyOptions } from './verify-options.js'

export type { PairSide } from './pair-points.js'

/** Changes whenever equal input may give another verification: part of stored records' keys. */
export const VERIFY_VERSION = 'verify-6'

/**
 * Verifies a pair's matches by estimating E (where both cameras are calibrated), F and H, and tells which kind of pair it
 * is: the rules are COLMAP's (Schönberger and Frahm, CVPR 2016, section 4.1), with a test of its own for a camera that
 * only turned.
 *
 * @param matches flat pairs (keypoint of a, keypoint of b)
 */
export function verifyPair(
  matches: Uint32Array,
  a: PairSide,
  b: PairSide,
  options: VerifyOptions = {},
): TwoViewGeometry {
  const all: ResolvedVerifyOptions = { ...defaultVerifyOptions, ...options }
  const count = matches.length / 2
  const none = { E: 0, F: 0, H: 0 }
  if (count < all.minInliers) return refused(count, none, few('few-matches', count, all.minInliers, 'matches'))
  const points = gatherPoints(matches, a, b, all.maxErrorPx)
  const { E, F, H } = fitModels(points, all)
  const support = { E: size(E), F: size(F), H: size(H) }
  const chosen = choose(E, F, H, points, all)
  if (chosen === undefined) {
    const best = Math.max(support.E, support.F, support.H)
    return refused(count, support, few('few-inliers', best, all.minInliers, 'matches that agree on a geometry'))
  }
  const least = leastByChance(chosen, points, all)
  if (chosen.inliers.length < least) return refused(count, support, byChance(chosen.inliers.length, count, least))
  const motion =
    E && size(E) >= all.minInliers ? poseFromEssential(E.model, points.raysA, points.raysB, E.inliers) : undefined
  const { kind, bFromA, inliers, turnShare } = classify(chosen, H, motion, points, all)
  return {
    kind,
    matches: count,
    inliers: pick(matches, inliers),
    support: turnShare === undefined ? support : { ...support, turnShare },
    ...(E ? { E: E.model } : {}),
    ...(F ? { F: F.model } : {}),
    ...(H ? { H: H.model } : {}),
    ...(bFromA ? { bFromA } : {}),
    ...(bFromA && kind !== 'panoramic'
      ? { angleDeg: medianAngleDeg(bFromA, points.raysA, points.raysB, inliers) }
      : {}),
  }
}

interface Choice {
  readonly kind: 'calibrated' | 'uncalibrated' | 'flat'
  readonly inliers: Int32Array
  /** The model that they are of. */
  readonly by: 'E' | 'F' | 'H'
  readonly model: Float64Array
}

/** The model whose inliers stand for the pair. */
function choose(
  E: Fit | undefined,
  F: Fit | undefined,
  H: Fit | undefined,
  points: PairPoints,
  o: ResolvedVerifyOptions,
): Choice | undefined {
  if (E && size(E) >= o.minInliers && size(E) >= o.minEOverF * size(F)) {
    if (!isFlat(E, H, points, o)) return { kind: 'calibrated', by: 'E', ...E }
    return H && size(H) > size(E) ? { kind: 'flat', by: 'H', ...H } : { kind: 'flat', by: 'E', ...E }
  }
  if (F && size(F) >= o.minInliers) {
    if (!isFlat(F, H, points, o)) return { kind: 'uncalibrated', by: 'F', ...F }
    return H && size(H) > size(F) ? { kind: 'flat', by: 'H', ...H } : { kind: 'flat', by: 'F', ...F }
  }
  return H && size(H) >= o.minInliers ? { kind: 'flat', by: 'H', ...H } : undefined
}

/** Whether a homography explains what the epipolar geometry does. */
function isFlat(epipolar: Fit, H: Fit | undefined, { a, b }: PairPoints, o: ResolvedVerifyOptions): boolean {
  if (H === undefined || size(H) < o.minHOverF * size(epipolar)) return false
  let off = 0
  for (const m of epipolar.inliers) if (!(transferError(H.model, a, b, m) <= 2 * o.maxErrorPx)) off++
  return off < Math.max(o.minInliers, o.minOffPlane * size(epipolar))
}

interface Classified {
  readonly kind: PairKind
  readonly inliers: Int32Array
  readonly bFromA?: Rigid
  /** Share of the inliers that a turn explains. */
  readonly turnShare?: number
}

function classify(
  chosen: Choice,
  H: Fit | undefined,
  motion: Rigid | undefined,
  points: PairPoints,
  o: ResolvedVerifyOptions,
): Classified {
  const { inliers } = chosen
  const withPose = motion === undefined ? { inliers } : { inliers, bFromA: motion }
  if (points.calibrated) {
    const turn = fitRotation(points.raysA, points.raysB, inliers, o.maxErrorPx * points.pixel)
    if (turn.inliers >= o.minRotationShare * inliers.length) {
      const t = new Float64Array(3)
      const turnShare = turn.inliers / inliers.length
      return { kind: 'panoramic', inliers: turn.kept, bFromA: { R: turn.R, t }, turnShare }
    }
  }
  if (chosen.kind !== 'flat') return { kind: chosen.kind, ...withPose }
  const turn = H && turnedOnly(H, points, o, points.calibrated ? NEAR_FOCAL : undefined)
  if (H === undefined || turn === undefined) return { kind: 'planar', ...withPose }
  // Without depth the epipolar geometry is arbitrary, and what fits it but not the homography fits by chance.
  const found = { kind: 'panoramic', inliers: H.inliers, turnShare: turn.inliers / turn.tested } as const
  return points.calibrated ? { ...found, bFromA: { R: turn.R, t: new Float64Array(3) } } : found
}

/** A turn must be about as exact as the homography, which has more freedom: before a far plane it is nearly as good. */
const MAX_TURN_OVER_H = 1.5

/** The turn that explains the homography's inliers under one of the focal lengths, if one does. */
function turnedOnly(
  { model, inliers }: Fit,
  { a, b, raysA, raysB, pixel }: PairPoints,
  o: ResolvedVerifyOptions,
  factors?: readonly number[],
): TurnFit | undefined {
  const turn = turnOfUnknownFocal(raysA, raysB, inliers, o.maxErrorPx * pixel, factors)
  if (turn.inliers < o.minRotationShare * turn.tested) return undefined
  const errors = Float64Array.from(inliers, (m) => transferError(model, a, b, m)).sort()
  return turn.medianError <= MAX_TURN_OVER_H * pixel * errors[errors.length >> 1] ? turn : undefined
}

function pick(matches: Uint32Array, inliers: Int32Array): Uint32Array {
  const picked = new Uint32Array(2 * inliers.length)
  inliers.forEach((m, i) => {
    picked[2 * i] = matches[2 * m]
    picked[2 * i + 1] = matches[2 * m + 1]
  })
  return picked
}

function refused(matches: number, support: TwoViewGeometry['support'], verdict: Verdict): TwoViewGeometry {
  return { kind: 'refused', matches, inliers: new Uint32Array(0), support, verdict }
}

function byChance(value: number, matches: number, threshold: number): Verdict {
  return {
    test: 'chance-inliers',
    value,
    threshold,
    unit: 'count',
    text: `${value} of ${matches} matches agree on a geometry, but so would wrong ones: ${threshold} are needed to tell.`,
  }
}

function few(test: string, value: number, threshold: number, what: string): Verdict {
  return {
    test,
    value,
    threshold,
    unit: 'count',
    text: `${value} ${what}, of ${threshold} needed: the photos do not overlap enough.`,
  }
}
