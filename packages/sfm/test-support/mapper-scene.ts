import {
  alignSim3,
  type Camera,
  camera,
  cameraCenter,
  meanFocalLength,
  rigid,
  type SyntheticScene,
  type SyntheticSceneOptions,
  syntheticKeypoints,
  syntheticMatches,
  syntheticScene,
} from '@epipole/geometry'
import { adjust } from '../src/mapper/adjust.js'
import { exportReconstruction } from '../src/mapper/export.js'
import type { MapperCamera, MapperInput, MapperPair, MapperPhoto } from '../src/mapper/input.js'
import { updateRays } from '../src/mapper/rays.js'
import { addPoint, type SceneState, sceneState } from '../src/mapper/scene-state.js'
import { verifyPair } from '../src/pairs/verify-pair.js'
import { correspondenceGraph } from '../src/scene/correspondence-graph.js'
import type { Reconstruction } from '../src/scene/reconstruction.js'

/**
 * What is known of the cameras: `given` exactly, `exif` 3 % off and by photo, or nothing (`default`): then each photo has
 * its own, of 1.2 × the longer side.
 */
export type Known = 'given' | 'exif' | 'default'

export interface MapperScene {
  readonly scene: SyntheticScene
  readonly input: MapperInput
}

/** A synthetic scene as the mapper gets it: keypoints and verified pairs. */
export function mapperScene(options: SyntheticSceneOptions, known: Known, prefix = 'photo'): MapperScene {
  const scene = syntheticScene(options)
  const photos = Array.from(scene.imageCamera, (_, i) => photoOf(scene, i, `${prefix}-${i}`))
  const { cameras, photoCamera } = mapperCameras(scene, known)
  const side = (i: number) => ({
    keypoints: photos[i].keypoints,
    camera: cameras[photoCamera[i]].camera,
    calibrated: known !== 'default',
  })
  const pairs: MapperPair[] = []
  for (let a = 0; a < photos.length; a++) {
    for (let b = a + 1; b < photos.length; b++) {
      const matches = Uint32Array.from(syntheticMatches(scene, a, b))
      pairs.push({ a, b, geometry: verifyPair(matches, side(a), side(b), { stream: [a, b] }) })
    }
  }
  return { scene, input: { photos, cameras, photoCamera, pairs } }
}

function photoOf(scene: SyntheticScene, i: number, name: string): MapperPhoto {
  const { width, height } = scene.cameras[scene.imageCamera[i]]
  const xy = syntheticKeypoints(scene, i)
  const count = xy.length / 2
  const keypoints = new Float32Array(4 * count)
  for (let k = 0; k < count; k++) keypoints.set([xy[2 * k], xy[2 * k + 1], 1, 0], 4 * k)
  return { name, width, height, keypoints, colors: new Uint8Array(3 * count).fill(128) }
}

function mapperCameras(scene: SyntheticScene, known: Known): Pick<MapperInput, 'cameras' | 'photoCamera'> {
  if (known === 'given') {
    const cameras = scene.cameras.map((c): MapperCamera => {
      return { camera: c, focalSource: 'given', refine: false, mergeKey: '' }
    })
    return { cameras, photoCamera: Array.from(scene.imageCamera) }
  }
  if (known === 'exif') {
    const cameras = scene.cameras.map((c): MapperCamera => {
      return { camera: radial(c, 1.03 * meanFocalLength(c)), focalSource: 'exif', refine: true, mergeKey: '' }
    })
    return { cameras, photoCamera: Array.from(scene.imageCamera) }
  }
  const cameras = Array.from(scene.imageCamera, (c): MapperCamera => {
    const { width, height } = scene.cameras[c]
    const guess = radial(scene.cameras[c], 1.2 * Math.max(width, height))
    return { camera: guess, focalSource: 'default', refine: true, mergeKey: `${width}×${height}` }
  })
  return { cameras, photoCamera: cameras.map((_, i) => i) }
}

function radial({ width, height }: Camera, f: number): Camera {
  return camera('SIMPLE_RADIAL', width, height, [f, width / 2, height / 2, 0])
}

/** Photos and pairs of both, without a match between them. */
export function joinInputs(a: MapperInput, b: MapperInput): MapperInput {
  const [photos, cameras] = [a.photos.length, a.cameras.length]
  return {
    photos: [...a.photos, ...b.photos],
    cameras: [...a.cameras, ...b.cameras],
    photoCamera: [...Array.from(a.photoCamera), ...Array.from(b.photoCamera, (c) => c + cameras)],
    pairs: [...a.pairs, ...b.pairs.map((p) => ({ ...p, a: p.a + photos, b: p.b + photos }))],
  }
}

