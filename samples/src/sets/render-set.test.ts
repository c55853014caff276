import { sha256Hex } from '@epipole/core'
import { cameraCenter, pixelFromPoint, poseFromCenter, transformPoint } from '@epipole/geometry'
import { describe, expect, test } from 'vitest'
import { renderRadiance } from '../render/radiance.js'
import { prepareScene } from '../scenes/prepare.js'
import { setTruth } from './photo-set.js'
import { photoSet, photoSets, renderSet, type SetName } from './render-set.js'

const names = Object.keys(photoSets) as SetName[]

describe('same seed, same bits', () => {
  // The bytes of one small photo of every set; they change only with the renderer or the scene, on purpose.
  const hashes: Record<SetName, string> = {
    arch: '8a95fb1eec86e0d9',
    plane: '67627cf3c747b028',
    rotation: '6102fd859e68499c',
    loop: '2e42f7219f4a2eeb',
    'look-alike': '8563b3daab423f72',
    'two-scenes': 'c16174b574e687e8',
  }
  test.each(names)('%s', async (name) => {
    const { photos } = renderSet(name, { width: 96, only: [3] })
    expect((await sha256Hex([photos[0].rgb])).slice(0, 16)).toBe(hashes[name])
  })

  test('a photo is the same whether rendered alone or in company', () => {
    const alone = renderSet('loop', { width: 60, only: [2], samples: 2, indirect: true })
    const company = renderSet('loop', { width: 60, only: [1, 2], samples: 2, indirect: true })
    expect(company.photos[1]).toEqual(alone.photos[0])
  })

  test('another seed is another world', () => {
    const a = renderSet('plane', { width: 60, only: [0] })
    const b = renderSet('plane', { width: 60, only: [0], seed: 2 })
    expect(a.photos[0].rgb).not.toEqual(b.photos[0].rgb)
    expect(a.truth.images['plane-01.jpg'].R).toEqual(b.truth.images['plane-01.jpg'].R)
  })
})

describe('sets', () => {
  test.each(names)('%s: names are unique, truth agrees with the views', (name) => {
    const set = photoSet(name)
    const truth = setTruth(set)
    expect(Object.keys(truth.images)).toEqual(set.shots.map((shot) => shot.view.name))
    for (const { view } of set.shots) {
      const { R, C, K, camera } = truth.images[view.name]
      const pose = poseFromCenter(Float64Array.from(R), Float64Array.from(C))
      for (let k = 0; k < 3; k++) expect(pose.t[k]).toBeCloseTo(view.camFromWorld.t[k], 9)
      // K is the camera without its distortion: on the axis both agree.
      const axis = pixelFromPoint(camera, [0, 0, 1])
      expect(axis.ok && [axis.x, axis.y]).toEqual([K[2], K[3]])
    }
  })

  test('the plane fills its photos', () => {
    const set = photoSet('plane', { width: 90 })
    const scene = prepareScene(set.scenes[0])
    const nothing = prepareScene({ ...set.scenes[0], parts: [] })
    for (const { view } of set.shots) {
      const with_ = renderRadiance(scene, view.camera, view.camFromWorld)
      const without = renderRadiance(nothing, view.camera, view.camFromWorld)
      let sky = 0
      for (let i = 0; i < with_.length; i += 3) if (with_[i] === without[i]) sky++
      expect(sky).toBe(0)
    }
  })

  test('the camera that only turns stays where it is', () => {
    const centers = photoSet('rotation').shots.map(({ view }) => cameraCenter(view.camFromWorld))
    for (const center of centers) {
      for (let k = 0; k < 3; k++) expect(center[k]).toBeCloseTo(centers[0][k], 12)
    }
  })

  test('front and back of the look-alike house are the same photo, its sides are not', () => {
    const { shots, scenes } = photoSet('look-alike', { width: 150 })
    const scene = prepareScene(scenes[0])
    const photo = (i: number) => renderRadiance(scene, shots[i].view.camera, shots[i].view.camFromWorld)
    const difference = (a: Float32Array, b: Float32Array) =>
      a.reduce((sum, v, i) => sum + Math.abs(v - b[i]), 0) / a.length
    // Photos 0 and 14 of 28 look at opposite sides, 7 and 21 at the two gables.
    const level = photo(0).reduce((a, b) => a + b, 0) / photo(0).length
    expect(difference(photo(0), photo(14))).toBeLessThan(0.01 * level)
    expect(difference(photo(7), photo(21))).toBeGreaterThan(0.02 * level)
    expect(difference(photo(0), photo(7))).toBeGreaterThan(0.1 * level)
  })

  test('the loop closes and looks inwards', () => {
    for (const { view } of photoSet('loop').shots) {
      const seen = pixelFromPoint(view.camera, transformPoint(view.camFromWorld, [0, 0, 0.8]))
      expect(seen.ok && seen.inside).toBe(true)
    }
  })

  test('what is not there is refused', () => {
    expect(() => photoSet('castle' as SetName)).toThrow(/no photo set "castle"/)
    expect(() => photoSet('plane', { width: 1e6 })).toThrow(/16 to 8192/)
  })
})
