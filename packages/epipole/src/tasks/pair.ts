import { type BruteForceOptions, bruteForceMatcher, type Features } from '@epipole/features'
import type { Camera } from '@epipole/geometry'
import { type TwoViewGeometry, type VerifyOptions, verifyPair } from '@epipole/sfm'

export interface PairPayload {
  readonly a: PairPhoto
  readonly b: PairPhoto
  readonly matching: BruteForceOptions
  readonly verification: VerifyOptions
  /** Matches found before; then only verification runs. */
  readonly matches?: Uint32Array
}

export interface PairPhoto {
  readonly features: Features
  readonly camera: Camera
  readonly calibrated: boolean
}

export interface PairResult {
  readonly matches: Uint32Array
  readonly geometry: TwoViewGeometry
}

/** Matches two photos' features and verifies how the photos relate. */
export async function pair(payload: PairPayload): Promise<PairResult> {
  const { a, b, matching, verification } = payload
  const matches = payload.matches ?? (await bruteForceMatcher(matching).match(a.features, b.features))
  const geometry = verifyPair(
    matches,
    { keypoints: a.features.keypoints, camera: a.camera, calibrated: a.calibrated },
    { keypoints: b.features.keypoints, camera: b.camera, calibrated: b.calibrated },
    verification,
  )
  return { matches, geometry }
}
