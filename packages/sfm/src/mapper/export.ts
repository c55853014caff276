import {
  NO_POINT,
  type Reconstruction,
  type ReconstructionImage,
  type ReconstructionPoint,
} from '../scene/reconstruction.js'
import { squaredErrorPx } from './errors.js'
import { livingPoints } from './filter-points.js'
import type { SceneState } from './scene-state.js'

/**
 * The model as plain data. Camera and image ids are 1 + their index in the input, so several models of one run agree on
 * them; points are numbered from 1 in order of birth; tracks are sorted.
 */
export function exportReconstruction(state: SceneState): Reconstruction {
  const { graph, input } = state
  const cameras: Reconstruction['cameras'] = new Map()
  const images = new Map<number, ReconstructionImage>()
  const points = new Map<number, ReconstructionPoint>()
  const photos = [...state.order].sort((a, b) => a - b)
  const numberOf = new Int32Array(state.tracks.length).fill(NO_POINT)
  livingPoints(state).forEach((p, i) => {
    numberOf[p] = i + 1
  })

  for (const photo of photos) {
    const c = state.photoCamera[photo]
    cameras.set(c + 1, state.cameras[c].camera)
    const from = graph.offsets[photo]
    const to = graph.offsets[photo + 1]
    const pose = state.poses.slice(12 * photo, 12 * photo + 12)
    images.set(photo + 1, {
      name: input.photos[photo].name,
      cameraId: c + 1,
      camFromWorld: { R: pose.slice(0, 9), t: pose.slice(9, 12) },
      keypoints: state.pixels.slice(2 * from, 2 * to),
      pointIds: Int32Array.from(state.pointOf.subarray(from, to), (p) => (p < 0 ? NO_POINT : numberOf[p])),
    })
  }
  for (const p of livingPoints(state)) points.set(numberOf[p], exportPoint(state, p))
  return { cameras, images, points }
}

function exportPoint(state: SceneState, point: number): ReconstructionPoint {
  const { graph, input } = state
  const track = [...state.tracks[point]].sort((a, b) => a - b)
  const rgb: [number, number, number] = [0, 0, 0]
  const flat = new Int32Array(2 * track.length)
  let error = 0
  track.forEach((f, i) => {
    const photo = graph.photoOf[f]
    const k = f - graph.offsets[photo]
    flat[2 * i] = photo + 1
    flat[2 * i + 1] = k
    for (let c = 0; c < 3; c++) rgb[c] += input.photos[photo].colors[3 * k + c]
    error += Math.sqrt(squaredErrorPx(state, f, state.xyz, 3 * point))
  })
  for (let c = 0; c < 3; c++) rgb[c] = Math.round(rgb[c] / track.length)
  return { xyz: state.xyz.slice(3 * point, 3 * point + 3), rgb, error: error / track.length, track: flat }
}
