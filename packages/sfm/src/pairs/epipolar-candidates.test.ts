import { randomStream } from '@epipole/core'
import { sampsonErrors } from '@epipole/geometry'
import { expect, test } from 'vitest'
import { epipolarCandidates, type PlacedFeatures } from './epipolar-candidates.js'
import { type FeatureChange, wrapped } from './feature-change.js'

const W = 800
const H = 600

function features(name: string, count: number): PlacedFeatures {
  const random = randomStream(5, name)
  const xy = Float64Array.from({ length: 2 * count }, (_, i) => random.float() * (i % 2 === 0 ? W : H))
  const keypoints = new Float32Array(4 * count)
  for (let i = 0; i < count; i++) {
    keypoints.set([xy[2 * i], xy[2 * i + 1], 1 + 4 * random.float(), 2 * Math.PI * random.float() - Math.PI], 4 * i)
  }
  return { xy, keypoints }
}

/** Looks at every pair. */
function reference(F: Float64Array, a: PlacedFeatures, b: PlacedFeatures, maxError: number, change: FeatureChange) {
  const n = a.xy.length / 2
  const m = b.xy.length / 2
  return Array.from({ length: n }, (_, i) => {
    const here = Float64Array.from({ length: 2 * m }, (_, k) => a.xy[2 * i + (k % 2)])
    const errors = sampsonErrors(F, here, b.xy)
    return [...Array(m).keys()].filter((j) => {
      const scale = b.keypoints[4 * j + 2] / a.keypoints[4 * i + 2]
      const turn = wrapped(b.keypoints[4 * j + 3] - a.keypoints[4 * i + 3] - change.turn)
      return errors[j] <= maxError && scale >= change.least && scale <= change.most && Math.abs(turn) <= change.spread
    })
  })
}

function rowsOf(lists: { starts: Int32Array; items: Int32Array } | undefined): number[][] {
  if (lists === undefined) throw new Error('no lists')
  return Array.from({ length: lists.starts.length - 1 }, (_, i) =>
    [...lists.items.subarray(lists.starts[i], lists.starts[i + 1])].sort((p, q) => p - q),
  )
}

/** [e]ₓ A: epipole e in photo b, an affinity to spread the lines. */
function fundamental(ex: number, ey: number, A: readonly number[]): Float64Array {
  const S = [0, -1, ey, 1, 0, -ex, -ey, ex, 0]
  return Float64Array.from({ length: 9 }, (_, k) => {
    const [r, c] = [Math.floor(k / 3), k % 3]
    return S[3 * r] * A[c] + S[3 * r + 1] * A[3 + c] + S[3 * r + 2] * A[6 + c]
  })
}

const same = [1, 0, 0, 0, 1, 0, 0, 0, 1]
const all: FeatureChange = { turn: 0, spread: Math.PI, least: 0, most: 100 }

test.each([
  ['sideways', fundamental(1e7, 300, same), all],
  ['upwards, turned', fundamental(200, -1e6, [0.8, -0.6, 300, 0.6, 0.8, -200, 0, 0, 1]), all],
  ['forwards: the epipole within', fundamental(420, 310, same), all],
  ['one photo three times as large', fundamental(-900, 100, [3, 0, -700, 0, 3, -600, 0, 0, 1]), all],
  ['little turned', fundamental(5000, 1000, same), { turn: 0.3, spread: 0.5, least: 0.5, most: 1.5 }],
  ['turned over the end of angles', fundamental(5000, 1000, same), { turn: 3, spread: 0.7, least: 0.2, most: 9 }],
  ['turned nearly every way', fundamental(5000, 1000, same), { turn: -1, spread: 3.1, least: 0, most: 9 }],
] as const)('finds what looking at every pair finds: %s', (_, F, change) => {
  const a = features('a', 300)
  const b = features('b', 400)
  const found = rowsOf(epipolarCandidates(F, a, b, 5, change))
  expect(found).toEqual(reference(F, a, b, 5, change))
  expect(found.flat().length).toBeGreaterThan(20)
})

test('what is not finite agrees with nothing', () => {
  const a = features('a', 50)
  const b = features('b', 60)
  a.xy[6] = Number.NaN
  b.xy[9] = Number.NaN
  const rows = rowsOf(epipolarCandidates(fundamental(1e7, 300, same), a, b, 40, all))
  expect(rows[3]).toEqual([])
  expect(rows.flat()).not.toContain(4)
  expect(rows.flat().length).toBeGreaterThan(100)
})

test('a band that spares nothing is none', () => {
  expect(
    epipolarCandidates(fundamental(1e7, 300, same), features('a', 50), features('b', 60), 300, all),
  ).toBeUndefined()
})
