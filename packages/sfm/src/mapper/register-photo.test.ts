import { camera, cameraCenter, rigid, rotationAngleRad } from '@epipole/geometry'
import { describe, expect, test } from 'vitest'
import { inconsistencies, type MapperScene, mapperScene, truePose, trueState } from '../../test-support/mapper-scene.js'
import { defaultMapperOptions } from './options.js'
import { updateCameraRays } from './rays.js'
import { absurdLens, registerPhoto } from './register-photo.js'
import { cameraOf, type SceneState } from './scene-state.js'

/** A scene whose photo 5 is yet to come; `focalFactor` times its true focal length is what its camera starts with. */
function waiting(set: MapperScene, focalFactor: number): SceneState {
  const state = trueState(set, [0, 1, 2, 3, 4])
  // The others' cameras are known by now.
  for (let c = 0; c < state.cameras.length; c++) {
    const truth = set.scene.cameras[set.scene.imageCamera[c] ?? 0]
    const factor = c === 5 ? focalFactor : 1
    const [f, cx, cy, k] = truth.params
    const params = c === 5 ? [f * factor, cx, cy, 0] : [f, cx, cy, k]
    state.cameras[c] = { ...state.cameras[c], camera: { ...state.cameras[c].camera, params } }
    updateCameraRays(state, c)
  }
  return state
}

function poseErrors(state: SceneState, { scene }: MapperScene, photo: number): { angle: number; distance: number } {
  const pose = state.poses.slice(12 * photo, 12 * photo + 12)
  const found = rigid(pose.slice(0, 9), pose.slice(9))
  const truth = truePose(scene, photo)
  const [a, b] = [cameraCenter(found), cameraCenter(truth)]
  return { angle: rotationAngleRad(found.R, truth.R), distance: Math.hypot(...[0, 1, 2].map((i) => a[i] - b[i])) }
}

describe('registerPhoto', () => {
  test('a known camera is placed where it was, and its inliers are observations', () => {
    const set = mapperScene({ images: 6, points: 400, noisePx: 0.5, outliers: 0.1 }, 'given')
    const state = trueState(set, [0, 1, 2, 3, 4])
    expect(registerPhoto(state, 5, defaultMapperOptions)).toBeUndefined()
    expect(state.order.at(-1)).toBe(5)
    expect(poseErrors(state, set, 5).angle).toBeLessThan(0.001)
    expect(poseErrors(state, set, 5).distance).toBeLessThan(0.005)
    expect(inconsistencies(state)).toEqual([])
  })

  test.each([0.5, 0.7, 1.4, 2])('a focal length %f times the true one is searched for and found', (factor) => {
    const set = mapperScene({ images: 6, points: 400, noisePx: 0.5, outliers: 0.1, sharedCamera: false }, 'default')
    const state = waiting(set, factor)
    // Without kin to learn from.
    state.cameras[5] = { ...state.cameras[5], mergeKey: '' }
    expect(registerPhoto(state, 5, defaultMapperOptions)).toBeUndefined()
    const found = cameraOf(state, 5).params
    const truth = set.scene.cameras[5].params
    expect(Math.abs(found[0] / truth[0] - 1)).toBeLessThan(0.02)
    expect(Math.abs(found[3] - truth[3])).toBeLessThan(0.03)
    expect(poseErrors(state, set, 5).angle).toBeLessThan(0.01)
    expect(state.focal[5]).toBe(found[0])
  })

  test('too few points seen: refused with their number, nothing changed', () => {
    const set = mapperScene({ images: 6, points: 400 }, 'given')
    const state = trueState(set, [0, 1, 2, 3, 4])
    const before = { pointOf: state.pointOf.slice(), cameras: [...state.cameras], poses: state.poses.slice() }
    const verdict = registerPhoto(state, 5, { ...defaultMapperOptions, registerMinInliers: 10_000 })
    expect(verdict).toMatchObject({ test: 'few-sightings', threshold: 10_000, unit: 'count' })
    expect({ pointOf: state.pointOf, cameras: state.cameras, poses: state.poses }).toEqual(before)
    expect(state.order).toEqual([0, 1, 2, 3, 4])
  })

  test('matches to the wrong places: refused, and a searched camera is as it was', () => {
    const set = mapperScene({ images: 6, points: 400, sharedCamera: false }, 'default')
    const state = waiting(set, 1)
    for (let p = 0; p < state.tracks.length; p++) {
      // A mirror image of the points, which no pose explains.
      state.xyz[3 * p] = -state.xyz[3 * p]
    }
    const before = state.cameras[5].camera
    const rays = state.rays.slice()
    const verdict = registerPhoto(state, 5, defaultMapperOptions)
    expect(verdict?.test).toMatch(/^(few-pose-inliers|low-pose-inlier-ratio|absurd-.*)$/)
    expect(state.registered[5]).toBe(0)
    expect(state.order).not.toContain(5)
    expect(state.cameras[5].camera).toEqual(before)
    expect(state.rays).toEqual(rays)
    expect(inconsistencies(state)).toEqual([])
  })
})

describe('absurdLens', () => {
  const lens = (f: number, k: number) => camera('SIMPLE_RADIAL', 1000, 750, [f, 500, 375, k])
  test('lets ordinary lenses pass', () => {
    for (const [f, k] of [
      [300, -0.3],
      [900, 0],
      [9000, 0.5],
    ])
      expect(absurdLens(lens(f, k))).toBeUndefined()
  })
  test('names what no lens has, with the value and the bound', () => {
    expect(absurdLens(lens(50, 0))).toMatchObject({ test: 'absurd-focal', value: 0.05, threshold: 0.1 })
    expect(absurdLens(lens(2e4, 0))).toMatchObject({ test: 'absurd-focal', value: 20, threshold: 10 })
    expect(absurdLens(lens(900, -1.5))).toMatchObject({ test: 'absurd-distortion', value: 1.5, threshold: 1 })
  })
})
