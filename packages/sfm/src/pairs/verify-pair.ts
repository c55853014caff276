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
} from '@epipole/geometry'
import type { PairKind, Verdict } from '../report/report.js'
import { fitRotation, turnOfUnknownFocal } from './panorama.js'
import { medianAngleDeg } from './ray-angles.js'
import type { TwoViewGeometry } from './two-view-geometry.js'

/** Changes whenever equal input may give another verification: part of stored records' keys. */
export const VERIFY_VERSION = 'verify-2'

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
  const points = gather(matches, a, b)
  const E = points.calibrated ? fitEssential(points, all) : undefined
  const F = fitFundamental(points, all)
  const H = fitHomography(points, all)
  const support = { E: size(E), F: size(F), H: size(H) }
  const chosen = choose(E, F, H, all)
  if (chosen === undefined) {
    const best = Math.max(support.E, support.F, support.H)
    return refused(count, support, few('few-inliers', best, all.minInliers, 'matches that agree on a geometry'))
  }
  const motion =
    E && size(E) >= all.minInliers ? poseFromEssential(E.model, points.raysA, points.raysB, E.inliers) : undefined
  const { kind, bFromA } = classify(chosen, H, motion, points, all)
  return {
    kind,
    matches: count,
    inliers: pick(matches, chosen.inliers),
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
}

/** The model whose inliers stand for the pair. */
function choose(E: Fit | undefined, F: Fit | undefined, H: Fit | undefined, o: Resolved): Choice | undefined {
  const [e, f, h] = [size(E), size(F), size(H)]
  if (E && e >= o.minInliers && e >= o.minEOverF * f) {
    const flat = h >= o.minHOverF * e
    return { kind: flat ? 'flat' : 'calibrated', inliers: flat && H && h > e ? H.inliers : E.inliers }
  }
  if (F && f >= o.minInliers) {
    const flat = h >= o.minHOverF * f
    return { kind: flat ? 'flat' : 'uncalibrated', inliers: flat && H && h > f ? H.inliers : F.inliers }
  }
  return H && h >= o.minInliers ? { kind: 'flat', inliers: H.inliers } : undefined
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
  if (!points.calibrated) return { kind: turnedOnly(H, points, o) ? 'panoramic' : 'planar' }
  const turn = fitRotation(points.raysA, points.raysB, H.inliers, o.maxErrorPx * points.pixel)
  if (turn.inliers < o.minRotationOverH * H.inliers.length) return { kind: 'planar', ...withPose }
  return { kind: 'panoramic', bFromA: { R: turn.R, t: new Float64Array(3) } }
}

/** A turn must be about as exact as the homography, which has more freedom: before a far plane it is nearly as good. */
const MAX_TURN_OVER_H = 1.5

/** Whether a turn explains the homography's inliers, whatever the focal length. */
function turnedOnly({ model, inliers }: Fit, { a, b, raysA, raysB, pixel }: Points, o: Resolved): boolean {
  const turn = turnOfUnknownFocal(raysA, raysB, inliers, o.maxErrorPx * pixel)
  if (turn.inliers < o.minRotationOverH * turn.tested) return false
  const errors = Float64Array.from(inliers, (m) => transferError(model, a, b, m)).sort()
  return turn.medianError <= MAX_TURN_OVER_H * pixel * errors[errors.length >> 1]
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

function gather(matches: Uint32Array, a: PairSide, b: PairSide): Points {
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
  return { a: pixelsA, b: pixelsB, raysA: raysA.xy, raysB: raysB.xy, calibrated: a.calibrated && b.calibrated, pixel }
}

function fitEssential({ raysA, raysB, pixel }: Points, o: Resolved): Fit | undefined {
  return fit(estimateEssential(raysA, raysB, robust(o, 'E', o.maxErrorPx * pixel)))
}

function fitFundamental({ a, b }: Points, o: Resolved): Fit | undefined {
  return fit(estimateFundamental(a, b, robust(o, 'F', o.maxErrorPx)))
}

function fitHomography({ a, b }: Points, o: Resolved): Fit | undefined {
  return fit(estimateHomography(a, b, robust(o, 'H', o.maxErrorPx)))
}

function robust({ seed, stream, confidence, maxTrials }: Resolved, model: string, maxResidual: number) {
  return { maxResidual, confidence, maxTrials, random: randomStream(seed, model, ...stream) }
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

function few(test: string, value: number, threshold: number, what: string): Verdict {
  return {
    test,
    value,
    threshold,
    unit: 'count',
    text: `${value} ${what}, of ${threshold} needed: the photos do not overlap enough.`,
  }
}
