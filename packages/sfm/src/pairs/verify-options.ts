/** Choices of a verification; each has a default. */
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
  /** Panoramic, where a rotation keeps at least this share of the inliers. Default 0.9. */
  readonly minRotationShare?: number
  /** Of the stopping rule. Default 0.999. */
  readonly confidence?: number
  /** Default 10 000. */
  readonly maxTrials?: number
}

/** Every choice of the verification that is not made. */
export const defaultVerifyOptions: ResolvedVerifyOptions = {
  seed: 0,
  stream: [],
  maxErrorPx: 4,
  minInliers: 15,
  minEOverF: 0.95,
  minHOverF: 0.8,
  minOffPlane: 0.1,
  minRotationShare: 0.9,
  confidence: 0.999,
  maxTrials: 10_000,
}

export type ResolvedVerifyOptions = Readonly<Required<VerifyOptions>>
