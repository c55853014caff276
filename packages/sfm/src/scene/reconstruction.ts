import type { Camera, Rigid } from '@epipole/geometry'

/** No 3-D point seen at this keypoint. */
export const NO_POINT = -1

/** A registered photo. */
export interface ReconstructionImage {
  /** Path relative to the photo folder, with forward slashes. */
  readonly name: string
  readonly cameraId: number
  camFromWorld: Rigid
  /** `2 × n` pixels: x, y of every keypoint, observed or not. */
  readonly keypoints: Float64Array
  /** `n` ids of points, `NO_POINT` where none. */
  readonly pointIds: Int32Array
}

/** A 3-D point with the keypoints that see it. */
export interface ReconstructionPoint {
  /** World, arbitrary scale. */
  readonly xyz: Float64Array
  /** 0–255 each. */
  readonly rgb: readonly [number, number, number]
  /** Mean reprojection error of the track, pixels. */
  readonly error: number
  /** Flat pairs (image id, keypoint index). */
  readonly track: Int32Array
}

/**
 * A sparse model as plain data, keyed by positive ids as COLMAP's: what the mapper returns and every format reads and
 * writes. Iteration order is insertion order; writers sort by id, so equal models give equal bytes.
 */
export interface Reconstruction {
  readonly cameras: Map<number, Camera>
  readonly images: Map<number, ReconstructionImage>
  readonly points: Map<number, ReconstructionPoint>
}
