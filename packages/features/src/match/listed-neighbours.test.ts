import { isEpipoleError, type RandomStream, randomStream } from '@epipole/core'
import { expect, test } from 'vitest'
import type { CandidateLists, DescriptorKind, Features } from '../features.js'
import { bruteForceMatcher } from './brute-force.js'
import { matchKernel } from './kernel.js'
import { listedNeighbours } from './listed-neighbours.js'

function randomFeatures(random: RandomStream, kind: DescriptorKind, count: number, dimension: number): Features {
  const values = Array.from({ length: count * dimension }, () =>
    Math.floor(random.float() * (kind === 'u8' ? 90 : 256)),
  )
  const descriptors = kind === 'f32' ? Float32Array.from(values, (v) => v / 16) : Uint8Array.from(values)
  return { count, keypoints: new Float32Array(4 * count), kind, dimension, descriptors }
}

function listsOf(rows: readonly (readonly number[])[]): CandidateLists {
  const starts = new Int32Array(rows.length + 1)
  rows.forEach((row, i) => {
    starts[i + 1] = starts[i]! + row.length
  })
  return { starts, items: Int32Array.from(rows.flat()) }
}

function distance({ kind, dimension, descriptors: x }: Features, i: number, { descriptors: y }: Features, j: number) {
  let sum = 0
  for (let k = 0; k < dimension; k++) {
    const [u, v] = [x[i * dimension + k]!, y[j * dimension + k]!]
    sum += kind === 'binary' ? (u ^ v).toString(2).replaceAll('0', '').length : (u - v) ** 2
  }
  return sum
}

/** Best, second best and index of each of the first, by looking at the lists one after the other. */
function reference(a: Features, b: Features, rows: readonly (readonly number[])[]) {
  return rows.map((row, i) => {
    let [index, best, second] = [-1, Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]
    for (const j of row) {
      const d = distance(a, i, b, j)
      if (d < best) [index, best, second] = [j, d, best]
      else if (d < second) second = d
    }
    return { index, best, second }
  })
}

test.each([
  { kind: 'u8', dimension: 128 },
  { kind: 'u8', dimension: 5 },
  // Sixteenths: sums of so few are exact in f32.
  { kind: 'f32', dimension: 6 },
  { kind: 'binary', dimension: 19 },
] as const)('the neighbours among the listed, both ways ($kind × $dimension)', async ({ kind, dimension }) => {
  const kernel = await matchKernel()
  const random = randomStream(3, 'listed', kind, dimension)
  const a = randomFeatures(random, kind, 43, dimension)
  const b = randomFeatures(random, kind, 30, dimension)
  const rows = Array.from({ length: 43 }, (_, i) =>
    i % 7 === 0 ? [] : Array.from({ length: 30 }, (_, j) => j).filter(() => random.float() < 0.2),
  )
  const columns = Array.from({ length: 30 }, (_, j) => rows.flatMap((row, i) => (row.includes(j) ? [i] : [])))
  const { ofA, ofB } = listedNeighbours(kernel, a, b, listsOf(rows))
  for (const [found, expected] of [
    [ofA, reference(a, b, rows)],
    [ofB, reference(b, a, columns)],
  ] as const) {
    expect([...found.index]).toEqual(expected.map((e) => e.index))
    expect([...found.best]).toEqual(expected.map((e) => e.best))
    expect([...found.second]).toEqual(expected.map((e) => e.second))
  }
})

test.each([
  ['starts too few', { starts: Int32Array.of(0, 1), items: Int32Array.of(0) }],
  ['starts that descend', { starts: Int32Array.of(0, 2, 1), items: Int32Array.of(0) }],
  ['an end elsewhere', { starts: Int32Array.of(0, 1, 1), items: Int32Array.of(0, 1) }],
  ['an item outside', { starts: Int32Array.of(0, 1, 2), items: Int32Array.of(0, 3) }],
  ['a negative item', { starts: Int32Array.of(0, 1, 2), items: Int32Array.of(0, -1) }],
])('lists that do not fit are refused: %s', async (_, lists) => {
  const random = randomStream(4, 'listed')
  const [a, b] = [randomFeatures(random, 'u8', 2, 4), randomFeatures(random, 'u8', 3, 4)]
  const error = await bruteForceMatcher()
    .matchAmong(a, b, lists)
    .catch((e: unknown) => e)
  expect(isEpipoleError(error) && error.code).toBe('usage')
})

/** Pairs of features that are alike, among others that are not. */
function related(count: number): [Features, Features] {
  const random = randomStream(6, 'related')
  const a = randomFeatures(random, 'u8', count, 128)
  const other = randomFeatures(random, 'u8', count, 128)
  const descriptors = other.descriptors.map((v, at) =>
    at < 64 * count ? Math.max(0, a.descriptors[at]! + Math.floor(random.float() * 60) - 30) : v,
  )
  return [a, { ...other, descriptors } as Features]
}

test('with everything listed, matching among the listed is matching', async () => {
  const [a, b] = related(60)
  const everything = listsOf(Array.from({ length: 60 }, () => Array.from({ length: 60 }, (_, j) => j)))
  for (const options of [{}, { ratio: 1 }, { ratio: 0.9, maxDistance: 0.34 }]) {
    const matches = await bruteForceMatcher(options).match(a, b)
    expect(matches.length).toBeGreaterThan(2 * 25)
    expect(await bruteForceMatcher(options).matchAmong(a, b, everything)).toEqual(matches)
  }
})

test('what looks like a feature that is not listed is no match', async () => {
  const [a, b] = related(60)
  const onlyRight = listsOf(Array.from({ length: 60 }, (_, i) => [i]))
  const matches = await bruteForceMatcher().matchAmong(a, b, onlyRight)
  expect([...matches]).toEqual([...(await bruteForceMatcher().match(a, b))])
  // The last feature of b, which nothing matches, becomes the double of the first one's match.
  const descriptors = b.descriptors.slice()
  descriptors.copyWithin(59 * 128, 0, 128)
  const doubled = await bruteForceMatcher().matchAmong(a, { ...b, descriptors } as Features, onlyRight)
  expect([...doubled]).toEqual([...matches].slice(2))
})
