import { mat3TransposeApply } from '../math/mat3.js'
import { cameraCenter, type Rigid } from '../math/rigid.js'
import { vec3Normalize } from '../math/vec3.js'
import type { Camera } from './camera.js'
import { lensOf } from './models.js'
import { unprojectLens } from './unproject.js'

const plane = new Float64Array(2)

/** The viewing ray of a pixel. */
export type RayVerdict =
  | {
      readonly ok: true
      /** Unit vector in the camera frame. */
      readonly direction: Float64Array
    }
  | {
      readonly ok: false
      /** No ray of the one-to-one part of the lens model reaches the pixel. */
      readonly reason: 'lens'
    }

/** The ray of a pixel, from the camera's centre, in the camera frame. */
export function rayFromPixel(cam: Camera, x: number, y: number): RayVerdict {
  const ok = unprojectLens(lensOf(cam.model), Float64Array.from(cam.params), x, y, plane, 0)
  if (!ok) return { ok: false, reason: 'lens' }
  return { ok: true, direction: vec3Normalize([plane[0], plane[1], 1]) }
}

/** The line of sight of a pixel in the world. */
export type WorldRayVerdict =
  | {
      readonly ok: true
      /** The camera's centre C = −Rᵀ t. */
      readonly origin: Float64Array
      /** Unit vector in the world. */
      readonly direction: Float64Array
    }
  | { readonly ok: false; readonly reason: 'lens' }

/** The ray of a pixel in the world: points origin + λ · direction, λ > 0, appear at the pixel. */
export function worldRayFromPixel(cam: Camera, camFromWorld: Rigid, x: number, y: number): WorldRayVerdict {
  const ray = rayFromPixel(cam, x, y)
  if (!ray.ok) return ray
  return {
    ok: true,
    origin: cameraCenter(camFromWorld),
    direction: mat3TransposeApply(camFromWorld.R, ray.direction),
  }
}

/** Normalised points (u, v), `2 × n` → unit rays (u, v, 1)/‖·‖, `3 × n`. */
export function raysFromNormalized(
  xy: Float64Array,
  out: Float64Array = new Float64Array((xy.length / 2) * 3),
): Float64Array {
  for (let i = 0; 2 * i < xy.length; i++) {
    const u = xy[2 * i]
    const v = xy[2 * i + 1]
    const scale = 1 / Math.sqrt(u * u + v * v + 1)
    out[3 * i] = u * scale
    out[3 * i + 1] = v * scale
    out[3 * i + 2] = scale
  }
  return out
}
