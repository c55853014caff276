import type { CameraModel } from '@epipole/geometry'

/** Why something was refused or flagged: the test's name, the value it saw, the threshold it missed, and a sentence. */
export interface Verdict {
  /** Stable, kebab-case: `few-inliers`, `small-angle`, `truncated-file` … */
  readonly test: string
  readonly value: number
  readonly threshold: number
  /** `px`, `deg`, `count`, `ratio`, or empty. */
  readonly unit: string
  /** One plain sentence for a person: what happened and, where there is one, what to do. */
  readonly text: string
}

/** What became of one photo. */
export interface PhotoReport {
  readonly name: string
  /** Stored pixels (before EXIF orientation). */
  readonly width: number
  readonly height: number
  /** EXIF orientation 1–8: how to show the photo, nothing else. */
  readonly orientation: number
  /** Id of the camera it shares with others; 0 where the photo was refused before. */
  readonly cameraId: number
  readonly focal: { readonly px: number; readonly source: 'exif-35mm' | 'exif-focal-plane' | 'default' | 'given' }
  readonly features: number
  /** `registered` in a model; `unregistered`: usable, but no model could take it; `refused`: could not be read or used. */
  readonly status: 'registered' | 'unregistered' | 'refused'
  /** Index of its model. */
  readonly model?: number
  /** 3-D points it sees. */
  readonly observations?: number
  /** Mean reprojection error, px. */
  readonly meanError?: number
  /** Why it is not registered, or a flag on one that is. */
  readonly verdict?: Verdict
}

/**
 * How two photos relate: `calibrated` (E fits, with depth), `uncalibrated` (only F fits), `planar` (H fits, the camera
 * moved), `panoramic` (H fits, the camera only turned), `refused`.
 */
export type PairKind = 'calibrated' | 'uncalibrated' | 'planar' | 'panoramic' | 'refused'

/** What became of one pair of photos. */
export interface PairReport {
  /** Indices into `photos`, a < b. */
  readonly a: number
  readonly b: number
  readonly kind: PairKind
  readonly matches: number
  readonly inliers: number
  /** Median triangulation angle of the inliers, degrees; where a relative pose exists. */
  readonly angleDeg?: number
  /** Which way its matches were sought, along a first geometry or among all features, and why. */
  readonly search?: Verdict
  /** Why it was refused or flagged. */
  readonly verdict?: Verdict
}

/** A camera as refined. */
export interface CameraReport {
  readonly id: number
  readonly model: CameraModel
  readonly width: number
  readonly height: number
  readonly params: readonly number[]
  readonly photos: number
  /** Words a person should read: what was given, refined, held fixed, and why. */
  readonly notes: readonly string[]
}

export interface ModelReport {
  readonly photos: number
  readonly points: number
  readonly observations: number
  readonly meanTrackLength: number
  /** Points seen by three photos or more. */
  readonly pointsThreeViews: number
  /** Pixels. */
  readonly meanError: number
  readonly cameras: readonly CameraReport[]
  /** E.g. look-alike structure suspected. */
  readonly flags: readonly Verdict[]
}

/** Everything a run can say about itself: `report.json`. */
export interface ReconstructReport {
  readonly format: 'epipole-report'
  readonly version: 1
  readonly epipole: string
  /** `none`: nothing reconstructed. */
  readonly verdict: { readonly word: 'good' | 'usable' | 'weak' | 'none'; readonly reason: string }
  readonly seed: number
  readonly options: Readonly<Record<string, unknown>>
  readonly photos: readonly PhotoReport[]
  readonly pairs: readonly PairReport[]
  readonly models: readonly ModelReport[]
  readonly stages: readonly {
    readonly name: string
    readonly seconds: number
    readonly items: number
    readonly reused: number
  }[]
}
