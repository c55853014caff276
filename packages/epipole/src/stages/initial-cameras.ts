import { EpipoleError } from '@epipole/core'
import { type Camera, type CameraModel, camera, cameraFromFocal } from '@epipole/geometry'
import type { MapperCamera } from '@epipole/sfm'
import { groupCameras } from '../photos/group-cameras.js'
import type { SurveyedPhoto } from './survey.js'

/** Known intrinsics at the photos' full size: a PINHOLE matrix, or with `lens` any camera of COLMAP's models. */
export interface Intrinsics {
  readonly fx: number
  readonly fy: number
  readonly cx: number
  readonly cy: number
  /** A camera with distortion: its model and all its parameters, fx … cy among them. */
  readonly lens?: { readonly model: CameraModel; readonly params: readonly number[] }
}

export interface CameraOptions {
  readonly intrinsics?: Intrinsics | undefined
  readonly refineIntrinsics?: boolean | undefined
  readonly cameraModel?: CameraModel | undefined
  readonly sharedCamera?: boolean | undefined
}

export interface InitialCameras {
  readonly cameras: readonly MapperCamera[]
  /** Index into `cameras` of each photo. */
  readonly photoCamera: readonly number[]
}

/** The cameras before anything is measured: given intrinsics, or EXIF's focal length, or a guess from the size. */
export function initialCameras(photos: readonly SurveyedPhoto[], options: CameraOptions = {}): InitialCameras {
  const infos = photos.map((p) => p.info)
  const shared = options.sharedCamera === true || options.intrinsics !== undefined
  const ids = groupCameras(infos, { sharedCamera: shared })
  const cameras: MapperCamera[] = []
  ids.forEach((id, i) => {
    const { width, height, focal } = infos[i]
    if (cameras[id - 1] !== undefined) return
    const size = `${width}×${height}`
    cameras[id - 1] = options.intrinsics
      ? givenCamera(options.intrinsics, width, height, infos[i].name, options)
      : {
          camera: cameraFromFocal(options.cameraModel ?? 'SIMPLE_RADIAL', focal.px, width, height),
          focalSource: focal.source === 'default' ? 'default' : 'exif',
          refine: true,
          mergeKey: focal.source === 'default' && !shared ? size : '',
        }
  })
  return { cameras, photoCamera: ids.map((id) => id - 1) }
}

function givenCamera(
  k: Intrinsics,
  width: number,
  height: number,
  photo: string,
  options: CameraOptions,
): MapperCamera {
  checkIntrinsics(k, width, height, photo)
  const refine = options.refineIntrinsics === true
  const { model, params } = k.lens ?? { model: 'PINHOLE' as const, params: [k.fx, k.fy, k.cx, k.cy] }
  const given: Camera = camera(model, width, height, params)
  return { camera: given, focalSource: 'given', refine, mergeKey: '' }
}

/** A principal point outside the photo or a focal length no lens has can only be meant for other photos. */
function checkIntrinsics(k: Intrinsics, width: number, height: number, photo: string): void {
  const side = Math.max(width, height)
  const inside = k.cx > 0 && k.cx < width && k.cy > 0 && k.cy < height
  const plausible = [k.fx, k.fy].every((f) => f >= 0.1 * side && f <= 30 * side)
  if (inside && plausible) return
  throw new EpipoleError(
    'usage',
    `--intrinsics fx ${k.fx}, fy ${k.fy}, cx ${k.cx}, cy ${k.cy} cannot be for ${photo} of ${width} × ${height} pixels: ` +
      `${inside ? 'the focal length is out of proportion' : 'the principal point is outside the photo'}. ` +
      'They must refer to the full-size photo, in pixels.',
    { option: 'intrinsics', photo, width, height, ...k },
  )
}
