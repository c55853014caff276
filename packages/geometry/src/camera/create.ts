import { EpipoleError } from '@epipole/core'
import type { Camera, CameraModel } from './camera.js'
import { lensOf } from './models.js'

/**
 * A camera of a COLMAP model, checked and frozen.
 *
 * @param model COLMAP's name or number
 * @param width pixels
 * @param height pixels
 * @param params in the model's order, see `cameraModelInfo(model).paramNames`; lengths in pixels, principal point with the
 *   centre of the top-left pixel at (0.5, 0.5)
 * @throws EpipoleError `input` on an unknown model, a wrong number of parameters, a size that is not a positive integer,
 *   a parameter that is not finite or a focal length that is not positive
 */
export function camera(
  model: CameraModel | number,
  width: number,
  height: number,
  params: ArrayLike<number> & Iterable<number>,
): Camera {
  const info = lensOf(model)
  if (!(Number.isSafeInteger(width) && width > 0 && Number.isSafeInteger(height) && height > 0)) {
    throw new EpipoleError('input', `A camera needs a width and a height in whole pixels, not ${width} × ${height}.`, {
      width,
      height,
    })
  }
  if (params.length !== info.paramNames.length) {
    throw new EpipoleError(
      'input',
      `A ${info.name} camera has ${info.paramNames.length} parameters (${info.paramNames.join(', ')}), not ${params.length}.`,
      { model: info.name, params: [...params] },
    )
  }
  for (const [i, name] of info.paramNames.entries()) {
    const value = params[i]
    const isFocal = info.focalParams.includes(i)
    if (!Number.isFinite(value) || (isFocal && value <= 0)) {
      throw new EpipoleError(
        'input',
        `The parameter ${name} of a ${info.name} camera must be ${isFocal ? 'a positive' : 'a finite'} number, not ${value}.`,
        { model: info.name, parameter: name, value },
      )
    }
  }
  return Object.freeze({ model: info.name, width, height, params: Object.freeze([...params]) })
}

/** Intrinsics of a camera without distortion, in pixels; give `f`, or `fx` and `fy`. */
export interface PinholeIntrinsics {
  readonly f?: number
  readonly fx?: number
  readonly fy?: number
  /** Default: the middle of `width`. */
  readonly cx?: number
  /** Default: the middle of `height`. */
  readonly cy?: number
  /** Default: twice `cx`, rounded. */
  readonly width?: number
  /** Default: twice `cy`, rounded. */
  readonly height?: number
}

/**
 * A camera without distortion: SIMPLE_PINHOLE from `f`, PINHOLE from `fx` and `fy`.
 *
 * @throws EpipoleError `input` where neither the principal point nor the size is known, or a value is impossible
 */
export function pinhole(intrinsics: PinholeIntrinsics): Camera {
  const { f, fx, fy } = intrinsics
  const [cx, width] = centreAndSize('cx', intrinsics.cx, 'width', intrinsics.width)
  const [cy, height] = centreAndSize('cy', intrinsics.cy, 'height', intrinsics.height)
  if (f !== undefined && fx === undefined && fy === undefined) {
    return camera('SIMPLE_PINHOLE', width, height, [f, cx, cy])
  }
  if (f === undefined && fx !== undefined && fy !== undefined) {
    return camera('PINHOLE', width, height, [fx, fy, cx, cy])
  }
  throw new EpipoleError('input', 'A pinhole camera needs either f, or fx and fy, in pixels.', { ...intrinsics })
}

function centreAndSize(
  centreName: string,
  centre: number | undefined,
  sizeName: string,
  size: number | undefined,
): [centre: number, size: number] {
  if (centre !== undefined) return [centre, size ?? Math.max(1, Math.round(2 * centre))]
  if (size !== undefined) return [size / 2, size]
  throw new EpipoleError('input', `A pinhole camera needs ${centreName} or ${sizeName}, in pixels.`)
}

/**
 * A first guess from a focal length alone: principal point in the middle, no distortion.
 *
 * @param focal pixels
 */
export function cameraFromFocal(model: CameraModel | number, focal: number, width: number, height: number): Camera {
  const info = lensOf(model)
  const params = info.paramNames.map(() => 0)
  for (const i of info.focalParams) params[i] = focal
  params[info.principalPointParams[0]] = width / 2
  params[info.principalPointParams[1]] = height / 2
  return camera(info.name, width, height, params)
}
