import { squaredPlaneError } from '@epipole/geometry'
import type { SceneState } from './scene-state.js'

/**
 * Squared reprojection error of a point (at `at` of `xyz`) at a keypoint, in pixels²: measured on the undistorted plane and
 * scaled by the focal length, so no lens model is evaluated. Infinite behind the camera; NaN where the keypoint has no ray.
 */
export function squaredErrorPx(state: SceneState, keypoint: number, xyz: Float64Array, at: number): number {
  const photo = state.graph.photoOf[keypoint]
  const { rays, focal } = state
  const e = squaredPlaneError(
    state.poses,
    12 * photo,
    rays[2 * keypoint],
    rays[2 * keypoint + 1],
    xyz[at],
    xyz[at + 1],
    xyz[at + 2],
  )
  return e * focal[photo] * focal[photo]
}

/** Unit vectors from a point towards its cameras' centres, three numbers each; grown as needed. */
let rays = new Float64Array(3 * 64)

function writeRays(state: SceneState, point: number): number {
  const { poses, xyz } = state
  const track = state.tracks[point]
  if (3 * track.length > rays.length) rays = new Float64Array(6 * track.length)
  for (let i = 0; i < track.length; i++) {
    const p = 12 * state.graph.photoOf[track[i]]
    const tx = poses[p + 9]
    const ty = poses[p + 10]
    const tz = poses[p + 11]
    const x = -(poses[p] * tx + poses[p + 3] * ty + poses[p + 6] * tz) - xyz[3 * point]
    const y = -(poses[p + 1] * tx + poses[p + 4] * ty + poses[p + 7] * tz) - xyz[3 * point + 1]
    const z = -(poses[p + 2] * tx + poses[p + 5] * ty + poses[p + 8] * tz) - xyz[3 * point + 2]
    const scale = 1 / Math.sqrt(x * x + y * y + z * z)
    rays[3 * i] = x * scale
    rays[3 * i + 1] = y * scale
    rays[3 * i + 2] = z * scale
  }
  return track.length
}

/** The largest angle between two of a point's rays, as its cosine; 1 for fewer than two. */
export function smallestCosine(state: SceneState, point: number): number {
  return cosineUpTo(state, point, Number.NEGATIVE_INFINITY)
}

/** Whether two of a point's rays meet under an angle of at least that of `maxCosine`. */
export function isWideEnough(state: SceneState, point: number, maxCosine: number): boolean {
  return cosineUpTo(state, point, maxCosine) <= maxCosine
}

/** The smallest cosine, or the first one found that is no larger than `enough`. */
function cosineUpTo(state: SceneState, point: number, enough: number): number {
  const count = writeRays(state, point)
  let smallest = 1
  for (let i = 1; i < count; i++) {
    for (let j = 0; j < i; j++) {
      const cosine = rays[3 * i] * rays[3 * j] + rays[3 * i + 1] * rays[3 * j + 1] + rays[3 * i + 2] * rays[3 * j + 2]
      if (cosine < smallest) smallest = cosine
      if (cosine <= enough) return cosine
    }
  }
  return smallest
}
