import { EpipoleError } from '@epipole/core'
import type { Camera } from './camera.js'
import { camera } from './create.js'
import { lensOf } from './models.js'

/**
 * The calibration matrix K = [[fx, 0, cx], [0, fy, cy], [0, 0, 1]], row-major; distortion is not part of it. COLMAP's models
 * have no skew.
 */
export function calibrationMatrix(cam: Camera, out: Float64Array = new Float64Array(9)): Float64Array {
  out.fill(0)
  out[0] = cam.params[0]
  out[4] = cam.params[lensOf(cam.model).focalParams.length - 1]
  const [cx, cy] = lensOf(cam.model).principalPointParams
  out[2] = cam.params[cx]
  out[5] = cam.params[cy]
  out[8] = 1
  return out
}

/** Mean of fx and fy, pixels; turns a threshold in pixels into one on the plane z = 1. */
export function meanFocalLength(cam: Camera): number {
  const { focalParams } = lensOf(cam.model)
  let sum = 0
  for (const i of focalParams) sum += cam.params[i]
  return sum / focalParams.length
}

/**
 * The same camera seen through a resized image. Lengths in pixels scale by the ratio of the sizes; the origin at the image
 * corner makes that exact for the principal point. Distortion coefficients do not depend on the pixel size.
 *
 * @throws EpipoleError `usage` where a model with one focal length would need two, that is where the two ratios differ by
 *   more than the rounding of the size to whole pixels explains
 */
export function scaleCamera(cam: Camera, width: number, height: number): Camera {
  const info = lensOf(cam.model)
  const sx = width / cam.width
  const sy = height / cam.height
  const params = [...cam.params]
  if (info.focalParams.length === 1) {
    const rounding = 1 / cam.width + 1 / cam.height
    if (Math.abs(sx - sy) > rounding) {
      throw new EpipoleError(
        'usage',
        `A ${cam.model} camera of ${cam.width} × ${cam.height} cannot be scaled to ${width} × ${height}: its one focal length would need two values.`,
        { model: cam.model, width, height },
      )
    }
    params[0] *= (sx + sy) / 2
  } else {
    params[0] *= sx
    params[1] *= sy
  }
  params[info.principalPointParams[0]] *= sx
  params[info.principalPointParams[1]] *= sy
  return camera(cam.model, width, height, params)
}

/** Whether straight lines of the scene may be bent in the photo: a fisheye, or a distortion coefficient that is not zero. */
export function isDistorted({ model, params }: Camera): boolean {
  const { fisheye, extraParams } = lensOf(model)
  return fisheye || extraParams.some((i) => params[i] !== 0)
}
