import { tan } from '@epipole/core'
import type { Camera } from './camera.js'
import { angleFromPlane } from './distortion.js'
import { type Lens, lensOf, PROJECTION_SIZE } from './models.js'

/**
 * Problem: the ray of a pixel: the inverse of a lens model.
 * Equation: d(u, v) = ((x − cx)/fx, (y − cy)/fy), d the distortion.
 * Source: Newton's method with a line search.
 * Preconditions: the pixel is an image of the one-to-one part of the lens, up to the fold of its polynomial; others are refused.
 * Solutions: one in that part.
 */

const MAX_ITERATIONS = 100
/** A solution must reproduce the distorted point to this, relative to 1 + its radius. */
const TOLERANCE = 1e-12
/** Angles to the axis beyond this have no usable point on the plane z = 1. */
const MAX_ANGLE = 1.5707
const FOLD_SAMPLES = 8

const lensOut = new Float64Array(PROJECTION_SIZE)

/**
 * Pixel → normalised (u, v), the inverse of `projectLens`, into `out[at]`, `out[at + 1]`. Allocates nothing.
 *
 * Newton's method with a line search on the distorted plane (fisheye: on the angle plane, where the polynomial is tame).
 *
 * @returns false, and nothing written, where no point of the part of the lens that is one-to-one maps to the pixel
 */
export function unprojectLens(
  model: Lens,
  params: Float64Array,
  x: number,
  y: number,
  out: Float64Array,
  at: number,
): boolean {
  const focalCount = model.principalPointParams[0]
  const ud = (x - params[focalCount]) / params[0]
  const vd = (y - params[focalCount + 1]) / params[focalCount - 1]
  // Also false for NaN.
  if (!(ud * ud + vd * vd < Number.MAX_VALUE)) return false
  if (model.name === 'FOV') return invertFieldOfView(params[4], ud, vd, out, at)
  if (model.extraParams.length === 0) {
    out[at] = ud
    out[at + 1] = vd
    return true
  }
  const u0 = out[at]
  const v0 = out[at + 1]
  if (!invertPlane(model, params, ud, vd, out, at)) {
    out[at] = u0
    out[at + 1] = v0
    return false
  }
  if (!model.fisheye) return true
  const theta = Math.sqrt(out[at] * out[at] + out[at + 1] * out[at + 1])
  if (theta > MAX_ANGLE) {
    out[at] = u0
    out[at + 1] = v0
    return false
  }
  const factor = theta < 1e-8 ? 1 : tan(theta) / theta
  out[at] *= factor
  out[at + 1] *= factor
  return true
}

/** r = tan(rd ω) / (2 tan(ω/2)), in closed form. */
function invertFieldOfView(omega: number, ud: number, vd: number, out: Float64Array, at: number): boolean {
  const rd = Math.sqrt(ud * ud + vd * vd)
  const angle = rd * Math.abs(omega)
  if (angle > MAX_ANGLE) return false
  // Below 1e-8 both tangents are their arguments to the last bit.
  const factor = angle < 1e-8 ? omegaRatio(omega) : tan(angle) / (2 * tan(Math.abs(omega) / 2) * rd)
  out[at] = ud * factor
  out[at + 1] = vd * factor
  return true
}

function omegaRatio(omega: number): number {
  return Math.abs(omega) < 1e-8 ? 1 : omega / (2 * tan(omega / 2))
}

