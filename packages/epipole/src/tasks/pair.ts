import { type BruteForceOptions, bruteForceMatcher, type CandidateMatches } from '@epipole/features'
import {
  addConfirmedMatches,
  type FeaturedSide,
  matchCoarseToFine,
  type PairSide,
  type TwoViewGeometry,
  type VerifyOptions,
  verifyPair,
} from '@epipole/sfm'

export interface PairPayload {
  readonly a: FeaturedSide
  readonly b: FeaturedSide
  readonly matching: BruteForceOptions
  readonly verification: VerifyOptions
  /** Of all features, found before: they need not be compared again. */
  readonly candidates?: CandidateMatches
}

export interface PairResult {
  /** Where all features were compared. */
  readonly candidates?: CandidateMatches
  /** Flat pairs of keypoints that were tried on the geometry. */
  readonly matches: Uint32Array
  readonly geometry: TwoViewGeometry
}

/**
 * Matches two photos' features and verifies how the photos relate, from coarse to fine where that suffices. Else all features
 * are compared: the distinct matches find the geometry, and it then tells which of the others are right as well.
 */
export async function pair({ a, b, matching, verification, candidates: known }: PairPayload): Promise<PairResult> {
  const { search, geometry, matches } = await matchCoarseToFine(a, b, { matching, verification })
  if (geometry !== undefined && matches !== undefined) return { matches, geometry: { ...geometry, search } }
  const candidates = known ?? (await bruteForceMatcher(matching).candidates(a.features, b.features))
  const [sideA, sideB] = [a, b].map(({ features, camera, calibrated }) => ({
    keypoints: features.keypoints,
    camera,
    calibrated,
  })) as [PairSide, PairSide]
  const distinct = verifyPair(
    candidates.pairs.filter((_, i) => candidates.distinct[i >> 1] === 1),
    sideA,
    sideB,
    verification,
  )
  const confirmed = addConfirmedMatches(distinct, candidates, sideA, sideB)
  return { candidates, matches: triedMatches(candidates, confirmed), geometry: { ...confirmed, search } }
}

/** The distinct matches and those that geometry confirmed: what a database calls a pair's matches. */
function triedMatches({ pairs, distinct }: CandidateMatches, { inliers }: TwoViewGeometry): Uint32Array {
  const confirmed = new Set<number>()
  for (let m = 0; m < inliers.length; m += 2) confirmed.add(inliers[m])
  return pairs.filter((_, i) => distinct[i >> 1] === 1 || confirmed.has(pairs[i & ~1]))
}
