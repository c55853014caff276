/**
 * A rigid motion, named target-from-source by its variable: `camFromWorld` takes world points to the camera frame,
 * `pointInCam = R · pointInWorld + t`.
 */
export interface Rigid {
  /** Rotation, 9 numbers, row-major. */
  readonly R: Float64Array
  /** Translation, 3 numbers. */
  readonly t: Float64Array
}
