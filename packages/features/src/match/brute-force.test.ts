import { type RandomStream, randomStream } from '@epipole/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { DescriptorKind, Features } from '../features.js'
import { type BruteForceOptions, bruteForceMatcher } from './brute-force.js'

function features(kind: DescriptorKind, dimension: number, rows: number[][]): Features {
  const flat = rows.flat()
  return {
    count: rows.length,
    keypoints: new Float32Array(4 * rows.length),
    kind,
    dimension,
    descriptors: kind === 'f32' ? Float32Array.from(flat) : Uint8Array.from(flat),
  }
}

/** Random descriptors, some of them near copies of `like`'s, so that there is something to match. */
function randomFeatures(stream: RandomStream, kind: DescriptorKind, dimension: number, count: number, like?: Features) {
  const rows = Array.from({ length: count }, () => {
    const copy = like !== undefined && like.count > 0 && stream.float() < 0.6
    const source = copy ? Math.floor(stream.float() * like.count) * dimension : -1
    return Array.from({ length: dimension }, (_, k) => {
      if (kind === 'f32') return (copy ? like!.descriptors[source + k]! : stream.float() - 0.5) + 0.02 * stream.float()
      const value = copy ? like!.descriptors[source + k]! : Math.floor(stream.float() * 256)
      if (kind === 'binary') return stream.float() < 0.1 ? value ^ (1 << Math.floor(stream.float() * 8)) : value
      return Math.min(255, value + Math.floor(stream.float() * 12))
    })
  })
  return features(kind, dimension, rows)
}

/** The definition, by comparing everything with everything. */
function reference(a: Features, b: Features, options: Required<BruteForceOptions>): number[] {
  const { dimension, kind } = a
  const row = (f: Features, i: number) => Array.from(f.descriptors.subarray(dimension * i, dimension * (i + 1)))
  const norm = (v: number[]) => Math.sqrt(v.reduce((sum, x) => sum + x * x, 0))
  const bits = (x: number) => [0, 1, 2, 3, 4, 5, 6, 7].filter((bit) => (x >> bit) & 1).length
  const distance = (u: number[], v: number[]) =>
    kind === 'binary' ? u.reduce((sum, x, k) => sum + bits(x ^ v[k]!), 0) : norm(u.map((x, k) => x - v[k]!))
  const unit = (u: number[], v: number[]) => (kind === 'binary' ? 8 * dimension : Math.sqrt(norm(u) * norm(v)))
  const choose = (from: Features, to: Features) =>
    Array.from({ length: from.count }, (_, i) => {
      const u = row(from, i)
      const all = Array.from({ length: to.count }, (_, j) => distance(u, row(to, j)))
      const best = Math.min(...all)
      const j = all.indexOf(best)
      const second = Math.min(...all.filter((_, k) => k !== j))
      const passes = options.ratio === 1 || best < options.ratio * second
      return passes && best <= options.maxDistance * unit(u, row(to, j)) ? j : -1
    })
  const ofA = choose(a, b)
  const ofB = choose(b, a)
  return ofA.flatMap((j, i) => (j >= 0 && ofB[j] === i ? [i, j] : []))
}

const kinds = [
  { kind: 'u8' as const, dimension: 128 },
  { kind: 'u8' as const, dimension: 3 },
  { kind: 'f32' as const, dimension: 64 },
  { kind: 'f32' as const, dimension: 5 },
  { kind: 'binary' as const, dimension: 32 },
  { kind: 'binary' as const, dimension: 7 },
]

