import { meanFocalLength, normalizedFromPixels, sampsonErrors, transferErrors } from '@epipole/geometry'
import type { TwoViewGeometry } from './two-view-geometry.js'
import type { PairSide } from './verify-pair.js'

/** Matches that choose each other, with a mark for the distinct ones (as `CandidateMatches` of the features package). */
export interface MarkedMatches {
  /** Flat pairs (keypoint of a, keypoint of b). */
  readonly pairs: Uint32Array
  readonly distinct: Uint8Array
}

/** Half the default threshold of the distinct matches: less is known of these. */
const MAX_ERROR_PX = 2
/** The candidates that agree must be this many times those that chance would bring: else they say nothing. */
const MIN_OVER_CHANCE = 10
/** Re-pairings that chance is measured on. */
const SHUFFLES = 4

/**
 * Adds to a verified pair the matches that were not distinct enough to find its geometry but agree with it: repeated texture
 * and wide baselines have many. They lengthen tracks where they are shortest.
 */
export function addConfirmedMatches(
  geometry: TwoViewGeometry,
  candidates: MarkedMatches,
  a: PairSide,
  b: PairSide,
): TwoViewGeometry {
  if (geometry.kind === 'refused') return geometry
  const { pairs, distinct } = candidates
  const held: number[] = []
  for (let m = 0; m < distinct.length; m++) if (distinct[m] === 0) held.push(m)
  if (held.length === 0) return geometry
  const xyA = pixels(a.keypoints, pairs, held, 0)
  const xyB = pixels(b.keypoints, pairs, held, 1)
  const errors = errorsPx(geometry, xyA, xyB, a, b)
  const added: number[] = []
  held.forEach((m, k) => {
    if (errors[k] <= MAX_ERROR_PX) added.push(pairs[2 * m], pairs[2 * m + 1])
  })
  if (added.length / 2 < MIN_OVER_CHANCE * agreementsByChance(geometry, xyA, xyB, a, b)) return geometry
  return { ...geometry, inliers: sortedPairs([...geometry.inliers, ...added]) }
}

/**
 * How many of the candidates would agree if they were all wrong: counted on the same keypoints paired up differently. Near
 * an epipole, or with many candidates and a long line, that is no small number.
 */
function agreementsByChance(
  geometry: TwoViewGeometry,
  xyA: Float64Array,
  xyB: Float64Array,
  a: PairSide,
  b: PairSide,
): number {
  const n = xyA.length / 2
  let agreements = 0
  for (let turn = 1; turn <= SHUFFLES; turn++) {
    const shift = 2 * Math.max(1, Math.floor((turn * n) / (SHUFFLES + 1)))
    const turned = xyB.map((_, i) => xyB[(i + shift) % (2 * n)])
    for (const error of errorsPx(geometry, xyA, turned, a, b)) if (error <= MAX_ERROR_PX) agreements++
  }
  return agreements / SHUFFLES
}

/** Residuals in pixels under the model that stands for the pair. */
function errorsPx(
  { kind, E, F, H }: TwoViewGeometry,
  xyA: Float64Array,
  xyB: Float64Array,
  a: PairSide,
  b: PairSide,
): Float64Array {
  const none = new Float64Array(xyA.length / 2).fill(Number.POSITIVE_INFINITY)
  if (kind === 'planar' || kind === 'panoramic') return H ? transferErrors(H, xyA, xyB) : none
  if (kind === 'calibrated' && E) {
    const pixel = 0.5 * (meanFocalLength(a.camera) + meanFocalLength(b.camera))
    const errors = sampsonErrors(E, normalizedFromPixels(a.camera, xyA).xy, normalizedFromPixels(b.camera, xyB).xy)
    return errors.map((e) => e * pixel)
  }
  return F ? sampsonErrors(F, xyA, xyB) : none
}

function pixels(keypoints: Float32Array, pairs: Uint32Array, use: readonly number[], side: 0 | 1): Float64Array {
  const xy = new Float64Array(2 * use.length)
  use.forEach((m, k) => {
    const i = 4 * pairs[2 * m + side]
    xy[2 * k] = keypoints[i]
    xy[2 * k + 1] = keypoints[i + 1]
  })
  return xy
}

/** Flat pairs, ascending in their first indices. */
function sortedPairs(flat: readonly number[]): Uint32Array {
  const order = Array.from({ length: flat.length / 2 }, (_, i) => i).sort((i, j) => flat[2 * i] - flat[2 * j])
  return Uint32Array.from(order.flatMap((i) => [flat[2 * i], flat[2 * i + 1]]))
}
