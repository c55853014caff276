import { describe, expect, test } from 'vitest'
import { inconsistencies, mapperScene, posedState, trueState } from '../../test-support/mapper-scene.js'
import { livingPoints } from './filter-points.js'
import { trackGrower } from './grow-tracks.js'
import { defaultMapperOptions } from './options.js'
import { addPoint, deletePoint, type SceneState } from './scene-state.js'

const exact = mapperScene({ images: 6, points: 200 }, 'given')
const rough = mapperScene({ images: 6, points: 200, noisePx: 0.5, outliers: 0.1, seed: 2 }, 'given')

/** Largest distance of a living point from the true point that its keypoints see. */
function largestError(state: SceneState, { scene }: typeof exact): number {
  const pointOf = new Map<number, number>()
  scene.obsImage.forEach((image, k) => {
    pointOf.set(state.graph.offsets[image] + scene.obsKeypoint[k], scene.obsPoint[k])
  })
  let largest = 0
  for (const p of livingPoints(state)) {
    const truth = pointOf.get(state.tracks[p][0])!
    for (let d = 0; d < 3; d++)
      largest = Math.max(largest, Math.abs(state.xyz[3 * p + d] - scene.points[3 * truth + d]))
  }
  return largest
}

describe('photos at their true places', () => {
  test('each point becomes one track of all the photos that see it', () => {
    const state = posedState(exact)
    const grower = trackGrower(state, defaultMapperOptions)
    for (const photo of state.order) grower.triangulatePhoto(photo)
    expect(inconsistencies(state)).toEqual([])
    const wanted = trueState(exact)
    expect(state.alivePoints).toBe(wanted.alivePoints)
    const lengths = (s: SceneState) => livingPoints(s).map((p) => s.tracks[p].length)
    expect(lengths(state).sort()).toEqual(lengths(wanted).sort())
    expect(largestError(state, exact)).toBeLessThan(1e-4)
  })

  test('a photo that comes later continues the tracks that are there', () => {
    const state = posedState(exact, [0, 1, 2, 3, 4])
    const grower = trackGrower(state, defaultMapperOptions)
    for (const photo of state.order) grower.triangulatePhoto(photo)
    const before = livingPoints(state)
    state.poses.set(exact.scene.poses.subarray(60, 72), 60)
    state.registered[5] = 1
    state.order.push(5)
    const changed = grower.triangulatePhoto(5)
    expect(inconsistencies(state)).toEqual([])
    const continued = [...changed].filter((p) => before.includes(p))
    expect(continued.length).toBeGreaterThan(50)
    for (const p of changed) expect(state.tracks[p].some((f) => state.graph.photoOf[f] === 5)).toBe(true)
  })

  test('with noise and wrong matches too, tracks stay whole: through every step, in any order', () => {
    const state = posedState(rough)
    const grower = trackGrower(state, defaultMapperOptions)
    for (const photo of [3, 0, 5, 1, 4, 2]) {
      grower.triangulatePhoto(photo)
      expect(inconsistencies(state)).toEqual([])
    }
    for (const step of [
      () => grower.merge(livingPoints(state)),
      () => grower.complete(livingPoints(state)),
      () => grower.retriangulate(),
    ]) {
      for (const p of step()) expect(state.tracks[p].length).toBeGreaterThanOrEqual(2)
      expect(inconsistencies(state)).toEqual([])
    }
    expect(state.alivePoints).toBeGreaterThan(150)
  })
})

test('halves of a track are merged, a point elsewhere is not', () => {
  const state = trueState(exact)
  const whole = livingPoints(state).filter((p) => state.tracks[p].length >= 4)
  const track = [...state.tracks[whole[0]]]
  const [x, y, z] = state.xyz.subarray(3 * whole[0], 3 * whole[0] + 3)
  deletePoint(state, whole[0])
  const halves = [track.slice(0, 2), track.slice(2)].map((half) => addPoint(state, x, y, z, half))
  const other = [...state.tracks[whole[1]]]
  deletePoint(state, whole[1])
  const apart = [other.slice(0, 2), other.slice(2)].map((half, i) => addPoint(state, x + 0.5 * i, y, z, half))
  const merged = trackGrower(state, defaultMapperOptions).merge([...halves, ...apart])
  expect(inconsistencies(state)).toEqual([])
  expect(merged.size).toBe(1)
  const [joined] = merged
  expect([...state.tracks[joined]].sort((a, b) => a - b)).toEqual(track.sort((a, b) => a - b))
  for (const p of apart) expect(state.tracks[p].length).toBeGreaterThanOrEqual(2)
})

test('a track is completed by the keypoints that fit it, however many matches away, and only by those', () => {
  const state = trueState(exact)
  const p = livingPoints(state).find((candidate) => state.tracks[candidate].length >= 5)!
  const track = [...state.tracks[p]]
  const position = [...state.xyz.subarray(3 * p, 3 * p + 3)] as [number, number, number]
  deletePoint(state, p)
  const short = addPoint(state, ...position, track.slice(0, 2))
  const grower = trackGrower(state, defaultMapperOptions)
  expect([...grower.complete([short])]).toEqual([short])
  expect([...state.tracks[short]].sort((a, b) => a - b)).toEqual([...track].sort((a, b) => a - b))
  expect([...grower.complete([short])]).toEqual([])
  deletePoint(state, short)
  const wrong = addPoint(state, position[0] + 0.3, position[1], position[2], track.slice(0, 2))
  expect([...grower.complete([wrong])]).toEqual([])
  expect(inconsistencies(state)).toEqual([])
})