describe('bruteForceMatcher', () => {
  test.each(kinds)('finds what the definition says for $kind × $dimension', async ({ kind, dimension }) => {
    const options = { ratio: 0.8, maxDistance: 0.7, crossCheck: true }
    let matches = 0
    // Counts around the kernel's groups of 4 and its blocks of 64.
    for (const [countA, countB] of [
      [1, 1],
      [3, 6],
      [65, 2],
      [70, 131],
      [128, 64],
    ] as const) {
      const stream = randomStream(7, 'match', kind, dimension, countA)
      const a = randomFeatures(stream, kind, dimension, countA)
      const b = randomFeatures(stream, kind, dimension, countB, a)
      const found = Array.from(await bruteForceMatcher(options).match(a, b))
      expect(found).toEqual(reference(a, b, options))
      matches += found.length / 2
    }
    expect(matches).toBeGreaterThan(20)
  })

  test('reversed photos give reversed pairs, and each feature occurs at most once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.nat(),
        fc.integer({ min: 0, max: 40 }),
        fc.integer({ min: 0, max: 40 }),
        fc.constantFrom(...kinds),
        fc.boolean(),
        async (seed, countA, countB, { kind, dimension }, crossCheck) => {
          const stream = randomStream(seed, 'property')
          const a = randomFeatures(stream, kind, dimension, countA)
          const b = randomFeatures(stream, kind, dimension, countB, a)
          const matcher = bruteForceMatcher({ crossCheck, ratio: 0.95 })
          const there = Array.from(await matcher.match(a, b))
          const first = there.filter((_, k) => k % 2 === 0)
          const second = there.filter((_, k) => k % 2 === 1)
          expect(first).toEqual([...new Set(first)].sort((p, q) => p - q))
          expect(new Set(second).size).toBe(second.length)
          if (!crossCheck) return
          const back = Array.from(await matcher.match(b, a))
          const pairs = (flat: number[], order: 0 | 1) =>
            flat.flatMap((_, k) => (k % 2 === 0 ? [`${flat[k + order]} ${flat[k + 1 - order]}`] : [])).sort()
          expect(pairs(back, 1)).toEqual(pairs(there, 0))
        },
      ),
      { numRuns: 60 },
    )
  })

  test.each(kinds)(
    'candidates of $kind × $dimension are the matches without ratio test, the matches marked',
    async (of) => {
      const stream = randomStream(11, 'candidates', of.kind, of.dimension)
      const a = randomFeatures(stream, of.kind, of.dimension, 90)
      const b = randomFeatures(stream, of.kind, of.dimension, 75, a)
      const { pairs, distinct } = await bruteForceMatcher().candidates(a, b)
      expect(pairs).toEqual(await bruteForceMatcher({ ratio: 1 }).match(a, b))
      const marked = Array.from(pairs).filter((_, k) => distinct[k >> 1] === 1)
      expect(marked).toEqual(Array.from(await bruteForceMatcher().match(a, b)))
      expect(marked.length).toBeGreaterThan(0)
      const none = features(of.kind, of.dimension, [])
      expect((await bruteForceMatcher().candidates(a, none)).pairs).toHaveLength(0)
    },
  )

  test('a photo matched with itself gives every distinct feature its own', async () => {
    const a = randomFeatures(randomStream(3, 'self'), 'u8', 128, 50)
    expect(Array.from(await bruteForceMatcher().match(a, a))).toEqual(
      Array.from({ length: 50 }, (_, i) => [i, i]).flat(),
    )
  })

  test('of equal distances the lower index is chosen, and the ratio test refuses the tie', async () => {
    const a = features('u8', 4, [[10, 0, 0, 0]])
    const b = features('u8', 4, [
      [0, 200, 0, 0],
      [11, 0, 0, 0],
      [9, 0, 0, 0],
      [11, 0, 0, 0],
    ])
    expect(Array.from(await bruteForceMatcher({ ratio: 1, crossCheck: false }).match(a, b))).toEqual([0, 1])
    expect(Array.from(await bruteForceMatcher({ ratio: 1 }).match(a, b))).toEqual([0, 1])
    expect(await bruteForceMatcher().match(a, b)).toHaveLength(0)
  })

  test('without cross-check the nearest of several suitors has the feature', async () => {
    const a = features('u8', 2, [
      [100, 8],
      [100, 2],
      [100, 5],
    ])
    const b = features('u8', 2, [
      [100, 3],
      [0, 100],
    ])
    expect(Array.from(await bruteForceMatcher({ crossCheck: false }).match(a, b))).toEqual([1, 0])
  })

  test('features beyond maxDistance are not matched', async () => {
    const a = features('f32', 2, [[1, 0]])
    const b = features('f32', 2, [[Math.cos(0.5), Math.sin(0.5)]])
    expect(await bruteForceMatcher({ maxDistance: 0.49 }).match(a, b)).toHaveLength(0)
    expect(await bruteForceMatcher({ maxDistance: 0.5 }).match(a, b)).toHaveLength(2)
  })

  test('the largest descriptors do not overflow', async () => {
    const full = new Array(4096).fill(255)
    const a = features('u8', 4096, [full, full.map((v, i) => (i < 2048 ? v : 0))])
    const b = features('u8', 4096, [full.map(() => 0), full])
    expect(Array.from(await bruteForceMatcher().match(a, b))).toEqual([0, 1])
  })

  test('no features, no matches', async () => {
    const none = features('u8', 128, [])
    const some = randomFeatures(randomStream(1, 'some'), 'u8', 128, 5)
    for (const [a, b] of [
      [none, some],
      [some, none],
      [none, none],
    ] as const) {
      expect(await bruteForceMatcher().match(a, b)).toEqual(new Uint32Array(0))
    }
  })

  const good = features('u8', 4, [[1, 2, 3, 4]])
  test.each([
    [features('u8', 5, [[1, 2, 3, 4, 5]]), /cannot compare u8 × 4 with u8 × 5/],
    [features('binary', 4, [[1, 2, 3, 4]]), /cannot compare/],
    [{ ...good, count: 2 }, /claim 2 × 4/],
    [{ ...good, count: 1e9 }, /claim 1000000000 × 4/],
    [{ ...good, dimension: 0 }, /dimension/],
    [{ ...good, dimension: 1e6 }, /dimension/],
    [{ ...good, descriptors: new Float32Array(4) }, /another array/],
    [features('f32', 4, [[1, 2, Number.NaN, 4]]), /not finite/],
  ])('refuses features that do not fit (%#)', async (bad, message) => {
    await expect(bruteForceMatcher().match(good, bad)).rejects.toThrow(message)
  })

  test.each([{ ratio: 0 }, { ratio: 1.1 }, { maxDistance: Number.NaN }, { crossCheck: 1 }, { rations: 0.8 }])(
    'option %j is refused',
    (options) => {
      expect(() => bruteForceMatcher(options as BruteForceOptions)).toThrow(/bruteForceMatcher/)
    },
  )
})
