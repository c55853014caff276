import { EpipoleError } from '@epipole/core'
import type { CameraModel } from './camera.js'
import {
  angleFromPlane,
  brown,
  type Distortion,
  fieldOfView,
  identity,
  PARAM_DERIVATIVES,
  radialPolynomial,
  rational,
  thinPrism,
} from './distortion.js'

/** What is known of a camera model: COLMAP's number, the parameters by name, and which of them are of which kind. */
export interface CameraModelInfo {
  readonly name: CameraModel
  /** COLMAP's model id, as in its binary files and database. */
  readonly id: number
  /** In storage order. */
  readonly paramNames: readonly string[]
  /** Indices of the focal lengths: one (fx = fy) or two. */
  readonly focalParams: readonly number[]
  /** Indices of cx, cy. */
  readonly principalPointParams: readonly [number, number]
  /** Indices of the distortion coefficients. */
  readonly extraParams: readonly number[]
  /** True where the radius in the image grows with the angle to the axis, not with its tangent. */
  readonly fisheye: boolean
}

/** A model with its lens: distortion of the plane, or of the angle plane for a fisheye. */
export interface Lens extends CameraModelInfo {
  readonly distort: Distortion
}

function lens(
  id: number,
  name: CameraModel,
  focalCount: 1 | 2,
  extraNames: string,
  distort: Distortion,
  fisheye = false,
): Lens {
  const extra = extraNames === '' ? [] : extraNames.split(' ')
  const first = focalCount + 2
  return Object.freeze({
    name,
    id,
    paramNames: Object.freeze([...(focalCount === 1 ? ['f'] : ['fx', 'fy']), 'cx', 'cy', ...extra]),
    focalParams: Object.freeze(focalCount === 1 ? [0] : [0, 1]),
    principalPointParams: Object.freeze([focalCount, focalCount + 1] as const),
    extraParams: Object.freeze(extra.map((_, i) => first + i)),
    fisheye,
    distort,
  })
}

/** By COLMAP's model id. */
export const LENSES: readonly Lens[] = Object.freeze([
  lens(0, 'SIMPLE_PINHOLE', 1, '', identity),
  lens(1, 'PINHOLE', 2, '', identity),
  lens(2, 'SIMPLE_RADIAL', 1, 'k', radialPolynomial(1)),
  lens(3, 'RADIAL', 1, 'k1 k2', radialPolynomial(2)),
  lens(4, 'OPENCV', 2, 'k1 k2 p1 p2', brown),
  lens(5, 'OPENCV_FISHEYE', 2, 'k1 k2 k3 k4', radialPolynomial(4), true),
  lens(6, 'FULL_OPENCV', 2, 'k1 k2 p1 p2 k3 k4 k5 k6', rational),
  lens(7, 'FOV', 2, 'omega', fieldOfView),
  lens(8, 'SIMPLE_RADIAL_FISHEYE', 1, 'k', radialPolynomial(1), true),
  lens(9, 'RADIAL_FISHEYE', 1, 'k1 k2', radialPolynomial(2), true),
  lens(10, 'THIN_PRISM_FISHEYE', 2, 'k1 k2 p1 p2 k3 k4 sx1 sy1', thinPrism, true),
])

const byName = new Map<string, Lens>(LENSES.map((l) => [l.name, l]))

/** The largest number of parameters of any model. */
export const MAX_CAMERA_PARAMS = 12

/** All models, by COLMAP's id. */
export const cameraModels: readonly CameraModelInfo[] = LENSES

/**
 * The model of a name or of a COLMAP id.
 *
 * @throws EpipoleError `input` for a model that is not one of COLMAP's 0–10
 */
export function cameraModelInfo(model: CameraModel | number): CameraModelInfo {
  return lensOf(model)
}

/** As `cameraModelInfo`, with the lens. */
export function lensOf(model: CameraModel | number): Lens {
  const found = typeof model === 'number' ? LENSES[model] : byName.get(model)
  if (found === undefined) {
    throw new EpipoleError(
      'input',
      `There is no camera model ${typeof model === 'number' ? `number ${model}` : `"${model}"`}; known are ${LENSES.map((l) => `${l.id} ${l.name}`).join(', ')}.`,
      { model },
    )
  }
  return found
}

/** Room for one projection with all derivatives, see `projectLens`. */
export const PROJECTION_SIZE = PARAM_DERIVATIVES + 2 * MAX_CAMERA_PARAMS

const plane = new Float64Array(PARAM_DERIVATIVES)

/**
 * Normalised (u, v) = (X/Z, Y/Z) → distorted plane (ud, vd) = ((x − cx)/fx, (y − cy)/fy), with derivatives, laid out as a
 * `Distortion` kernel's output.
 */
export function distortLens(model: Lens, params: Float64Array, u: number, v: number, out: Float64Array): void {
  const first = model.principalPointParams[1] + 1
  if (!model.fisheye) {
    model.distort(params, first, u, v, out)
    return
  }
  angleFromPlane(params, first, u, v, plane)
  model.distort(params, first, plane[0], plane[1], out)
  const a = out[2]
  const b = out[3]
  const c = out[4]
  const d = out[5]
  out[2] = a * plane[2] + b * plane[4]
  out[3] = a * plane[3] + b * plane[5]
  out[4] = c * plane[2] + d * plane[4]
  out[5] = c * plane[3] + d * plane[5]
}

/**
 * Normalised (u, v) → pixel, with all derivatives: `out[0..1]` = x, y; `out[2..5]` = ∂(x, y)/∂(u, v), row-major;
 * `out[6 + 2i]`, `out[7 + 2i]` = ∂x/∂params[i], ∂y/∂params[i]. Allocates nothing.
 *
 * @param out at least `PROJECTION_SIZE` long
 */
export function projectLens(model: Lens, params: Float64Array, u: number, v: number, out: Float64Array): void {
  distortLens(model, params, u, v, out)
  const focalCount = model.principalPointParams[0]
  const fx = params[0]
  const fy = params[focalCount - 1]
  const ud = out[0]
  const vd = out[1]
  const end = PARAM_DERIVATIVES + 2 * model.paramNames.length
  for (let i = PARAM_DERIVATIVES + 2 * (focalCount + 2); i < end; i += 2) {
    out[i] *= fx
    out[i + 1] *= fy
  }
  out[0] = fx * ud + params[focalCount]
  out[1] = fy * vd + params[focalCount + 1]
  out[2] *= fx
  out[3] *= fx
  out[4] *= fy
  out[5] *= fy
  out[6] = ud
  out[7] = focalCount === 1 ? vd : 0
  let at = 8
  if (focalCount === 2) {
    out[8] = 0
    out[9] = vd
    at = 10
  }
  out[at] = 1
  out[at + 1] = 0
  out[at + 2] = 0
  out[at + 3] = 1
}