/** Root mean square distance of the camera centres from the truth after a similarity alignment; units of the scene. */
export function centerRmse(model: Reconstruction, { scene, input }: MapperScene): number {
  const [found, truth]: [number[], number[]] = [[], []]
  input.photos.forEach(({ name }, i) => {
    const image = [...model.images.values()].find((candidate) => candidate.name === name)
    if (image === undefined) return
    found.push(...cameraCenter(image.camFromWorld))
    truth.push(...cameraCenter(truePose(scene, i)))
  })
  const aligned = alignSim3(found, truth)
  if (!aligned.ok) throw new Error(`The centres cannot be aligned: ${JSON.stringify(aligned)}`)
  return aligned.rmse
}

/**
 * What noise alone costs: the same measure for the least-squares estimate from all right observations, started from the
 * truth. No mapper can be expected to do better.
 */
export function noiseLevel(set: MapperScene, intrinsics: 'none' | 'all' = 'none'): number {
  const state = trueState(set)
  adjust(state, {
    photos: state.order,
    points: state.tracks.map((_, p) => p).filter((p) => state.tracks[p].length >= 3),
    intrinsics,
    loss: { type: 'trivial' },
    maxIterations: 50,
    functionTolerance: 1e-10,
    method: 'levenberg-marquardt',
  })
  return centerRmse(exportReconstruction(state), set)
}

export function truePose(scene: SyntheticScene, i: number) {
  return rigid(scene.poses.slice(12 * i, 12 * i + 9), scene.poses.slice(12 * i + 9, 12 * i + 12))
}

/** An empty model over the input. */
export function emptyState(input: MapperInput): SceneState {
  const graph = correspondenceGraph(
    input.photos.map((p) => p.keypoints.length / 4),
    input.pairs.map(({ a, b, geometry }) => ({ a, b, matches: geometry.inliers })),
  )
  const state = sceneState(input, graph)
  for (let photo = 0; photo < input.photos.length; photo++) updateRays(state, photo)
  return state
}

/** A model with the photos at their true places, and no points. */
export function posedState({ scene, input }: MapperScene, photos = input.photos.map((_, i) => i)): SceneState {
  const state = emptyState(input)
  for (const photo of photos) {
    state.poses.set(scene.poses.subarray(12 * photo, 12 * photo + 12), 12 * photo)
    state.registered[photo] = 1
    state.order.push(photo)
  }
  return state
}

/** A model with photos and points at their true places: each point with all of the photos' keypoints that see it. */
export function trueState(set: MapperScene, photos = set.input.photos.map((_, i) => i)): SceneState {
  const { scene } = set
  const state = posedState(set, photos)
  const tracks = new Map<number, number[]>()
  for (let k = 0; k < scene.obsImage.length; k++) {
    const image = scene.obsImage[k]
    if (scene.isOutlier[k] === 1 || !photos.includes(image)) continue
    const f = state.graph.offsets[image] + scene.obsKeypoint[k]
    tracks.set(scene.obsPoint[k], [...(tracks.get(scene.obsPoint[k]) ?? []), f])
  }
  for (const [p, track] of tracks) {
    const [x, y, z] = scene.points.subarray(3 * p, 3 * p + 3)
    if (track.length >= 2) addPoint(state, x, y, z, track)
  }
  return state
}

/** What must hold of every model: tracks and keypoints agree, and a photo sees a point once. Returns what does not. */
export function inconsistencies(state: SceneState): string[] {
  const problems: string[] = []
  let alive = 0
  state.tracks.forEach((track, p) => {
    if (track.length > 0) alive++
    if (track.length === 1) problems.push(`point ${p} is seen once`)
    if (new Set(track.map((f) => state.graph.photoOf[f])).size < track.length)
      problems.push(`point ${p} twice in a photo`)
    for (const f of track)
      if (state.pointOf[f] !== p) problems.push(`keypoint ${f} of point ${p} sees ${state.pointOf[f]}`)
    for (const f of track)
      if (state.registered[state.graph.photoOf[f]] === 0) problems.push(`point ${p} is seen by a photo without a pose`)
  })
  state.pointOf.forEach((p, f) => {
    if (p >= 0 && !state.tracks[p].includes(f)) problems.push(`keypoint ${f} is not in the track of ${p}`)
  })
  if (alive !== state.alivePoints) problems.push(`${alive} points live, ${state.alivePoints} counted`)
  return problems
}
