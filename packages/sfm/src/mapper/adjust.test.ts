import { describe, expect, test } from 'vitest'
import { mapperScene, trueState } from '../../test-support/mapper-scene.js'
import { type AdjustOptions, adjust } from './adjust.js'
import { filterPoints, livingPoints } from './filter-points.js'
import type { SceneState } from './scene-state.js'

const options = {
  intrinsics: 'lens',
  loss: { type: 'soft-l1', scale: 1 },
  maxIterations: 30,
  functionTolerance: 1e-6,
  method: 'levenberg-marquardt',
} as const satisfies Partial<AdjustOptions>

const everything = (state: SceneState) => ({ ...options, photos: state.order, points: livingPoints(state) })

describe('distortion', () => {
  // Without the prior it ends at 3.3, 12.5 and 8.3.
  test.each([1, 2, 3])('stays near the first guess where the field of view is too small to tell (scene %i)', (seed) => {
    const set = mapperScene({ images: 4, points: 100, noisePx: 0.5, focal: 12000, seed }, 'exif')
    const state = trueState(set)
    adjust(state, everything(state))
    expect(Math.abs(state.cameras[0].camera.params[3])).toBeLessThan(0.3)
  })

  test('is what many observations say it is', () => {
    const set = mapperScene({ images: 8, points: 600, noisePx: 0.5, seed: 4 }, 'exif')
    const state = trueState(set)
    for (let round = 0; round < 2; round++) {
      adjust(state, everything(state))
      filterPoints(state, livingPoints(state), { filterMaxErrorPx: 4, minAngleDeg: 1.5 })
    }
    const { camera } = state.cameras[0]
    expect(Math.abs(camera.params[3] - set.scene.cameras[0].params[3])).toBeLessThan(0.005)
  })
})

test('points that are held take part only in photos that move', () => {
  const set = mapperScene({ images: 5, points: 200, noisePx: 0.5, seed: 2 }, 'given')
  const state = trueState(set)
  const xyz = state.xyz.slice()
  const { report } = adjust(state, { ...everything(state), photos: [3], holdPoints: true })
  expect(report.unknowns).toBe(6)
  expect(state.xyz).toEqual(xyz)
  const alone = livingPoints(state).reduce(
    (squares, p) => squares + state.tracks[p].filter((f) => state.graph.photoOf[f] === 3).length,
    0,
  )
  // One coordinate's noise is 0.5 px: the mean square of the photo's residuals, and of no other's.
  expect(report.finalCost).toBeLessThan(0.5 * 0.5 * alone)
  expect(report.finalCost).toBeGreaterThan(0.5 * 0.3 * alone)
})
