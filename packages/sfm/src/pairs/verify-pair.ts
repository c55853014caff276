import { randomStream } from '@epipole/core'
import {
  type Camera,
  estimateEssential,
  estimateFundamental,
  estimateHomography,
  meanFocalLength,
  normalizedFromPixels,
  poseFromEssential,
  type Rigid,
  sampsonErrors,
  transferErrors,
} from '@epipole/geometry'
import type { PairKind, Verdict } from '../report/report.js'
import { fitRotation, NEAR_FOCAL, type RotationFit, turnOfUnknownFocal } from './panorama.js'
import { medianAngleDeg } from './ray-angles.js'
import { type Chance, leastSignificant } from './significance.js'
import type { TwoViewGeometry } from './two-view-geometry.js'

/** Changes whenever equal input may give another verification: part of stored records' keys. */
export const VERIFY_VERSION = 'verify-3'

/** One photo of a pair, as verification needs it. */
export interface PairSide {
  /** `n × 4`, as `Features.keypoints`. */
  readonly keypoints: Float32Array
  readonly camera: Camera
  /** Whether the camera's focal length is known (given or from EXIF); else only F and H are tried. */
  readonly calibrated: boolean
}

export interface VerifyOptions {
  readonly seed?: number
  /** Names the pair's random stream, so that a result never depends on which other photos there are. */
  readonly stream?: readonly (string | number)[]
  /** Largest residual of an inlier (pixels at full size). Default 4. */
  readonly maxErrorPx?: number
  /** Least inliers of an accepted pair (matches). Default 15. */
  readonly minInliers?: number
  /** E fits where it keeps at least this share of F's inliers. Default 0.95; below, the intrinsics are off. */
  readonly minEOverF?: number
  /** Planar or panoramic, where a homography keeps at least this share of the inliers. Default 0.8. */
  readonly minHOverF?: number
  /**
   * … unless this share of the inliers lies more than twice `maxErrorPx` off the homography: they see depth. Default 0.1.
   */
  readonly minOffPlane?: number
  /** Panoramic, where a rotation keeps at least this share of the homography's inliers. Default 0.9. */
  readonly minRotationOverH?: number
  /** Of the stopping rule. Default 0.999. */
  readonly confidence?: number
  /** Default 10 000. */
  readonly maxTrials?: number
}

/** Every choice of the verification that is not made. */
export const defaultVerifyOptions: Readonly<Required<VerifyOptions>> = {
  seed: 0,
  stream: [],
  maxErrorPx: 4,
  minInliers: 15,
  minEOverF: 0.95,
  minHOverF: 0.8,
  minOffPlane: 0.1,
  minRotationOverH: 0.9,
  confidence: 0.999,
  maxTrials: 10_000,
}

type Resolved = Required<VerifyOptions>

/** A model and the indices of the matches that fit it. */
interface Fit {
  readonly model: Float64Array
  readonly inliers: Int32Array
}

