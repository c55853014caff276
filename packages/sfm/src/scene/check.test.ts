import { EpipoleError } from '@epipole/core'
import { camera } from '@epipole/geometry'
import { expect, test } from 'vitest'
import { assertModel, findModelProblem } from './check.js'
import type { Reconstruction, ReconstructionImage, ReconstructionPoint } from './reconstruction.js'
import { syntheticReconstruction } from './synthetic.js'

const model = () => syntheticReconstruction({ images: 3, points: 6 })
const withImage = (id: number, change: Partial<ReconstructionImage>): Reconstruction => {
  const m = model()
  m.images.set(id, { ...(m.images.get(1) as ReconstructionImage), name: 'other.jpg', ...change })
  return m
}
const withPoint = (id: number, change: Partial<ReconstructionPoint>): Reconstruction => {
  const m = model()
  m.points.set(id, { ...(m.points.get(1) as ReconstructionPoint), ...change })
  return m
}

test('synthetic models are whole', () => {
  for (const options of [{}, { images: 1 }, { points: 0 }, { noisePx: 1, strayKeypoints: 0 }, { seed: 7, images: 9 }]) {
    expect(findModelProblem(syntheticReconstruction(options))).toBeUndefined()
  }
  expect(findModelProblem({ cameras: new Map(), images: new Map(), points: new Map() })).toBeUndefined()
})

test('each contradiction is found and named', () => {
  const noPoints = { pointIds: new Int32Array(0), keypoints: new Float64Array(0) }
  const mirrored = Float64Array.of(-1, 0, 0, 0, 1, 0, 0, 0, 1)
  const cases: [Reconstruction, string][] = [
    [withImage(9, { ...noPoints, name: '' }), 'image 9 has no name'],
    [withImage(9, { ...noPoints, name: 'a\0' }), 'image 9 has a name that is not Unicode text'],
    [withImage(9, { ...noPoints, name: '\ud800.jpg' }), 'image 9 has a name that is not Unicode text'],
    [withImage(9, { ...noPoints, name: 'photo002.jpg' }), 'images 2 and 9 are both named photo002.jpg'],
    [withImage(9, { ...noPoints, cameraId: 5 }), 'image 9 refers to camera 5, which is missing'],
    [withImage(-2, noPoints), 'image id -2 is not between'],
    [withImage(9, { ...noPoints, keypoints: new Float64Array(2) }), 'has 2 keypoint coordinates for 0 point ids'],
    [
      withImage(9, { pointIds: Int32Array.of(-1), keypoints: Float64Array.of(1, Number.NaN) }),
      'image 9 has a keypoint that is not finite',
    ],
    [
      withImage(9, { ...noPoints, camFromWorld: { R: mirrored, t: new Float64Array(3) } }),
      'image 9 has a rotation matrix that is not a rotation',
    ],
    [
      withImage(9, { ...noPoints, camFromWorld: { R: mirrored, t: Float64Array.of(0, Number.NaN, 0) } }),
      'image 9 has a translation that is not finite',
    ],
    [withImage(9, {}), 'keypoint 1 of image 9 names point 1, whose track does not hold it'],
    [withPoint(1, { error: Number.NaN }), 'point 1 has an error that is not finite'],
    [withPoint(1, { rgb: [0, 256, 0] }), 'point 1 has a colour of 256'],
    [
      withPoint(1, { xyz: Float64Array.of(0, 0, Number.POSITIVE_INFINITY) }),
      'point 1 has a coordinate that is not finite',
    ],
    [withPoint(1.5, { track: new Int32Array(0) }), 'point id 1.5 is not between'],
    [withPoint(9, {}), 'point 9 is seen at keypoint 1 of image 1, which names point 1'],
    [withPoint(1, { track: Int32Array.of(1, -1) }), 'point 1 is seen at keypoint -1 of image 1'],
    [withPoint(1, { track: new Int32Array(0) }), 'names point 1, whose track does not hold it'],
  ]
  for (const [broken, text] of cases) expect(findModelProblem(broken)?.text).toContain(text)
})

test('an impossible camera is found', () => {
  const m = model()
  m.cameras.set(1, { ...camera('PINHOLE', 10, 10, [1, 1, 5, 5]), params: [1, 1, 5] })
  expect(findModelProblem(m)).toMatchObject({ record: 'camera', id: 1 })
  expect(() => assertModel(m)).toThrow(EpipoleError)
})
