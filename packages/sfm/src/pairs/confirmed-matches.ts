import { meanFocalLength, normalizedFromPixels, sampsonErrors, transferErrors } from '@epipole/geometry'
import type { TwoViewGeometry } from './two-view-geometry.js'
import type { PairSide } from './verify-pair.js'

/** Matches that choose each other, with a mark for the distinct ones (as `CandidateMatches` of the features package). */
export interface MarkedMatches {
  /** Flat pairs (keypoint of a, keypoint of b). */
  readonly pairs: Uint32Array
  readonly distinct: Uint8Array
}

/**
 * Half the default threshold of the distinct matches: a chance match lies in a band of ± 2 px around its epipolar line once
 * in several hundred times, so among thousands of candidates only a handful slip in, and tracks weed those out.
 */
const MAX_ERROR_PX = 2

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
  const errors = errorsPx(geometry, pairs, held, a, b)
  const added: number[] = []
  held.forEach((m, k) => {
    if (errors[k] <= MAX_ERROR_PX) added.push(pairs[2 * m], pairs[2 * m + 1])
  })
  return { ...geometry, inliers: sortedPairs([...geometry.inliers, ...added]) }
}

/** Residuals in pixels under the model that stands for the pair. */
function errorsPx(
  { kind, E, F, H }: TwoViewGeometry,
  pairs: Uint32Array,
  use: readonly number[],
  a: PairSide,
  b: PairSide,
): Float64Array {
  const xyA = pixels(a.keypoints, pairs, use, 0)
  const xyB = pixels(b.keypoints, pairs, use, 1)
  const none = new Float64Array(use.length).fill(Number.POSITIVE_INFINITY)
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
