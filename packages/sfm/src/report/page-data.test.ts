import { expect, test } from 'vitest'
import { escapedLength, packPairs, unpackPairs } from './page-data.js'
import type { PairReport } from './report.js'

const verdict = { test: 'few-inliers', value: 9, threshold: 15, unit: 'count', text: 'Too few agree.' }

const pairs: PairReport[] = Array.from({ length: 50 }, (_, i) => ({
  a: 0,
  b: i + 1,
  ...(i % 3 === 0
    ? { kind: 'refused' as const, matches: i, inliers: 0, verdict }
    : { kind: 'calibrated' as const, matches: 100 + i, inliers: i, angleDeg: i / 4 }),
}))

test('pairs come back as they were', () => {
  const packed = packPairs(pairs, 1e6)
  expect(packed.total).toBe(50)
  expect(packed.verdicts).toEqual([verdict])
  expect(unpackPairs(JSON.parse(JSON.stringify(packed)))).toEqual(pairs)
})

test('where room is short the strongest stay, in the order of the report, within the bytes', () => {
  const packed = packPairs(pairs, 300)
  const kept = unpackPairs(packed)
  expect(JSON.stringify(packed.rows).length).toBeLessThanOrEqual(310)
  expect(kept.length).toBeGreaterThan(3)
  const strongest = [...pairs].sort((p, q) => q.inliers - p.inliers).slice(0, kept.length)
  expect(kept.map((p) => p.b)).toEqual(strongest.map((p) => p.b).sort((x, y) => x - y))
})

test('length as it will stand in the page', () => {
  expect(escapedLength('a<é€')).toBe(1 + 6 + 2 + 3)
})
