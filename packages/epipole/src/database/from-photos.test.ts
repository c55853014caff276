import { camera } from '@epipole/geometry'
import { expect, test } from 'vitest'
import { findDatabaseProblem } from './check.js'
import { databaseOfPhotos } from './from-photos.js'

const features = (count: number, descriptors: Uint8Array | Float32Array) => ({
  count,
  keypoints: Float32Array.from({ length: 4 * count }, (_, i) => i),
  kind: descriptors instanceof Uint8Array ? ('u8' as const) : ('f32' as const),
  dimension: descriptors.length / count,
  descriptors,
})
const support = { E: 0, F: 0, H: 0 }

test('photos, cameras and pairs get ids from 1; refused pairs are kept as degenerate', () => {
  const E = Float64Array.from({ length: 9 }, (_, i) => i)
  const database = databaseOfPhotos({
    photos: [
      { name: 'a.jpg', features: features(2, new Uint8Array(256)) },
      { name: 'b.jpg', features: features(3, new Float32Array(12)) },
    ],
    cameras: [{ camera: camera('SIMPLE_RADIAL', 640, 480, [600, 320, 240, 0]), priorFocalLength: false }],
    photoCamera: [0, 0],
    pairs: [
      {
        a: 0,
        b: 1,
        rawMatches: Uint32Array.of(0, 1, 1, 2),
        geometry: { kind: 'calibrated', matches: 2, inliers: Uint32Array.of(1, 2), support, E },
      },
    ],
  })
  expect(findDatabaseProblem(database)).toBeUndefined()
  expect(database.cameras[0].id).toBe(1)
  expect(database.images.map(({ id, name, cameraId }) => [id, name, cameraId])).toEqual([
    [1, 'a.jpg', 1],
    [2, 'b.jpg', 1],
  ])
  expect(database.images[0].features).toMatchObject({ columns: 4, descriptors: { dimension: 128 } })
  // The schema stores bytes only.
  expect(database.images[1].features).not.toHaveProperty('descriptors')
  expect(database.pairs).toEqual([
    {
      image1: 1,
      image2: 2,
      matches: Uint32Array.of(0, 1, 1, 2),
      geometry: { config: 'calibrated', inliers: Uint32Array.of(1, 2), E },
    },
  ])
})

test('each kind of pair has its configuration', () => {
  const configOf = (kind: 'calibrated' | 'uncalibrated' | 'planar' | 'panoramic' | 'refused') =>
    databaseOfPhotos({
      photos: ['a', 'b'].map((name) => ({ name, features: features(1, new Uint8Array(128)) })),
      cameras: [{ camera: camera('PINHOLE', 64, 48, [60, 60, 32, 24]), priorFocalLength: true }],
      photoCamera: [0, 0],
      pairs: [{ a: 0, b: 1, geometry: { kind, matches: 1, inliers: new Uint32Array(0), support } }],
    }).pairs[0].geometry?.config
  expect(configOf('uncalibrated')).toBe('uncalibrated')
  expect(configOf('planar')).toBe('planar')
  expect(configOf('panoramic')).toBe('panoramic')
  expect(configOf('refused')).toBe('degenerate')
})
