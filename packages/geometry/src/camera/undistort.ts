import { EpipoleError } from '@epipole/core'
import { mat3Identity, mat3Transpose } from '../math/mat3.js'
import type { Numbers } from '../math/vec3.js'
import type { Camera } from './camera.js'
import { camera } from './create.js'
import { type Lens, lensOf, PROJECTION_SIZE, projectLens } from './models.js'
import { isInOneToOnePart, unprojectLens } from './unproject.js'

/**
 * Problem: a pinhole camera that shows a distorted photo straight, and where its pixels come from.
 * Equation: pixel of the photo = π(d; Rᵀ K_new⁻¹ (x, y, 1)ᵀ), exact since only the new camera is inverted.
 * Source: Bouguet's toolbox; `getOptimalNewCameraMatrix` and `initUndistortRectifyMap` of OpenCV.
 * Preconditions: the outline of the photo has rays; else refused.
 * Solutions: one for each α.
 */

/** Samples along each side of an image, for its outline on the plane z = 1. */
const OUTLINE = 32

export interface UndistortedCameraOptions {
  /**
   * 0: every pixel of the new image has a value. 1: every pixel of the photo is in the new image. Between: mixed linearly.
   * Default 0.
   */
  readonly alpha?: number
  /** Pixels. Default: the photo's. */
  readonly width?: number
  readonly height?: number
}

export type UndistortedCamera =
  | { readonly ok: true; readonly camera: Camera }
  | {
      readonly ok: false
      /** `lens`: this many pixels of the outline have no ray of the lens model. */
      readonly reason: 'lens'
      readonly value: number
      readonly threshold: number
    }

/**
 * The PINHOLE camera that shows a distorted photo straight: the largest rectangle inside the photo's outline on the plane
 * z = 1 (α = 0), or the smallest around it (α = 1), fills the new image. Bouguet's choice, as OpenCV's
 * `getOptimalNewCameraMatrix`.
 *
 * @throws EpipoleError `usage` for an α outside 0 … 1
 */
export function undistortedCamera(cam: Camera, options: UndistortedCameraOptions = {}): UndistortedCamera {
  const { alpha = 0, width = cam.width, height = cam.height } = options
  if (!(alpha >= 0 && alpha <= 1)) {
    throw new EpipoleError('usage', `alpha must be a number from 0 to 1, not ${alpha}.`, { alpha })
  }
  const { inner, outer, refused } = outlineOnPlane(cam)
  if (refused > 0) return { ok: false, reason: 'lens', value: refused, threshold: 0 }
  const mix = (a: number, b: number) => (1 - alpha) * a + alpha * b
  const fx = mix(width / (inner[1] - inner[0]), width / (outer[1] - outer[0]))
  const fy = mix(height / (inner[3] - inner[2]), height / (outer[3] - outer[2]))
  const cx = mix((-width * inner[0]) / (inner[1] - inner[0]), (-width * outer[0]) / (outer[1] - outer[0]))
  const cy = mix((-height * inner[2]) / (inner[3] - inner[2]), (-height * outer[2]) / (outer[3] - outer[2]))
  return { ok: true, camera: camera('PINHOLE', width, height, [fx, fy, cx, cy]) }
}

/** Rectangles on the plane z = 1 as left, right, top, bottom. */
export interface Outline {
  /** The largest inside the outline of the photo (one side after the other), and the smallest around it. */
  readonly inner: readonly number[]
  readonly outer: readonly number[]
  /** Samples of the outline without a ray, and with a ray that does not meet the plane. */
  readonly refused: number
  readonly behind: number
}

