import { expect, test } from 'vitest'
import { emptyState, mapperScene, trueState } from '../../test-support/mapper-scene.js'
import { rankNextImages } from './next-image.js'
import { deletePoint, observedPoints } from './scene-state.js'

const set = mapperScene({ layout: 'loop', images: 12, points: 500 }, 'given')

test('before there are points no photo is next', () => {
  expect(rankNextImages(emptyState(set.input))).toEqual([])
})

test('the neighbours of the photos that are there come first, those that see nothing of it not at all', () => {
  const state = trueState(set, [0, 1])
  const ranked = rankNextImages(state)
  expect(
    ranked
      .slice(0, 2)
      .map((r) => r.photo)
      .sort((a, b) => a - b),
  ).toEqual([2, 11])
  expect(ranked.map((r) => r.photo)).not.toContain(6)
  for (const { photo, visible, score } of ranked) {
    expect([0, 1]).not.toContain(photo)
    expect(visible).toBeGreaterThan(0)
    expect(visible).toBeLessThanOrEqual(state.alivePoints)
    // At best each point has a cell of its own on each level.
    expect(score).toBeLessThanOrEqual(visible * (4 + 16 + 64 + 256 + 1024 + 4096))
  }
  expect(ranked.map((r) => r.score)).toEqual(ranked.map((r) => r.score).sort((a, b) => b - a))
})

test('a photo counts what it could see, not what it matches', () => {
  const state = trueState(set, [0, 1])
  const before = rankNextImages(state).find((r) => r.photo === 2)!
  const seen = observedPoints(state, 0)
  for (let p = 0; p < state.tracks.length; p += 2) deletePoint(state, p)
  const after = rankNextImages(state).find((r) => r.photo === 2)!
  expect(after.visible).toBeLessThan(before.visible)
  expect(after.score).toBeLessThan(before.score)
  expect(observedPoints(state, 0)).toBeLessThan(seen)
})
