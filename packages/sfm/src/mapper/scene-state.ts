import type { Camera } from '@epipole/geometry'
import type { CorrespondenceGraph } from '../scene/correspondence-graph.js'
import type { MapperCamera, MapperInput } from './input.js'

/** One numbered 3-D point of the state: the keypoints (global numbers) that see it; empty once deleted. */
export type Track = number[]

/**
 * A model under construction. Everything is indexed by the input's photos, cameras and global keypoint numbers (see
 * `CorrespondenceGraph`); points are numbered in order of birth and their slots are never reused, so the order of every
 * sum is a function of the input alone.
 */
export interface SceneState {
  readonly input: MapperInput
  readonly graph: CorrespondenceGraph
  /** Current intrinsics of each camera. */
  readonly cameras: MapperCamera[]
  /** Photo → camera; cameras can be merged while mapping. */
  readonly photoCamera: Int32Array
  /** 1 where the photo is registered. */
  readonly registered: Uint8Array
  /** Registered photos, in order of registration. */
  readonly order: number[]
  /** camFromWorld of each photo, 12 numbers: R row-major, t. */
  readonly poses: Float64Array
  /** Pixel of each keypoint, flat x, y. */
  readonly pixels: Float64Array
  /** Relative standard deviation of each keypoint's position, from its scale. */
  readonly sigma: Float64Array
  /** Normalised (undistorted, z = 1) coordinates of each keypoint under its camera's current intrinsics. */
  readonly rays: Float64Array
  /** Mean focal length of each photo's camera, pixels: turns errors on the plane z = 1 into pixels. */
  readonly focal: Float64Array
  /** Point of each keypoint, −1 where none. */
  readonly pointOf: Int32Array
  /** `3 × points`, grown as needed. */
  xyz: Float64Array
  readonly tracks: Track[]
  /** Points with a track. */
  alivePoints: number
}

/** An empty model over the input. */
export function sceneState(input: MapperInput, graph: CorrespondenceGraph): SceneState {
  const photos = input.photos.length
  const total = graph.offsets[photos]
  const pixels = new Float64Array(2 * total)
  const sigma = new Float64Array(total)
  for (let i = 0; i < photos; i++) {
    const { keypoints } = input.photos[i]
    const base = graph.offsets[i]
    for (let k = 0; k < graph.offsets[i + 1] - base; k++) {
      pixels[2 * (base + k)] = keypoints[4 * k]
      pixels[2 * (base + k) + 1] = keypoints[4 * k + 1]
      sigma[base + k] = positionSigma(keypoints[4 * k + 2])
    }
  }
  return {
    input,
    graph,
    cameras: input.cameras.map((c) => ({ ...c })),
    photoCamera: Int32Array.from(input.photoCamera),
    registered: new Uint8Array(photos),
    order: [],
    poses: new Float64Array(12 * photos),
    pixels,
    sigma,
    rays: new Float64Array(2 * total),
    focal: new Float64Array(photos),
    pointOf: new Int32Array(total).fill(-1),
    xyz: new Float64Array(3 * 1024),
    tracks: [],
    alivePoints: 0,
  }
}

/** Scale (σ in pixels) up to which a keypoint's position is limited by the pixels rather than by its own size. */
const SHARP_SCALE = 2

/** A blob's position is the less certain the larger it is; in units of a sharp keypoint's error. */
function positionSigma(scale: number): number {
  return Math.max(1, scale / SHARP_SCALE)
}

/** Adds a point seen at the keypoints of `track`; none of them may see another point. */
export function addPoint(state: SceneState, x: number, y: number, z: number, track: readonly number[]): number {
  const id = state.tracks.length
  if (3 * (id + 1) > state.xyz.length) {
    const grown = new Float64Array(state.xyz.length * 2)
    grown.set(state.xyz)
    state.xyz = grown
  }
  state.xyz[3 * id] = x
  state.xyz[3 * id + 1] = y
  state.xyz[3 * id + 2] = z
  state.tracks.push([...track])
  for (const f of track) state.pointOf[f] = id
  state.alivePoints++
  return id
}

export function addObservation(state: SceneState, point: number, keypoint: number): void {
  state.tracks[point].push(keypoint)
  state.pointOf[keypoint] = point
}

/** Removes one observation; a point seen by fewer than two photos is deleted with it. */
export function removeObservation(state: SceneState, keypoint: number): void {
  const point = state.pointOf[keypoint]
  if (point < 0) return
  state.pointOf[keypoint] = -1
  const track = state.tracks[point]
  track.splice(track.indexOf(keypoint), 1)
  if (track.length < 2) deletePoint(state, point)
}

export function deletePoint(state: SceneState, point: number): void {
  const track = state.tracks[point]
  if (track.length === 0) return
  for (const f of track) state.pointOf[f] = -1
  state.tracks[point] = []
  state.alivePoints--
}

/** Forgets a photo's pose and observations. */
export function deregister(state: SceneState, photo: number): void {
  const { offsets } = state.graph
  for (let f = offsets[photo]; f < offsets[photo + 1]; f++) removeObservation(state, f)
  state.registered[photo] = 0
  state.order.splice(state.order.indexOf(photo), 1)
}

export function cameraOf(state: SceneState, photo: number): Camera {
  return state.cameras[state.photoCamera[photo]].camera
}

/** Number of points a photo sees. */
export function observedPoints(state: SceneState, photo: number): number {
  const { offsets } = state.graph
  let n = 0
  for (let f = offsets[photo]; f < offsets[photo + 1]; f++) if (state.pointOf[f] >= 0) n++
  return n
}
