import { describe, expect, test } from 'vitest'
import { centerRmse, joinInputs, mapperScene, noiseLevel } from '../../test-support/mapper-scene.js'
import { assertModel } from '../scene/check.js'
import { type MappedModel, mapScene } from './mapper.js'

/** The one model, checked. */
async function onlyModel(...[input, options]: Parameters<typeof mapScene>): Promise<MappedModel> {
  const { models, refusals } = await mapScene(input, options)
  expect(models).toHaveLength(1)
  expect(refusals.size).toBe(input.photos.length - models[0].photos.length)
  assertModel(models[0].reconstruction)
  return models[0]
}

const noise = { noisePx: 0.5, points: 600, images: 8 } as const

describe('exact intrinsics, half a pixel of noise', () => {
  test.each(['arc', 'loop', 'forward'] as const)('%s: every photo where it was', async (layout) => {
    const set = mapperScene({ ...noise, layout, images: layout === 'loop' ? 16 : 8 }, 'given')
    const model = await onlyModel(set.input)
    expect(model.photos).toHaveLength(set.input.photos.length)
    expect(centerRmse(model.reconstruction, set)).toBeLessThan(1.2 * noiseLevel(set))
    expect(model.finish.rmsPx).toBeLessThan(0.75)
    expect(model.flags).toEqual([])
  })

  test('one observation in ten somewhere else: the same', async () => {
    const set = mapperScene({ ...noise, outliers: 0.1 }, 'given')
    const model = await onlyModel(set.input)
    expect(model.photos).toHaveLength(8)
    expect(centerRmse(model.reconstruction, set)).toBeLessThan(1.3 * noiseLevel(set))
    let [wrong, all] = [0, 0]
    for (const { track } of model.reconstruction.points.values()) {
      for (let i = 0; i < track.length; i += 2) {
        const k = set.scene.obsImage.findIndex(
          (image, o) => image === track[i] - 1 && set.scene.obsKeypoint[o] === track[i + 1],
        )
        wrong += set.scene.isOutlier[k]
        all++
      }
    }
    expect(wrong / all).toBeLessThan(0.003)
  })
})

test('exact pixels give the exact model', async () => {
  const set = mapperScene({ points: 300, images: 6 }, 'given')
  const model = await onlyModel(set.input)
  // Keypoints are single precision: a ten-thousandth of a pixel.
  expect(centerRmse(model.reconstruction, set)).toBeLessThan(2e-6)
})

test('a focal length from EXIF is refined, the principal point with it, and the report says so', async () => {
  const set = mapperScene({ ...noise, images: 12 }, 'exif')
  const model = await onlyModel(set.input)
  const [camera] = model.reconstruction.cameras.values()
  const [truth] = set.scene.cameras
  for (const i of [0, 1, 2]) expect(Math.abs(camera.params[i] - truth.params[i])).toBeLessThan(3)
  expect(Math.abs(camera.params[3] - truth.params[3])).toBeLessThan(0.01)
  expect(centerRmse(model.reconstruction, set)).toBeLessThan(0.006)
  expect(model.finish.cameras[0].notes[0]).toMatch(/^Principal point refined/)
})

describe('unknown intrinsics, each photo with its own', () => {
  test('of one lens are found to be one', async () => {
    const set = mapperScene({ ...noise, images: 10 }, 'default')
    const model = await onlyModel(set.input)
    expect(model.photos).toHaveLength(10)
    expect(model.sharing.at(-1)).toMatchObject({ shared: true, threshold: 1.05 })
    expect(model.reconstruction.cameras.size).toBe(1)
    const [camera] = model.reconstruction.cameras.values()
    expect(Math.abs(camera.params[0] / set.scene.cameras[0].params[0] - 1)).toBeLessThan(0.01)
    expect(centerRmse(model.reconstruction, set)).toBeLessThan(0.01)
  })

  test('of a lens twice as long as guessed are found: no distortion stands in for the focal length', async () => {
    const set = mapperScene({ ...noise, layout: 'loop', images: 16, focal: 2400 }, 'default')
    const model = await onlyModel(set.input)
    expect(model.photos).toHaveLength(16)
    for (const { params } of model.reconstruction.cameras.values()) {
      expect(Math.abs(params[0] / 2400 - 1)).toBeLessThan(0.02)
    }
    expect(centerRmse(model.reconstruction, set)).toBeLessThan(0.03)
  })

  test('of several zooms are not', async () => {
    const set = mapperScene({ ...noise, images: 10, sharedCamera: false }, 'default')
    const model = await onlyModel(set.input)
    expect(model.photos).toHaveLength(10)
    const last = model.sharing.at(-1)!
    expect(last.shared).toBe(false)
    expect(last.ratio).toBeGreaterThan(1.05)
    expect(model.reconstruction.cameras.size).toBe(10)
    expect(centerRmse(model.reconstruction, set)).toBeLessThan(0.05)
  })
})

