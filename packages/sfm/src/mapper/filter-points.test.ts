import { describe, expect, test } from 'vitest'
import { inconsistencies, mapperScene, trueState } from '../../test-support/mapper-scene.js'
import { filterPoints, livingPoints } from './filter-points.js'
import { addObservation, addPoint, deletePoint, observedPoints, removeObservation } from './scene-state.js'

const set = mapperScene({ images: 5, points: 150, noisePx: 0.3 }, 'given')
const options = { filterMaxErrorPx: 4, minAngleDeg: 1.5 }

describe('filterPoints', () => {
  test('leaves a true model alone', () => {
    const state = trueState(set)
    const before = state.tracks.map((t) => [...t])
    expect(filterPoints(state, livingPoints(state), options)).toBe(0)
    expect(state.tracks).toEqual(before)
  })

  test('takes one wrong observation, and the point with its second to last', () => {
    const state = trueState(set)
    const [p, q] = livingPoints(state).filter((candidate) => state.tracks[candidate].length >= 3)
    const long = [...state.tracks[p]]
    const f = long[0]
    state.rays[2 * f] += 10 / state.focal[state.graph.photoOf[f]]
    expect(filterPoints(state, [p], options)).toBe(1)
    expect(state.tracks[p]).toEqual(long.slice(1))
    for (const g of state.tracks[q].slice(2)) removeObservation(state, g)
    state.rays[2 * state.tracks[q][1] + 1] += 10 / state.focal[0]
    expect(filterPoints(state, [q], options)).toBe(2)
    expect(state.tracks[q]).toEqual([])
    expect(inconsistencies(state)).toEqual([])
  })

  test('takes points behind a camera, without a ray, or under too small an angle', () => {
    const state = trueState(set)
    const [behind, blind, far] = livingPoints(state).filter((p) => state.tracks[p].length >= 3)
    for (let d = 0; d < 3; d++) state.xyz[3 * behind + d] *= -50
    for (const f of state.tracks[blind]) state.rays[2 * f] = Number.NaN
    const before = state.alivePoints
    filterPoints(state, [behind, blind], options)
    expect(state.alivePoints).toBe(before - 2)
    expect(filterPoints(state, [far], { ...options, minAngleDeg: 120 })).toBeGreaterThan(2)
    expect(state.tracks[far]).toEqual([])
    expect(filterPoints(state, [far], options)).toBe(0)
    expect(inconsistencies(state)).toEqual([])
  })
})

describe('the state of a model', () => {
  test('keeps tracks and keypoints in step while points come, grow, shrink and go', () => {
    const state = trueState(set)
    const [p] = livingPoints(state).filter((candidate) => state.tracks[candidate].length >= 4)
    const [first, ...rest] = [...state.tracks[p]]
    const seen = observedPoints(state, state.graph.photoOf[first])
    removeObservation(state, first)
    removeObservation(state, first)
    expect(observedPoints(state, state.graph.photoOf[first])).toBe(seen - 1)
    addObservation(state, p, first)
    expect(state.tracks[p]).toEqual([...rest, first])
    deletePoint(state, p)
    deletePoint(state, p)
    expect(inconsistencies(state)).toEqual([])
    // Slots are never used again, and coordinates move to a longer buffer as they come.
    const ids = new Set<number>()
    for (let i = 0; i < 2000; i++) {
      const id = addPoint(state, i, -i, 2 * i, [first, rest[0]])
      ids.add(id)
      expect([...state.xyz.subarray(3 * id, 3 * id + 3)]).toEqual([i, -i, 2 * i])
      deletePoint(state, id)
    }
    expect(ids.size).toBe(2000)
    expect(inconsistencies(state)).toEqual([])
  })
})
