import { type BruteForceOptions, bruteForceMatcher, type CandidateMatches, type Features } from '@epipole/features'
import type { Camera } from '@epipole/geometry'
import { addConfirmedMatches, type PairSide, type TwoViewGeometry, type VerifyOptions, verifyPair } from '@epipole/sfm'

export interface PairPayload {
  readonly a: PairPhoto
  readonly b: PairPhoto
  readonly matching: BruteForceOptions
  readonly verification: VerifyOptions
  /** Found before; then only verification runs. */
  readonly candidates?: CandidateMatches
}

export interface PairPhoto {
  readonly features: Features
  readonly camera: Camera
  readonly calibrated: boolean
}

export interface PairResult {
  readonly candidates: CandidateMatches
  readonly geometry: TwoViewGeometry
}

/**
 * Matches two photos' features and verifies how the photos relate: the distinct matches find the geometry, and the
 * geometry then tells which of the others are right as well.
 */
export async function pair(payload: PairPayload): Promise<PairResult> {
  const { matching, verification } = payload
  const candidates =
    payload.candidates ?? (await bruteForceMatcher(matching).candidates(payload.a.features, payload.b.features))
  const [a, b] = [payload.a, payload.b].map(({ features, camera, calibrated }) => ({
    keypoints: features.keypoints,
    camera,
    calibrated,
  })) as [PairSide, PairSide]
  const distinct = verifyPair(
    candidates.pairs.filter((_, i) => candidates.distinct[i >> 1] === 1),
    a,
    b,
    verification,
  )
  return { candidates, geometry: addConfirmedMatches(distinct, candidates, a, b) }
}
