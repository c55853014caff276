/** COLMAP's classical camera models, by COLMAP's names; parameters in COLMAP's order, in pixels where they are lengths. */
export type CameraModel =
  | 'SIMPLE_PINHOLE'
  | 'PINHOLE'
  | 'SIMPLE_RADIAL'
  | 'RADIAL'
  | 'OPENCV'
  | 'OPENCV_FISHEYE'
  | 'FULL_OPENCV'
  | 'FOV'
  | 'SIMPLE_RADIAL_FISHEYE'
  | 'RADIAL_FISHEYE'
  | 'THIN_PRISM_FISHEYE'

/**
 * Intrinsics: how a point of the camera frame (x right, y down, z forward) becomes a pixel. Pixel coordinates put the
 * centre of the top-left pixel at (0.5, 0.5). Plain frozen data: structured-cloneable and safe to share.
 */
export interface Camera {
  readonly model: CameraModel
  /** Pixels. */
  readonly width: number
  /** Pixels. */
  readonly height: number
  /** In the model's order, e.g. PINHOLE: fx, fy, cx, cy; SIMPLE_RADIAL: f, cx, cy, k. */
  readonly params: readonly number[]
}
