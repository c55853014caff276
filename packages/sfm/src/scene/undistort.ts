import { EpipoleError } from '@epipole/core'
import {
  type Camera,
  calibrationMatrix,
  isDistorted,
  normalizedFromPixels,
  pinhole,
  pixelsFromNormalized,
  type UndistortedCameraOptions,
  undistortedCamera,
} from '@epipole/geometry'
import type { Verdict } from '../report/report.js'
import type { Reconstruction } from './reconstruction.js'
import { withCurrentErrors } from './reprojection.js'

/** A model with straight pictures, or why there is none. */
export type UndistortedModel =
  | { readonly ok: true; readonly model: Reconstruction }
  | { readonly ok: false; readonly verdict: Verdict }

/**
 * The same model seen by PINHOLE cameras: each keypoint where its ray meets the new picture, poses and points as they
 * were, errors in the new pixels. Cameras
 * without distortion keep their picture, and all keypoints stay, also those outside the new pictures (α below 1).
 *
 * @throws EpipoleError `input` for a keypoint that its camera's lens cannot have seen
 */
export function undistortModel(model: Reconstruction, options: UndistortedCameraOptions = {}): UndistortedModel {
  const cameras = new Map<number, Camera>()
  for (const [id, camera] of model.cameras) {
    if (!isDistorted(camera)) {
      cameras.set(id, straightened(camera))
      continue
    }
    const found = undistortedCamera(camera, options)
    if (!found.ok) {
      const { value, threshold } = found
      const text = `The lens of camera ${id} (${camera.model}) shows no direction at ${value} places of the photo's outline; such a photo has no straight picture.`
      return { ok: false, verdict: { test: 'undistort-lens', value, threshold, unit: 'count', text } }
    }
    cameras.set(id, found.camera)
  }
  const images = [...model.images].map(([id, image]) => {
    const [from, to] = [model.cameras.get(image.cameraId), cameras.get(image.cameraId)]
    if (!from || !to)
      throw new EpipoleError('input', `${image.name} has no camera ${image.cameraId}.`, { image: image.name })
    const { xy, ok } = normalizedFromPixels(from, image.keypoints)
    const lost = ok.indexOf(0)
    if (lost >= 0) {
      throw new EpipoleError('input', `Keypoint ${lost} of ${image.name} is nowhere its lens could have seen it.`, {
        image: image.name,
        keypoint: lost,
      })
    }
    return [id, { ...image, keypoints: pixelsFromNormalized(to, xy) }] as const
  })
  return { ok: true, model: withCurrentErrors({ cameras, images: new Map(images), points: model.points }) }
}

/** A camera without distortion as a PINHOLE. */
function straightened(cam: Camera): Camera {
  const [fx, , cx, , fy, cy] = calibrationMatrix(cam) as unknown as readonly number[]
  return pinhole({ fx: fx!, fy: fy!, cx: cx!, cy: cy!, width: cam.width, height: cam.height })
}
