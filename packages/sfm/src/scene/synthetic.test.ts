import { expect, test } from 'vitest'
import { reprojectionErrors } from './reprojection.js'
import { modelStatistics } from './statistics.js'
import { syntheticReconstruction } from './synthetic.js'

test('without noise every keypoint is where its point appears', () => {
  const model = syntheticReconstruction({ images: 4, points: 40 })
  const { errors, mean, behind } = reprojectionErrors(model)
  expect(errors.length).toBe(160)
  expect(Math.max(...errors)).toBe(0)
  expect([mean, behind]).toEqual([0, 0])
})

test('noise has the standard deviation asked for, and points carry their mean error', () => {
  const model = syntheticReconstruction({ images: 10, points: 400, noisePx: 0.8 })
  const { errors, ofPoints } = reprojectionErrors(model)
  const rms = Math.sqrt(errors.reduce((sum, e) => sum + e * e, 0) / errors.length)
  // 8000 normal numbers: the root mean square of two of them together, to 3 %.
  expect(rms / (0.8 * Math.SQRT2)).toBeGreaterThan(0.97)
  expect(rms / (0.8 * Math.SQRT2)).toBeLessThan(1.03)
  for (const [id, point] of model.points) expect(point.error).toBeCloseTo(ofPoints.get(id)!, 9)
})

test('same seed, same model; cameras are shared in turn', () => {
  expect(syntheticReconstruction({ seed: 3, noisePx: 1 })).toEqual(syntheticReconstruction({ seed: 3, noisePx: 1 }))
  expect(syntheticReconstruction({ seed: 4 })).not.toEqual(syntheticReconstruction({ seed: 3 }))
  expect(modelStatistics(syntheticReconstruction({ images: 2, points: 3 }))).toEqual({
    images: 2,
    points: 3,
    observations: 6,
    meanTrackLength: 2,
    meanObservations: 3,
    pointsThreeViews: 0,
    meanError: 0,
  })
})
