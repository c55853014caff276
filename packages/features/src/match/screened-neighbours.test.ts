import { type RandomStream, randomStream } from '@epipole/core'
import { expect, test } from 'vitest'
import type { Features } from '../features.js'
import { matchKernel } from './kernel.js'
import type { Direction } from './kernel-memory.js'
import { screenedNeighbours } from './screened-neighbours.js'

/** Descriptors around a few centres, so that many are nearly as near as the nearest; every tenth repeats an earlier one. */
function clustered(stream: RandomStream, count: number, spread: number, most: number): Features {
  const centres = Array.from({ length: 9 }, (_, c) => {
    const of = randomStream(c, 'centre')
    return Array.from({ length: 128 }, () => of.float() ** 3 * most)
  })
  const rows: number[][] = []
  for (let i = 0; i < count; i++) {
    const centre = centres[Math.floor(stream.float() * centres.length)]!
    const near = centre.map((v) => Math.round(Math.min(255, Math.max(0, v + spread * (stream.float() - 0.5)))))
    rows.push(i % 10 === 9 ? rows[Math.floor(stream.float() * i)]! : near)
  }
  return {
    count,
    keypoints: new Float32Array(4 * count),
    kind: 'u8',
    dimension: 128,
    descriptors: Uint8Array.from(rows.flat()),
  }
}

/** By comparing everything with everything: index, best and second best of each of `a`; equal distances: the lower index. */
function reference(a: Features, b: Features) {
  const result = { index: new Int32Array(a.count), best: new Float64Array(a.count), second: new Float64Array(a.count) }
  for (let i = 0; i < a.count; i++) {
    let [index, best, second] = [-1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
    for (let j = 0; j < b.count; j++) {
      let d = 0
      for (let k = 0; k < 128; k++) d += (a.descriptors[128 * i + k]! - b.descriptors[128 * j + k]!) ** 2
      if (d < best) [index, best, second] = [j, d, best]
      else if (d < second) second = d
    }
    result.index[i] = index
    result.best[i] = best
    result.second[i] = second
  }
  return result
}

/** What must be right: the nearest, its distance and whether it passes the ratio test. */
function withTest({ index, best, second }: Direction, ratio: number) {
  return { index, best, passes: Array.from(best, (d, i) => d < ratio * ratio * second[i]!) }
}

// The largest elements overflow the range of codes, which are then clamped.
test.each([
  { spread: 20, most: 100 },
  { spread: 4, most: 60 },
  { spread: 120, most: 120 },
  { spread: 250, most: 255 },
])('what the codes skip is never a neighbour (spread $spread, elements up to $most)', async ({ spread, most }) => {
  const kernel = await matchKernel()
  // Counts around the kernel's groups of 4 and its blocks of 128.
  for (const [countA, countB] of [
    [301, 262],
    [1, 257],
    [130, 3],
    [2, 1],
  ] as const) {
    const stream = randomStream(5, 'screened', spread, countA)
    const a = clustered(stream, countA, spread, most)
    const b = clustered(stream, countB, spread, most)
    for (const ratio of [0.8, 0.95, 1]) {
      const { ofA, ofB } = screenedNeighbours(kernel, a, b, ratio)
      expect(withTest(ofA, ratio)).toEqual(withTest(reference(a, b), ratio))
      expect(withTest(ofB, ratio)).toEqual(withTest(reference(b, a), ratio))
    }
  }
})
