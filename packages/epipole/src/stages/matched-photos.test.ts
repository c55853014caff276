import { camera } from '@epipole/geometry'
import { syntheticReconstruction } from '@epipole/sfm'
import { expect, test } from 'vitest'
import { databaseOfPhotos } from '../database/from-photos.js'
import { matchedPhotos } from './matched-photos.js'

const guess = (f: number) => camera('SIMPLE_RADIAL', 640, 480, [f, 320, 240, 0])
const features = { count: 0, keypoints: new Float32Array(0), kind: 'u8', dimension: 128 } as const

/** Five photos, each with a camera of its own at first. */
const photos = Array.from({ length: 5 }, (_, i) => ({
  info: { name: `${i}.jpg` },
  features: { ...features, descriptors: new Uint8Array(0) },
})) as unknown as Parameters<typeof matchedPhotos>[0]
const initial = {
  cameras: photos.map(() => ({
    camera: guess(600),
    focalSource: 'default' as const,
    refine: true,
    mergeKey: '640×480',
  })),
  photoCamera: [0, 1, 2, 3, 4],
}

/** A model of the given photos, all with camera `id` of the given focal length. */
function model(members: readonly number[], id: number, f: number) {
  const made = syntheticReconstruction({ images: 1, points: 0 })
  const image = [...made.images.values()][0]
  const images = new Map(members.map((i) => [i + 1, { ...image, name: `${i}.jpg`, cameraId: id }]))
  return { reconstruction: { ...made, cameras: new Map([[id, guess(f)]]), images } }
}

test('without a model the cameras are those before mapping', () => {
  const { cameras, photoCamera } = matchedPhotos(photos, initial, [], [])
  expect(photoCamera).toEqual([0, 1, 2, 3, 4])
  expect(cameras).toEqual(photos.map(() => ({ camera: guess(600), priorFocalLength: false })))
})

test('registered photos have the refined camera they share, others keep their own', () => {
  const { cameras, photoCamera } = matchedPhotos(photos, initial, [], [model([0, 1, 3], 1, 700)])
  expect(photoCamera).toEqual([0, 0, 2, 0, 4])
  expect(cameras[0]).toEqual({ camera: guess(700), priorFocalLength: true })
  expect(cameras[2]).toEqual({ camera: guess(600), priorFocalLength: false })
  // Cameras that no photo has any more are not exported, and ids are those of the model.
  const database = databaseOfPhotos(matchedPhotos(photos, initial, [], [model([0, 1, 3], 1, 700)]))
  expect(database.cameras.map(({ id }) => id)).toEqual([1, 3, 5])
  expect(database.images.map(({ cameraId }) => cameraId)).toEqual([1, 1, 3, 1, 5])
})

test('a camera that two models refined is two cameras', () => {
  const shared = { ...initial, cameras: initial.cameras.slice(0, 1), photoCamera: [0, 0, 0, 0, 0] }
  const models = [model([0, 1], 1, 700), model([2, 3], 1, 710)]
  const { cameras, photoCamera } = matchedPhotos(photos, shared, [], models)
  expect(photoCamera).toEqual([0, 0, 1, 1, 0])
  expect(cameras.map((c) => c.camera.params[0])).toEqual([700, 710])
})
