import { describe, expect, test } from 'vitest'
import { type MapperScene, mapperScene, trueState } from '../../test-support/mapper-scene.js'
import { defaultMapperOptions } from './options.js'
import { updateCameraRays } from './rays.js'
import type { SceneState } from './scene-state.js'
import { restore, shareIntrinsics, snapshot } from './share-intrinsics.js'

/** Photos and points at their places, each photo with a camera of its own that is right. */
function separate(set: MapperScene): SceneState {
  const state = trueState(set)
  state.cameras.forEach((c, i) => {
    const truth = set.scene.cameras[set.scene.imageCamera[i]]
    state.cameras[i] = { ...c, camera: truth }
    updateCameraRays(state, i)
  })
  return state
}

const noise = { images: 8, points: 300, noisePx: 0.5 } as const

describe('shareIntrinsics', () => {
  test('finds that one lens took all photos, and says how sure', () => {
    const state = separate(mapperScene(noise, 'default'))
    const [found] = shareIntrinsics(state, defaultMapperOptions)
    expect(found).toMatchObject({ mergeKey: '1000×750', photos: 8, threshold: 1.05, shared: true })
    expect(found.ratio).toBeCloseTo(found.sharedRms / found.separateRms, 12)
    expect(found.ratio).toBeGreaterThan(0.98)
    expect(new Set(state.photoCamera).size).toBe(1)
  })

  test('finds that several did, and leaves the state as it was', () => {
    const state = separate(mapperScene({ ...noise, sharedCamera: false }, 'default'))
    shareIntrinsics(state, defaultMapperOptions) // settles it
    const rays = state.rays.slice()
    const before = snapshot(state)
    const [found] = shareIntrinsics(state, defaultMapperOptions)
    expect(found.shared).toBe(false)
    expect(found.ratio).toBeGreaterThan(1.05)
    expect([...state.photoCamera]).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
    // Up to what one more adjustment of separate cameras changes.
    const largest = (a: ArrayLike<number>, b: ArrayLike<number>) =>
      Array.from(a, (v, i) => Math.abs(v - b[i])).reduce((x, y) => Math.max(x, y), 0)
    expect(largest(state.poses, before.poses)).toBeLessThan(1e-3)
    expect(largest(state.rays, rays)).toBeLessThan(1e-3)
  })

  test('says nothing of three photos, of given cameras, and of other sizes together', () => {
    const three = separate(mapperScene({ ...noise, images: 3 }, 'default'))
    expect(shareIntrinsics(three, defaultMapperOptions)).toEqual([])
    expect(shareIntrinsics(trueState(mapperScene(noise, 'given')), defaultMapperOptions)).toEqual([])
    const sizes = separate(mapperScene(noise, 'default'))
    sizes.cameras.forEach((c, i) => {
      sizes.cameras[i] = { ...c, mergeKey: i % 2 === 0 ? 'landscape' : 'portrait' }
    })
    expect(shareIntrinsics(sizes, defaultMapperOptions).map((t) => [t.mergeKey, t.photos])).toEqual([
      ['landscape', 4],
      ['portrait', 4],
    ])
    expect(new Set(sizes.photoCamera).size).toBe(2)
  })
})

test('restore brings back every bit that an adjustment can change', () => {
  const state = separate(mapperScene(noise, 'default'))
  const copies = {
    poses: state.poses.slice(),
    xyz: state.xyz.slice(),
    rays: state.rays.slice(),
    focal: state.focal.slice(),
  }
  const saved = snapshot(state)
  state.poses.fill(7)
  state.xyz.fill(7)
  state.photoCamera.fill(2)
  state.cameras[1] = state.cameras[0]
  updateCameraRays(state, 2)
  restore(state, saved)
  expect({ poses: state.poses, xyz: state.xyz, rays: state.rays, focal: state.focal }).toEqual(copies)
  expect([...state.photoCamera]).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  expect(state.cameras).toEqual(saved.cameras)
})