/** The outline of a camera's photo on the plane z = 1 of the camera turned by `newFromCam` (9 numbers, row-major). */
export function outlineOnPlane(cam: Camera, newFromCam: Numbers = mat3Identity()): Outline {
  const model = lensOf(cam.model)
  const params = Float64Array.from(cam.params)
  const R = mat3Transpose(newFromCam)
  const point = new Float64Array(2)
  const inner = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]
  const outer = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]
  let refused = 0
  let behind = 0
  for (let side = 0; side < 4; side++) {
    for (let k = 0; k <= OUTLINE; k++) {
      const [x, y] = outlinePoint(cam, side, k)
      if (!unprojectLens(model, params, x, y, point, 0)) refused++
      else if (!turn(R, point)) behind++
      else {
        const coordinate = point[side < 2 ? 0 : 1]
        inner[side] = side % 2 === 0 ? Math.max(inner[side], coordinate) : Math.min(inner[side], coordinate)
        for (let c = 0; c < 2; c++) {
          outer[2 * c] = Math.min(outer[2 * c], point[c])
          outer[2 * c + 1] = Math.max(outer[2 * c + 1], point[c])
        }
      }
    }
  }
  return { inner, outer, refused, behind }
}

/** Left, right, top, bottom side. */
function outlinePoint({ width, height }: Camera, side: number, k: number): readonly [number, number] {
  const along = k / OUTLINE
  if (side < 2) return [side * width, along * height]
  return [along * width, (side - 2) * height]
}

/** Where the pixels of an undistorted image come from. */
export interface UndistortionMap {
  /** Of the new image. */
  readonly width: number
  readonly height: number
  /** `2 × width × height`: x, y in the photo of each pixel of the new image; NaN where it has none. */
  readonly xy: Float32Array
  /** How many have none: beyond the lens model, or outside the photo. */
  readonly empty: number
}

/**
 * For each pixel of `to` the place in the photo of `from` that shows the same direction. Needs no inverse of `from`'s lens, so it
 * is exact.
 *
 * @param from the camera of the photo
 * @param to the camera of the new image, see `undistortedCamera`
 * @param toFromPhoto rotation of the new camera against the old, 9 numbers row-major (for rectified stereo pairs). Default: none
 */
export function undistortionMap(
  from: Camera,
  to: Camera,
  toFromPhoto: Numbers = mat3Identity(),
  xy: Float32Array = new Float32Array(2 * to.width * to.height),
): UndistortionMap {
  const [lensFrom, lensTo] = [lensOf(from.model), lensOf(to.model)]
  const [paramsFrom, paramsTo] = [Float64Array.from(from.params), Float64Array.from(to.params)]
  const ray = new Float64Array(2)
  const projected = new Float64Array(PROJECTION_SIZE)
  const R = Float64Array.from(toFromPhoto)
  let empty = 0
  for (let at = 0, j = 0; j < to.height; j++) {
    for (let i = 0; i < to.width; i++, at += 2) {
      const seen =
        unprojectLens(lensTo, paramsTo, i + 0.5, j + 0.5, ray, 0) &&
        turn(R, ray) &&
        project(lensFrom, paramsFrom, ray, projected) &&
        isInside(from, projected)
      if (!seen) empty++
      xy[at] = seen ? projected[0] : Number.NaN
      xy[at + 1] = seen ? projected[1] : Number.NaN
    }
  }
  return { width: to.width, height: to.height, xy, empty }
}

/** (u, v) ← the point of Rᵀ (u, v, 1) on the plane z = 1; false behind the camera. */
function turn(R: Float64Array, ray: Float64Array): boolean {
  const [u, v] = ray
  const z = R[2] * u + R[5] * v + R[8]
  ray[0] = (R[0] * u + R[3] * v + R[6]) / z
  ray[1] = (R[1] * u + R[4] * v + R[7]) / z
  return z > 0
}

/** False beyond a fold of the lens, where its polynomial shows directions a second time. */
function project(lens: Lens, params: Float64Array, ray: Float64Array, out: Float64Array): boolean {
  if (!isInOneToOnePart(lens, params, ray[0], ray[1])) return false
  projectLens(lens, params, ray[0], ray[1], out)
  return true
}

function isInside({ width, height }: Camera, [x, y]: Float64Array): boolean {
  return x >= 0 && y >= 0 && x <= width && y <= height
}
