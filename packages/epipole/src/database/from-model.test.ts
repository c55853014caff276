import { camera, vec3Dot } from '@epipole/geometry'
import { syntheticReconstruction } from '@epipole/sfm'
import { expect, test } from 'vitest'
import { findDatabaseProblem } from './check.js'
import { databaseOfModel } from './from-model.js'

const model = syntheticReconstruction({
  images: 4,
  points: 12,
  cameras: [camera('PINHOLE', 640, 480, [600, 600, 320, 240])],
})

test('every two photos match where a track holds both', () => {
  const database = databaseOfModel(model)
  expect(findDatabaseProblem(database)).toBeUndefined()
  expect(database.pairs.map((p) => [p.image1, p.image2])).toEqual([[1, 2], [1, 3], [1, 4], [2, 3], [2, 4], [3, 4]]) // biome-ignore format: a table
  for (const { image1, image2, matches, geometry } of database.pairs) {
    expect(matches).toHaveLength(24)
    expect(geometry?.inliers).toBe(matches)
    for (let m = 0; m < 24; m += 2) {
      expect(model.images.get(image1)?.pointIds[matches![m]]).toBe(model.images.get(image2)?.pointIds[matches![m + 1]])
    }
  }
})

test('matches fit their essential matrix, x2ᵀ E x1 = 0', () => {
  const { pairs } = databaseOfModel(model)
  const ray = (image: number, k: number) => {
    const { keypoints } = model.images.get(image)!
    return [(keypoints[2 * k] - 320) / 600, (keypoints[2 * k + 1] - 240) / 600, 1]
  }
  for (const { image1, image2, matches, geometry } of pairs) {
    const E = geometry!.E!
    for (let m = 0; m < matches!.length; m += 2) {
      const [x1, x2] = [ray(image1, matches![m]), ray(image2, matches![m + 1])]
      const line = [0, 3, 6].map((r) => vec3Dot(E.subarray(r, r + 3), x1))
      expect(Math.abs(vec3Dot(x2, line))).toBeLessThan(1e-12)
    }
  }
})

test('photos without common points are no pair', () => {
  expect(databaseOfModel(syntheticReconstruction({ images: 3, points: 0 })).pairs).toEqual([])
})
