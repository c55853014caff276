import type { Camera, Rigid } from '@epipole/geometry'

/** What a COLMAP database holds, as plain data. */
export interface ColmapDatabase {
  readonly cameras: readonly DatabaseCamera[]
  readonly images: readonly DatabaseImage[]
  readonly pairs: readonly DatabasePair[]
}

export interface DatabaseCamera {
  /** Positive. */
  readonly id: number
  readonly camera: Camera
  /** Whether the focal length is known beforehand (EXIF or given): COLMAP trusts it more. */
  readonly priorFocalLength: boolean
}

export interface DatabaseImage {
  /** Positive, below 2³¹ − 1. */
  readonly id: number
  /** Path relative to the photo folder, with forward slashes; unique. */
  readonly name: string
  readonly cameraId: number
  /** Absent where features were not extracted. */
  readonly features?: DatabaseFeatures
}

export interface DatabaseFeatures {
  readonly count: number
  /**
   * `count × columns`, row by row. 2: x, y; 4: x, y, scale, orientation (radians); 6: x, y, a11, a12, a21, a22 with the affine
   * shape [[a11, a12], [a21, a22]], which is scale times a rotation by the orientation for a similarity.
   */
  readonly keypoints: Float32Array
  readonly columns: 2 | 4 | 6
  /** `count × dimension` bytes (COLMAP matches only 128); absent where there are none. */
  readonly descriptors?: { readonly dimension: number; readonly data: Uint8Array }
}

/** Two images, `image1 < image2`. */
export interface DatabasePair {
  readonly image1: number
  readonly image2: number
  /** Flat pairs (keypoint of image 1, keypoint of image 2). */
  readonly matches?: Uint32Array
  readonly geometry?: DatabaseGeometry
}

/** COLMAP's `TwoViewGeometry::ConfigurationType`, by number. */
export const PAIR_CONFIGS = [
  'undefined',
  'degenerate',
  'calibrated',
  'uncalibrated',
  'planar',
  'panoramic',
  'planar-or-panoramic',
  'watermark',
  'multiple',
] as const

export type PairConfig = (typeof PAIR_CONFIGS)[number]

/** How two images relate, as verified. */
export interface DatabaseGeometry {
  readonly config: PairConfig
  /** Flat pairs (keypoint of image 1, keypoint of image 2). */
  readonly inliers: Uint32Array
  /** Fundamental matrix, x2ᵀ F x1 = 0 in pixels; 9 numbers, row-major. */
  readonly F?: Float64Array
  /** Essential matrix in normalised coordinates. */
  readonly E?: Float64Array
  /** Homography, x2 ~ H x1 in pixels. */
  readonly H?: Float64Array
  /** cam2FromCam1 with any length of translation. */
  readonly cam2FromCam1?: Rigid
}
