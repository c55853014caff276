import { expect, test } from 'vitest'
import { mapperScene, truePose, trueState } from '../../test-support/mapper-scene.js'
import { assertModel } from '../scene/check.js'
import { NO_POINT } from '../scene/reconstruction.js'
import { reprojectionErrors } from '../scene/reprojection.js'
import { exportReconstruction } from './export.js'
import { livingPoints } from './filter-points.js'
import { deletePoint } from './scene-state.js'

const set = mapperScene({ images: 5, points: 120, noisePx: 0.5 }, 'given')

test('photos, cameras and points under ids that every model of a run shares, deleted points left out', () => {
  const state = trueState(set, [3, 1, 4])
  for (let p = 0; p < state.tracks.length; p += 3) deletePoint(state, p)
  const model = exportReconstruction(state)
  assertModel(model)
  expect([...model.images.keys()]).toEqual([2, 4, 5])
  expect([...model.cameras.keys()]).toEqual([1])
  expect([...model.points.keys()]).toEqual(Array.from({ length: state.alivePoints }, (_, i) => i + 1))
  for (const [id, image] of model.images) {
    expect(image.name).toBe(`photo-${id - 1}`)
    expect(image.camFromWorld).toEqual(truePose(set.scene, id - 1))
    expect(image.pointIds.length).toBe(image.keypoints.length / 2)
  }
  const observations = [...model.images.values()].reduce(
    (n, i) => n + i.pointIds.filter((p) => p !== NO_POINT).length,
    0,
  )
  expect(observations).toBe([...model.points.values()].reduce((n, p) => n + p.track.length / 2, 0))
})

test('errors are those of the lens model, colours the mean of the keypoints', () => {
  const state = trueState(set)
  const shades = state.input.photos.map((photo, i) => ({ ...photo, colors: photo.colors.map(() => 10 * i) }))
  const model = exportReconstruction({ ...state, input: { ...state.input, photos: shades } })
  expect(model.points.size).toBe(livingPoints(state).length)
  const { ofPoints } = reprojectionErrors(model)
  for (const [id, { rgb, track, error }] of model.points) {
    // Measured on the undistorted plane, where a pixel near the border is a little larger.
    expect(Math.abs(error / ofPoints.get(id)! - 1)).toBeLessThan(0.3)
    const photos = Array.from({ length: track.length / 2 }, (_, i) => track[2 * i] - 1)
    expect(photos).toEqual([...photos].sort((a, b) => a - b))
    const mean = photos.reduce((sum, i) => sum + 10 * i, 0) / photos.length
    for (const c of rgb) expect(Math.abs(c - mean)).toBeLessThanOrEqual(0.5)
    // Half a pixel of noise in each coordinate.
    expect(error).toBeGreaterThan(0)
    expect(error).toBeLessThan(2)
  }
})
