import { expect, test } from 'vitest'
import { photosFromPlanes } from '../photos/planes.js'
import { initialCameras } from './initial-cameras.js'
import { survey } from './survey.js'

const plane = { name: 'a.jpg', width: 64, height: 48, rgb: new Uint8Array(64 * 48 * 3) }
const given = { fx: 70, fy: 71, cx: 33, cy: 25 }

test('given intrinsics are a PINHOLE camera, or keep the lens they come with', async () => {
  const { photos } = await survey(photosFromPlanes([plane]))
  const [pinhole] = initialCameras(photos, { intrinsics: given }).cameras
  expect(pinhole).toMatchObject({ focalSource: 'given', refine: false })
  expect(pinhole!.camera).toEqual({ model: 'PINHOLE', width: 64, height: 48, params: [70, 71, 33, 25] })
  const lens = { model: 'OPENCV' as const, params: [70, 71, 33, 25, -0.1, 0.02, 0, 0] }
  const [distorted] = initialCameras(photos, { intrinsics: { ...given, lens }, refineIntrinsics: true }).cameras
  expect(distorted!.refine).toBe(true)
  expect(distorted!.camera).toEqual({ width: 64, height: 48, ...lens })
})

test('intrinsics of other photos are refused', async () => {
  const { photos } = await survey(photosFromPlanes([plane]))
  expect(() => initialCameras(photos, { intrinsics: { ...given, cx: 700 } })).toThrow('principal point is outside')
})