/** Solves distort(u, v) = (ud, vd) for the plane kernel of a model. */
function invertPlane(
  model: Lens,
  params: Float64Array,
  ud: number,
  vd: number,
  out: Float64Array,
  at: number,
): boolean {
  const first = model.principalPointParams[1] + 1
  const j = lensOut
  let u = ud
  let v = vd
  model.distort(params, first, u, v, j)
  // Start inside the one-to-one part, which contains the axis.
  for (let i = 0; i < 60 && !(isRegular(j) && Number.isFinite(j[0] + j[1])); i++) {
    u /= 2
    v /= 2
    model.distort(params, first, u, v, j)
  }
  let error = squaredError(j, ud, vd)
  const accept = TOLERANCE * (1 + Math.sqrt(ud * ud + vd * vd))
  for (let iteration = 0; iteration < MAX_ITERATIONS && error > 0; iteration++) {
    const a = j[2]
    const b = j[3]
    const c = j[4]
    const d = j[5]
    const det = a * d - b * c
    const eu = j[0] - ud
    const ev = j[1] - vd
    const du = -(d * eu - b * ev) / det
    const dv = -(a * ev - c * eu) / det
    let step = 1
    let next = error
    for (; step > 1e-10; step /= 2) {
      model.distort(params, first, u + step * du, v + step * dv, j)
      next = squaredError(j, ud, vd)
      if (next < error && isRegular(j)) break
      // This near, Newton's step fails to help only where rounding is all that is left.
      if (error <= accept * accept) break
    }
    if (!(next < error)) break
    u += step * du
    v += step * dv
    error = next
  }
  if (!(Math.sqrt(error) <= accept) || !isOneToOne(model, params, u, v)) return false
  out[at] = u
  out[at + 1] = v
  return true
}

function squaredError(j: Float64Array, ud: number, vd: number): number {
  const eu = j[0] - ud
  const ev = j[1] - vd
  return eu * eu + ev * ev
}

/** The Jacobian keeps the orientation and does not turn the plane inside out. */
function isRegular(j: Float64Array): boolean {
  return j[2] * j[5] - j[3] * j[4] > 0 && j[2] + j[5] > 0
}

/** No fold between the axis and (u, v): beyond a fold the lens polynomial maps back over points it has already covered. */
function isOneToOne(model: Lens, params: Float64Array, u: number, v: number): boolean {
  const first = model.principalPointParams[1] + 1
  for (let i = 1; i <= FOLD_SAMPLES; i++) {
    const t = i / FOLD_SAMPLES
    model.distort(params, first, t * u, t * v, lensOut)
    if (!isRegular(lensOut)) return false
  }
  return true
}

/** Whether a direction (u, v) = (X/Z, Y/Z) lies in the one-to-one part of the lens. Allocates nothing. */
export function isInOneToOnePart(model: Lens, params: Float64Array, u: number, v: number): boolean {
  if (model.extraParams.length === 0) return true
  if (!model.fisheye) return isOneToOne(model, params, u, v)
  angleFromPlane(params, 0, u, v, lensOut)
  return isOneToOne(model, params, lensOut[0], lensOut[1])
}

/** Normalised points, and which of them exist. */
export interface Normalized {
  /** `2 × n`: u, v of each pixel; NaN where refused. */
  readonly xy: Float64Array
  /** `n`: 1 where the pixel has a ray, 0 where refused. */
  readonly ok: Uint8Array
  /** How many were refused. */
  readonly refused: number
}

/**
 * Pixels → normalised coordinates (X/Z, Y/Z) of their rays. A pixel that no ray of the model reaches (beyond the fold of
 * a distortion polynomial, 90° or more off the axis) is refused.
 *
 * @param pixels `2 × n`
 * @param out `2 × n`, may be `pixels` itself
 */
export function normalizedFromPixels(
  cam: Camera,
  pixels: Float64Array,
  out: Float64Array = new Float64Array(pixels.length),
): Normalized {
  const model = lensOf(cam.model)
  const params = Float64Array.from(cam.params)
  const count = pixels.length >> 1
  const ok = new Uint8Array(count)
  let refused = 0
  for (let i = 0; i < count; i++) {
    if (unprojectLens(model, params, pixels[2 * i], pixels[2 * i + 1], out, 2 * i)) {
      ok[i] = 1
    } else {
      out[2 * i] = Number.NaN
      out[2 * i + 1] = Number.NaN
      refused++
    }
  }
  return { xy: out, ok, refused }
}
