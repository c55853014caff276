import { randomStream } from '@epipole/core'
import type { Features } from '@epipole/features'
import { type SceneLayout, syntheticPair } from '@epipole/geometry'
import { expect, test } from 'vitest'
import { type FeaturedSide, matchCoarseToFine } from './coarse-to-fine.js'

const COUNT = 4200

interface Given {
  readonly layout?: SceneLayout
  /** Share of the features that are of the same place in both photos, looking alike. */
  readonly shared?: number
  readonly calibrated?: boolean
  readonly count?: number
}

/** Two photos of a scene with random descriptors; feature i of both is one place, in the first `shared · count` of them. */
function photos({ layout = 'arc', shared = 0.5, calibrated = true, count = COUNT }: Given = {}) {
  const pair = syntheticPair({ layout, matches: count, inlierRatio: shared, noisePx: 0.5, seed: 3 })
  const random = randomStream(7, 'coarse')
  const scales = Float32Array.from({ length: count }, () => 1 + 8 * random.float())
  const look = new Uint8Array(128 * count)
  const other = new Uint8Array(128 * count)
  for (let at = 0; at < look.length; at++) {
    look[at] = 20 + 60 * random.float()
    const noise = Math.floor(12 * random.float()) - 6
    other[at] = pair.inlier[Math.floor(at / 128)] === 1 ? look[at] + noise : 20 + 60 * random.float()
  }
  const side = (xy: Float64Array, descriptors: Uint8Array, turn: number): FeaturedSide => {
    const keypoints = new Float32Array(4 * count)
    for (let i = 0; i < count; i++) keypoints.set([xy[2 * i], xy[2 * i + 1], scales[i], turn], 4 * i)
    const features: Features = { count, keypoints, kind: 'u8', dimension: 128, descriptors }
    return { features, camera: pair.camera1, calibrated }
  }
  return { pair, a: side(pair.pixels1, look, 3), b: side(pair.pixels2, other, -3) }
}

test.each([true, false])(
  'what the largest features agree on finds nearly all matches (calibrated: %s)',
  async (calibrated) => {
    const { pair, a, b } = photos({ calibrated })
    const { geometry, matches, search } = await matchCoarseToFine(a, b)
    expect(geometry?.kind).toBe(calibrated ? 'calibrated' : 'uncalibrated')
    expect(search).toMatchObject({ test: 'guiding-matches', threshold: 50 })
    expect(search.value).toBeGreaterThan(500)
    const inliers = geometry?.inliers ?? new Uint32Array(0)
    const right = inliers.filter((i, m) => m % 2 === 0 && inliers[m + 1] === i && pair.inlier[i] === 1).length
    const shared = pair.inlier.reduce((n, v) => n + v, 0)
    expect(right / shared).toBeGreaterThan(0.97)
    expect(right / (inliers.length / 2)).toBeGreaterThan(0.995)
    expect(matches?.length).toBeGreaterThanOrEqual(inliers.length)
  },
)

test('twice the same', async () => {
  const { a, b } = photos()
  expect(await matchCoarseToFine(a, b)).toEqual(await matchCoarseToFine(a, b))
})

test.each([
  ['few features', { count: 900 }, 'comparisons'],
  ['little in common', { shared: 0.01 }, 'guiding-matches'],
  ['a plane', { layout: 'plane' }, 'guiding-matches'],
  ['a turn', { layout: 'pure-rotation' }, 'guiding-matches'],
] as const)('left to the comparison of everything, and why: %s', async (_, given, because) => {
  const { a, b } = photos(given)
  const { geometry, matches, search } = await matchCoarseToFine(a, b)
  expect([geometry, matches]).toEqual([undefined, undefined])
  expect(search.test).toBe(because)
  expect(search.value).toBeLessThan(search.threshold)
  expect(search.text).toContain('compared')
})
