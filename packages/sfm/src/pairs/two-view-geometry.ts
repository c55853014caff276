import type { Rigid } from '@epipole/geometry'
import type { PairKind, Verdict } from '../report/report.js'

/** How two photos relate, as verified from their matches. Plain data. */
export interface TwoViewGeometry {
  readonly kind: PairKind
  /** Matches tested. */
  readonly matches: number
  /** Flat pairs (keypoint of a, keypoint of b) that fit the model of `kind`; empty when refused. */
  readonly inliers: Uint32Array
  /** Inliers of each model tried, whichever was chosen; of a camera that only turned also the share that the turn explains. */
  readonly support: { readonly E: number; readonly F: number; readonly H: number; readonly turnShare?: number }
  /** Essential matrix in normalised camera coordinates, `x_bᵀ E x_a = 0`. */
  readonly E?: Float64Array
  /** Fundamental matrix in pixels. */
  readonly F?: Float64Array
  /** Homography in pixels, `x_b ~ H x_a`. */
  readonly H?: Float64Array
  /** Relative pose with a unit (or, panoramic, zero) baseline; where the intrinsics allow one. */
  readonly bFromA?: Rigid
  /** Median triangulation angle of the inliers, degrees; where a pose exists. */
  readonly angleDeg?: number
  /** Which way its matches were sought, and why. */
  readonly search?: Verdict
  /** Why it was refused or flagged. */
  readonly verdict?: Verdict
}
