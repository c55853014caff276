import type { MapperCamera } from './input.js'
import type { MapperOptions } from './options.js'
import { updateRays } from './rays.js'
import { adjustAll, FINE } from './refine.js'
import type { SceneState } from './scene-state.js'

/**
 * Photos without EXIF start with a camera each. Where one set of intrinsics explains all equal-sized ones as well as one
 * set each, the photos were taken by one camera, and saying so makes the whole model stiffer.
 */
export interface SharingTest {
  readonly mergeKey: string
  readonly photos: number
  /** Root mean square reprojection errors, pixels. */
  readonly separateRms: number
  readonly sharedRms: number
  /** `sharedRms / separateRms`. */
  readonly ratio: number
  readonly threshold: number
  readonly shared: boolean
}

/** Separate intrinsics fit better by their freedom alone, but with thousands of observations hardly; a second lens shows. */
const MAX_RATIO = 1.05
/** With fewer photos the test says little. */
const MIN_PHOTOS = 4

/** Tries to merge the cameras of each key; the state is changed only where sharing fits. */
export function shareIntrinsics(state: SceneState, options: MapperOptions): SharingTest[] {
  const tests: SharingTest[] = []
  const keys = [...new Set(state.cameras.map((c) => c.mergeKey))].filter((k) => k !== '').sort()
  for (const mergeKey of keys) {
    const members = state.order.filter((photo) => state.cameras[state.photoCamera[photo]].mergeKey === mergeKey)
    const cameras = new Set(members.map((photo) => state.photoCamera[photo]))
    if (cameras.size < MIN_PHOTOS) continue
    tests.push(tryKey(state, mergeKey, options))
  }
  return tests
}

function tryKey(state: SceneState, mergeKey: string, options: MapperOptions): SharingTest {
  const effort = { ...FINE, maxIterations: 20, functionTolerance: 1e-5 }
  const separateRms = adjustAll(state, options, effort).report.finalRmsPx
  const before = snapshot(state)
  const members: number[] = []
  state.photoCamera.forEach((c, photo) => {
    if (state.cameras[c].mergeKey === mergeKey) members.push(photo)
  })
  const used = members.filter((photo) => state.registered[photo] === 1).map((photo) => state.photoCamera[photo])
  used.sort((a, b) => state.cameras[a].camera.params[0] - state.cameras[b].camera.params[0])
  const keeper = used[used.length >> 1]
  for (const photo of members) {
    state.photoCamera[photo] = keeper
    updateRays(state, photo)
  }
  const sharedRms = adjustAll(state, options, effort).report.finalRmsPx
  const ratio = sharedRms / separateRms
  const shared = ratio <= MAX_RATIO
  if (!shared) restore(state, before)
  return { mergeKey, photos: used.length, separateRms, sharedRms, ratio, threshold: MAX_RATIO, shared }
}

/** What an adjustment can change. */
export interface Snapshot {
  readonly cameras: MapperCamera[]
  readonly photoCamera: Int32Array
  readonly poses: Float64Array
  readonly xyz: Float64Array
}

export function snapshot(state: SceneState): Snapshot {
  return {
    cameras: [...state.cameras],
    photoCamera: state.photoCamera.slice(),
    poses: state.poses.slice(),
    xyz: state.xyz.slice(),
  }
}

export function restore(state: SceneState, saved: Snapshot): void {
  saved.cameras.forEach((camera, i) => {
    state.cameras[i] = camera
  })
  state.photoCamera.set(saved.photoCamera)
  state.poses.set(saved.poses)
  state.xyz.set(saved.xyz)
  for (let photo = 0; photo < state.photoCamera.length; photo++) updateRays(state, photo)
}
