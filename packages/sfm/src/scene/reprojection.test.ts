import { camera, pixelFromPoint, transformPoint } from '@epipole/geometry'
import { expect, test } from 'vitest'
import { reprojectionErrors, withCurrentErrors } from './reprojection.js'
import { syntheticReconstruction } from './synthetic.js'

const lens = camera('OPENCV', 640, 480, [600, 610, 322, 239, -0.1, 0.03, 0.002, -0.001])

test('errors are those of projecting one point at a time', () => {
  const model = syntheticReconstruction({ cameras: [lens], noisePx: 2, images: 3, points: 20 })
  const { errors, ofImages, mean } = reprojectionErrors(model)
  let i = 0
  for (const [id, image] of model.images) {
    let sum = 0
    image.pointIds.forEach((pointId, k) => {
      const point = model.points.get(pointId)
      if (point === undefined) return
      const pixel = pixelFromPoint(lens, transformPoint(image.camFromWorld, point.xyz))
      if (!pixel.ok) throw new Error('synthetic points are in front of their cameras')
      const error = Math.hypot(pixel.x - image.keypoints[2 * k], pixel.y - image.keypoints[2 * k + 1])
      expect(errors[i++]).toBeCloseTo(error, 9)
      sum += error / 20
    })
    expect(ofImages.get(id)).toBeCloseTo(sum, 9)
  }
  expect(mean).toBeCloseTo(errors.reduce((s, e) => s + e, 0) / errors.length, 9)
})

test('a point behind a camera counts as such and spoils no mean', () => {
  const model = syntheticReconstruction({ images: 2, points: 5 })
  const behind = model.images.get(1)!.camFromWorld.R.slice(6, 9)
  const center = [0, 1, 2].map((k) => model.points.get(1)!.xyz[k] - 20 * behind[k])
  model.points.get(1)!.xyz.set(center)
  const result = reprojectionErrors(model)
  expect(result.behind).toBeGreaterThanOrEqual(1)
  expect([...result.errors].filter((e) => e === Number.POSITIVE_INFINITY)).toHaveLength(result.behind)
  expect(Number.isFinite(result.mean)).toBe(true)
  expect(result.ofImages.get(1)).toBe(0)
})

test('stored errors are brought up to date', () => {
  const model = syntheticReconstruction({ noisePx: 1 })
  const forgotten = { ...model, points: new Map([...model.points].map(([id, p]) => [id, { ...p, error: -1 }])) }
  for (const [id, point] of withCurrentErrors(forgotten).points) {
    expect(point.error).toBeCloseTo(model.points.get(id)!.error, 9)
  }
})
