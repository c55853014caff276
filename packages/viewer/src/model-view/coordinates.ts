import { Matrix4, Quaternion, Vector3 } from 'three'

/**
 * The one place where our frames become three.js's. Ours: camera x right, y down, z forward, `camFromWorld`; the world has
 * no preferred axes. three.js: y up, a camera looks along −z with x right and y up, and its matrix is world-from-camera.
 * The *display* frame is the world turned so that the scene's up is +y, moved so that the scene's middle is zero and
 * scaled so that its radius is one.
 */

/** Similarity of the display frame, three.js's `displayFromWorld`: turn, scale, then shift. */
export interface Display {
  readonly rotation: Quaternion
  /** Display units per world unit. */
  readonly scale: number
  /** World point that becomes zero. */
  readonly centre: readonly [number, number, number]
}

/** `pointInDisplay = displayMatrix · pointInWorld`. */
export function displayMatrix(display: Display): Matrix4 {
  const turn = new Matrix4().makeRotationFromQuaternion(display.rotation)
  const scale = new Matrix4().makeScale(display.scale, display.scale, display.scale)
  const shift = new Matrix4().makeTranslation(-display.centre[0], -display.centre[1], -display.centre[2])
  return scale.multiply(turn).multiply(shift)
}

/** The smallest turn that takes the unit vector `up` (world) to +y. */
export function uprightRotation(up: readonly [number, number, number]): Quaternion {
  return new Quaternion().setFromUnitVectors(new Vector3(...up).normalize(), new Vector3(0, 1, 0))
}

/** `worldFromCam` of a 3×4 row-major `camFromWorld` pose, camera axes still ours (y down, z forward). */
export function worldFromCam(pose: ArrayLike<number>): Matrix4 {
  const p = (i: number) => pose[i] as number
  const centre = (k: number) => -(p(k) * p(3) + p(4 + k) * p(7) + p(8 + k) * p(11))
  // The transpose of R: its columns are the camera's axes in the world.
  return new Matrix4().set(
    ...[p(0), p(4), p(8), centre(0)],
    ...[p(1), p(5), p(9), centre(1)],
    ...[p(2), p(6), p(10), centre(2)],
    ...[0, 0, 0, 1],
  )
}

/** Centre of a camera in the world: `−Rᵀ t`. */
export function cameraCentre(pose: ArrayLike<number>): [number, number, number] {
  const e = worldFromCam(pose).elements
  return [e[12], e[13], e[14]]
}

/** Flips y and z: takes a direction of three.js's camera frame to ours, and back. */
const FLIP = new Matrix4().makeScale(1, -1, -1)

/**
 * Quarter turns about the viewing axis that take our camera frame of the stored photo to that of the photo as shown, for
 * EXIF orientations 1–8 (the mirrored ones count as their unmirrored kin: a view cannot be mirrored).
 */
export function shownTurns(orientation: number): 0 | 1 | 2 | 3 {
  if (orientation === 3 || orientation === 4) return 2
  if (orientation === 5 || orientation === 6) return 1
  if (orientation === 7 || orientation === 8) return 3
  return 0
}

/** Position and orientation of a three.js camera (display frame) that stands where the photo was taken. */
export function threeCamera(pose: ArrayLike<number>, display: Display, orientation = 1) {
  // Turning by the shown angle about z makes the shown up the camera's up.
  const roll = new Matrix4().makeRotationZ((-shownTurns(orientation) * Math.PI) / 2)
  const world = worldFromCam(pose).multiply(roll).multiply(FLIP)
  const position = new Vector3().setFromMatrixPosition(world).applyMatrix4(displayMatrix(display))
  const quaternion = new Quaternion().setFromRotationMatrix(world).premultiply(display.rotation)
  return { position, quaternion }
}
