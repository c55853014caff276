import { camera, normalizedFromPixels } from '@epipole/geometry'
import { describe, expect, it } from 'vitest'
import { syntheticReconstruction } from './synthetic.js'
import { undistortModel } from './undistort.js'

const LENS = camera('OPENCV', 640, 480, [500, 510, 322, 238, -0.1, 0.02, 0.001, -0.002])
const distorted = syntheticReconstruction({ cameras: [LENS], images: 4, points: 60, seed: 1 })

describe('undistortModel', () => {
  it.each([0, 1])('α = %d: every keypoint keeps its ray, poses and points stay', (alpha) => {
    const found = undistortModel(distorted, { alpha })
    if (!found.ok) throw new Error(found.verdict.text)
    const { cameras, images, points } = found.model
    for (const [id, { xyz, track, error }] of points) {
      expect([xyz, track]).toEqual([distorted.points.get(id)!.xyz, distorted.points.get(id)!.track])
      expect(error).toBeLessThan(1e-9)
    }
    for (const [id, image] of images) {
      const before = distorted.images.get(id)!
      const straight = cameras.get(image.cameraId)!
      expect(straight).toMatchObject({ model: 'PINHOLE', width: 640, height: 480 })
      expect(image.camFromWorld).toEqual(before.camFromWorld)
      expect(image.pointIds).toEqual(before.pointIds)
      const [a, b] = [normalizedFromPixels(LENS, before.keypoints), normalizedFromPixels(straight, image.keypoints)]
      for (const [k, v] of a.xy.entries()) expect(Math.abs(v - b.xy[k]!)).toBeLessThan(1e-12)
    }
  })

  it('a camera without distortion keeps its picture to the last digit', () => {
    const plain = camera('SIMPLE_RADIAL', 640, 480, [500.25, 320.1, 240.7, 0])
    const model = syntheticReconstruction({ cameras: [plain], images: 3, points: 20 })
    const found = undistortModel(model, { alpha: 0.3 })
    if (!found.ok) throw new Error(found.verdict.text)
    expect(found.model.cameras.get(1)).toEqual(camera('PINHOLE', 640, 480, [500.25, 500.25, 320.1, 240.7]))
  })

  it('refuses a lens without straight pictures, with the reason', () => {
    const folded = camera('SIMPLE_RADIAL', 640, 480, [200, 320, 240, -0.3])
    expect(undistortModel({ ...distorted, cameras: new Map([[1, folded]]) })).toMatchObject({
      ok: false,
      verdict: { test: 'undistort-lens', unit: 'count', threshold: 0 },
    })
  })
})
