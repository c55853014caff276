import { camera, pinhole } from '@epipole/geometry'
import { describe, expect, test } from 'vitest'
import { verifyPair } from '../pairs/verify-pair.js'
import { NO_POINT } from '../scene/reconstruction.js'
import { syntheticReconstruction } from '../scene/synthetic.js'
import type { MapperInput, MapperPair } from './input.js'
import { type MappedModel, mapScene } from './mapper.js'

const TRUE = { f: 600, width: 640, height: 480 }

/** Six photos of a cube of points with noise, taken with the true camera, mapped with the given one held fixed. */
async function mapWith(given: { f: number; cx?: number; cy?: number }): Promise<MappedModel> {
  const scene = syntheticReconstruction({ images: 6, points: 400, noisePx: 0.1, cameras: [pinhole(TRUE)] })
  const lens = camera('PINHOLE', 640, 480, [given.f, given.f, given.cx ?? 320, given.cy ?? 240])
  const images = [...scene.images.values()]
  const photos = images.map(({ name, keypoints }) => {
    const count = keypoints.length / 2
    return {
      name,
      width: 640,
      height: 480,
      keypoints: Float32Array.from({ length: 4 * count }, (_, i) =>
        i % 4 < 2 ? keypoints[2 * (i >> 2) + (i % 4)] : i % 4 === 2 ? 1 : 0,
      ),
      colors: new Uint8Array(3 * count),
    }
  })
  const pairs: MapperPair[] = []
  for (let a = 0; a < images.length; a++) {
    for (let b = a + 1; b < images.length; b++) {
      const matches: number[] = []
      images[a].pointIds.forEach((id, k) => {
        const other = id === NO_POINT ? -1 : images[b].pointIds.indexOf(id)
        if (other >= 0) matches.push(k, other)
      })
      const side = (i: number) => ({ keypoints: photos[i].keypoints, camera: lens, calibrated: true })
      pairs.push({ a, b, geometry: verifyPair(Uint32Array.from(matches), side(a), side(b)) })
    }
  }
  const input: MapperInput = {
    photos,
    cameras: [{ camera: lens, focalSource: 'given', refine: false, mergeKey: '' }],
    photoCamera: photos.map(() => 0),
    pairs,
  }
  const { models } = await mapScene(input)
  expect(models).toHaveLength(1)
  expect(models[0].photos).toHaveLength(6)
  // Held fixed whatever the trial found.
  expect(models[0].reconstruction.cameras.get(1)).toEqual(lens)
  return models[0]
}

describe('given intrinsics', () => {
  test('that are true, or nearly, are not flagged', async () => {
    expect((await mapWith({ f: 600 })).flags).toEqual([])
    expect((await mapWith({ f: 610 })).flags).toEqual([])
  })

  test.each([450, 680])('with a focal length of %d px in place of 600 are flagged', async (f) => {
    const [flag] = (await mapWith({ f })).flags
    expect(flag).toMatchObject({ test: 'given-focal-length', unit: 'ratio' })
    expect(flag.value * f).toBeGreaterThan(560)
    expect(flag.value * f).toBeLessThan(640)
    expect(Math.sign(flag.value - 1)).toBe(Math.sign(flag.threshold - 1))
  })

  test('with a principal point far from its place are flagged', async () => {
    const [flag] = (await mapWith({ f: 600, cx: 220 })).flags
    expect(flag.test).toMatch(/^given-/)
  })
})