test('two scenes without a match between them become two models, the larger first', async () => {
  const small = mapperScene({ ...noise, images: 5, seed: 1 }, 'given', 'small')
  const large = mapperScene({ ...noise, images: 7, seed: 2 }, 'given', 'large')
  const { models, refusals } = await mapScene(joinInputs(small.input, large.input))
  expect(models.map((m) => m.photos)).toEqual([
    [5, 6, 7, 8, 9, 10, 11],
    [0, 1, 2, 3, 4],
  ])
  expect(refusals.size).toBe(0)
  expect(centerRmse(models[0].reconstruction, large)).toBeLessThan(1.2 * noiseLevel(large))
  expect(centerRmse(models[1].reconstruction, small)).toBeLessThan(1.2 * noiseLevel(small))
})

describe('what cannot be mapped', () => {
  test('a camera that only turned: no model, and why', async () => {
    const { models, refusals } = await mapScene(
      mapperScene({ ...noise, layout: 'pure-rotation', cameraModel: 'PINHOLE' }, 'given').input,
    )
    expect(models).toEqual([])
    expect(refusals.size).toBe(8)
    for (const verdict of refusals.values()) {
      expect(verdict.test).toBe('no-start-pair')
      expect(verdict.value).toBeLessThan(verdict.threshold)
      expect(verdict.text).toContain('different places')
    }
  })

  test('a photo that matches nothing is left out with its reason', async () => {
    const { input } = mapperScene({ ...noise, images: 6 }, 'given')
    const refused = { kind: 'refused', matches: 3, inliers: new Uint32Array(0), support: { E: 0, F: 0, H: 0 } } as const
    const pairs = input.pairs.map((p) => (p.b === 5 ? { ...p, geometry: refused } : p))
    const { models, refusals } = await mapScene({ ...input, pairs })
    expect(models[0].photos).toEqual([0, 1, 2, 3, 4])
    expect([...refusals.keys()]).toEqual([5])
    expect(refusals.get(5)).toMatchObject({ test: 'no-shared-points', value: 0, threshold: 1 })
  })

  test('nothing at all, one photo, and photos without keypoints', async () => {
    const { input } = mapperScene({ points: 20, images: 2 }, 'given')
    const none = await mapScene({ photos: [], cameras: [], photoCamera: [], pairs: [] })
    expect([none.models.length, none.refusals.size]).toEqual([0, 0])
    const one = await mapScene({ ...input, photos: input.photos.slice(0, 1), photoCamera: [0], pairs: [] })
    expect([one.models.length, [...one.refusals.keys()]]).toEqual([0, [0]])
    const bare = input.photos.map((p) => ({ ...p, keypoints: new Float32Array(0), colors: new Uint8Array(0) }))
    const blind = await mapScene({ ...input, photos: bare, pairs: [] })
    expect([blind.models.length, blind.refusals.size]).toEqual([0, 2])
  })

  test("impossible options are the caller's mistake; a cancel ends at once", async () => {
    const { input } = mapperScene({ points: 60, images: 3 }, 'given')
    await expect(mapScene(input, { minAngleDeg: -1 })).rejects.toMatchObject({ code: 'usage' })
    await expect(mapScene(input, {}, { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: 'aborted' })
  })
})

test('the same seed gives the same bits; gradient descent gives nearly the same model', async () => {
  const set = mapperScene({ ...noise, points: 300, images: 5 }, 'given')
  const first = await onlyModel(set.input, { seed: 3 })
  expect((await onlyModel(set.input, { seed: 3 })).reconstruction).toEqual(first.reconstruction)
  const descent = await onlyModel(set.input, { seed: 3, adjustment: 'gradient-descent' })
  expect(descent.photos).toHaveLength(5)
  expect(centerRmse(descent.reconstruction, set)).toBeLessThan(0.02)
})
