import { meanFocalLength, normalizedFromPixels } from '@epipole/geometry'
import { cameraOf, type SceneState } from './scene-state.js'

/**
 * Undistorts a photo's keypoints under its camera's current intrinsics. A keypoint that no ray of the lens model reaches
 * gets NaN, which fails every later test on its own: it takes part in nothing.
 */
export function updateRays(state: SceneState, photo: number): void {
  const { offsets } = state.graph
  const from = 2 * offsets[photo]
  const to = 2 * offsets[photo + 1]
  const rays = state.rays.subarray(from, to)
  const { ok, refused } = normalizedFromPixels(cameraOf(state, photo), state.pixels.subarray(from, to), rays)
  state.focal[photo] = meanFocalLength(cameraOf(state, photo))
  if (refused === 0) return
  for (let k = 0; k < ok.length; k++) {
    if (ok[k] === 0) {
      rays[2 * k] = Number.NaN
      rays[2 * k + 1] = Number.NaN
    }
  }
}

/** Undistorts the keypoints of every photo of a camera. */
export function updateCameraRays(state: SceneState, camera: number): void {
  for (let photo = 0; photo < state.photoCamera.length; photo++) {
    if (state.photoCamera[photo] === camera) updateRays(state, photo)
  }
}