/** The matched points of a pair: pixels, and the rays of calibrated cameras. */
interface Points {
  readonly a: Float64Array
  readonly b: Float64Array
  readonly raysA: Float64Array
  readonly raysB: Float64Array
  readonly calibrated: boolean
  /** One pixel on the plane z = 1. */
  readonly pixel: number
  /** Probability that a match of two random places agrees with a model of each kind. */
  readonly chance: Readonly<Record<'E' | 'F' | 'H', number>>
}

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
  const all: Resolved = { ...defaultVerifyOptions, ...options }
  const count = matches.length / 2
  const none = { E: 0, F: 0, H: 0 }
  if (count < all.minInliers) return refused(count, none, few('few-matches', count, all.minInliers, 'matches'))
  const points = gather(matches, a, b, all.maxErrorPx)
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
  const { kind, bFromA } = classify(chosen, H, motion, points, all)
  return {
    kind,
    matches: count,
    // Without depth the epipolar geometry is arbitrary, and what fits it alone fits by chance.
    inliers: pick(matches, kind === 'panoramic' && H ? H.inliers : chosen.inliers),
    support,
    ...(E ? { E: E.model } : {}),
    ...(F ? { F: F.model } : {}),
    ...(H ? { H: H.model } : {}),
    ...(bFromA ? { bFromA } : {}),
    ...(bFromA && kind !== 'panoramic'
      ? { angleDeg: medianAngleDeg(bFromA, points.raysA, points.raysB, chosen.inliers) }
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
  points: Points,
  o: Resolved,
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
function isFlat(epipolar: Fit, H: Fit | undefined, { a, b }: Points, o: Resolved): boolean {
  if (H === undefined || size(H) < o.minHOverF * size(epipolar)) return false
  let off = 0
  for (const m of epipolar.inliers) if (!(transferError(H.model, a, b, m) <= 2 * o.maxErrorPx)) off++
  return off < Math.max(o.minInliers, o.minOffPlane * size(epipolar))
}

function classify(
  chosen: Choice,
  H: Fit | undefined,
  motion: Rigid | undefined,
  points: Points,
  o: Resolved,
): { kind: PairKind; bFromA?: Rigid } {
  const withPose = motion === undefined ? {} : { bFromA: motion }
  if (chosen.kind !== 'flat') return { kind: chosen.kind, ...withPose }
  if (H === undefined) return { kind: 'planar', ...withPose }
  if (!points.calibrated) return { kind: turnedOnly(H, points, o) === undefined ? 'planar' : 'panoramic' }
  const turn = fitRotation(points.raysA, points.raysB, H.inliers, o.maxErrorPx * points.pixel)
  const turned = turn.inliers >= o.minRotationOverH * H.inliers.length ? turn : turnedOnly(H, points, o, NEAR_FOCAL)
  if (turned === undefined) return { kind: 'planar', ...withPose }
  return { kind: 'panoramic', bFromA: { R: turned.R, t: new Float64Array(3) } }
}

/** A turn must be about as exact as the homography, which has more freedom: before a far plane it is nearly as good. */
const MAX_TURN_OVER_H = 1.5

/** The turn that explains the homography's inliers under one of the focal lengths, if one does. */
function turnedOnly(
  { model, inliers }: Fit,
  { a, b, raysA, raysB, pixel }: Points,
  o: Resolved,
  factors?: readonly number[],
): RotationFit | undefined {
  const turn = turnOfUnknownFocal(raysA, raysB, inliers, o.maxErrorPx * pixel, factors)
  if (turn.inliers < o.minRotationOverH * turn.tested) return undefined
  const errors = Float64Array.from(inliers, (m) => transferError(model, a, b, m)).sort()
  return turn.medianError <= MAX_TURN_OVER_H * pixel * errors[errors.length >> 1] ? turn : undefined
}

/** Pixels from where the homography takes a match's point of a to its point of b. */
function transferError(H: Float64Array, a: Float64Array, b: Float64Array, m: number): number {
  const x = a[2 * m]
  const y = a[2 * m + 1]
  const z = H[6] * x + H[7] * y + H[8]
  const dx = (H[0] * x + H[1] * y + H[2]) / z - b[2 * m]
  const dy = (H[3] * x + H[4] * y + H[5]) / z - b[2 * m + 1]
  return Math.sqrt(dx * dx + dy * dy)
}

function gather(matches: Uint32Array, a: PairSide, b: PairSide, maxErrorPx: number): Points {
  const n = matches.length / 2
  const pixelsA = new Float64Array(2 * n)
  const pixelsB = new Float64Array(2 * n)
  for (let m = 0; m < n; m++) {
    const i = 4 * matches[2 * m]
    const j = 4 * matches[2 * m + 1]
    pixelsA[2 * m] = a.keypoints[i]
    pixelsA[2 * m + 1] = a.keypoints[i + 1]
    pixelsB[2 * m] = b.keypoints[j]
    pixelsB[2 * m + 1] = b.keypoints[j + 1]
  }
  const pixel = 2 / (meanFocalLength(a.camera) + meanFocalLength(b.camera))
  const raysA = normalizedFromPixels(a.camera, pixelsA)
  const raysB = normalizedFromPixels(b.camera, pixelsB)
  // A match without a ray (beyond the fold of a lens model) must not fit anything by accident: put it far away.
  for (const rays of [raysA, raysB]) {
    for (let i = 0; i < n; i++) if (rays.ok[i] === 0) rays.xy.fill(1e6, 2 * i, 2 * i + 2)
  }
  const { width, height } = b.camera
  // A residual is shared by both photos, so a point may lie √2 times as far from its line, or from its place.
  const reach = Math.SQRT2 * maxErrorPx
  const line = Math.min(1, (2 * reach * Math.sqrt(width * width + height * height)) / (width * height))
  const place = Math.min(1, (Math.PI * reach * reach) / (width * height))
  return {
    a: pixelsA,
    b: pixelsB,
    raysA: raysA.xy,
    raysB: raysB.xy,
    calibrated: a.calibrated && b.calibrated,
    pixel,
    chance: { E: line, F: line, H: place },
  }
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
function fitModels(points: Points, o: Resolved): Partial<Record<'E' | 'F' | 'H', Fit>> {
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
function leastByChance({ by, model }: Choice, { a, b, raysA, raysB, pixel, chance }: Points, o: Resolved): number {
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

function size(f: Fit | undefined): number {
  return f?.inliers.length ?? 0
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
