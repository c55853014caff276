import fc from 'fast-check'
import { expect, test } from 'vitest'
import { isEpipoleError } from './errors.js'
import { philox4x32, type RandomStream, randomStream } from './random.js'

test('the known answers of Random123', () => {
  // kat_vectors of Random123 1.14: philox4x32, 10 rounds: counter, key, result.
  const vectors = [
    ['00000000 00000000 00000000 00000000', '00000000 00000000', '6627e8d5 e169c58d bc57ac4c 9b00dbd8'],
    ['ffffffff ffffffff ffffffff ffffffff', 'ffffffff ffffffff', '408f276d 41c83b0e a20bc7c6 6d5451fd'],
    ['243f6a88 85a308d3 13198a2e 03707344', 'a4093822 299f31d0', 'd16cfe09 94fdcceb 5001e420 24126ea1'],
  ] as const
  const words = (hex: string) => Uint32Array.from(hex.split(' '), (word) => Number.parseInt(word, 16))
  for (const [counter, key, result] of vectors) {
    const c = words(counter)
    const [k0, k1] = words(key) as unknown as [number, number]
    philox4x32(c, k0, k1)
    expect(c).toEqual(words(result))
  }
})

test('a stream is a function of seed and path alone', () => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.array(fc.oneof(fc.string(), fc.integer())),
      fc.nat(50),
      (seed, path, skip) => {
        const stream = randomStream(seed, ...path)
        for (let i = 0; i < skip; i++) stream.float()
        // Drawing does not change what forks give, and forking does not advance.
        expect(stream.fork('x', 1).u32()).toBe(randomStream(seed, ...path, 'x', 1).u32())
        const twin = randomStream(seed, ...path)
        for (let i = 0; i < skip; i++) twin.float()
        expect(stream.u32()).toBe(twin.u32())
      },
    ),
  )
})

test('neighbouring seeds, paths and split strings give different streams', () => {
  const firsts = new Set<string>()
  const add = (stream: RandomStream) => firsts.add([stream.u32(), stream.u32(), stream.u32()].join())
  const streams = [
    ...Array.from({ length: 100 }, (_, seed) => randomStream(seed)),
    ...Array.from({ length: 100 }, (_, seed) => randomStream(seed + 2 ** -40)),
    ...Array.from({ length: 100 }, (_, i) => randomStream(1, 'pair', i)),
    ...Array.from({ length: 100 }, (_, i) => randomStream(1, 'pair', 7, i)),
    randomStream(1, 'ab'),
    randomStream(1, 'a', 'b'),
    randomStream(1, 'b', 'a'),
    randomStream(1, '', 'ab'),
    randomStream(1, '1'),
    randomStream(1, 1, 2),
    randomStream(1, 12),
  ]
  for (const stream of streams) add(stream)
  expect(firsts.size).toBe(streams.length)
  expect(randomStream(-0).u32()).toBe(randomStream(0).u32())
})

test('blocks do not repeat', () => {
  const stream = randomStream(5)
  const seen = new Set<number>()
  for (let i = 0; i < 100_000; i++) seen.add(stream.u32())
  // Birthday: 100 000² / 2³³ ≈ 1.2 repetitions are expected.
  expect(seen.size).toBeGreaterThan(99_990)
})

const N = 200_000

/** |mean of n draws − expected| in standard errors. */
function deviation(draws: Float64Array, expected: number, standardDeviation: number): number {
  let sum = 0
  for (const draw of draws) sum += draw
  return (Math.abs(sum / draws.length - expected) / standardDeviation) * Math.sqrt(draws.length)
}

test('uniform floats: moments, serial correlation, range', () => {
  const stream = randomStream(2, 'float')
  const x = Float64Array.from({ length: N }, () => stream.float())
  expect(x.every((v) => v >= 0 && v < 1)).toBe(true)
  expect(deviation(x, 1 / 2, Math.sqrt(1 / 12))).toBeLessThan(4)
  expect(
    deviation(
      x.map((v) => (v - 0.5) ** 2),
      1 / 12,
      Math.sqrt(1 / 180),
    ),
  ).toBeLessThan(4)
  for (const lag of [1, 2, 4, 5]) {
    const products = Float64Array.from({ length: N - lag }, (_, i) => (x[i]! - 0.5) * (x[i + lag]! - 0.5))
    expect(deviation(products, 0, 1 / 12)).toBeLessThan(4)
  }
  // All 53 bits are used: the lowest one is set half of the time.
  expect(
    deviation(
      x.map((v) => (v * 2 ** 53) % 2),
      1 / 2,
      1 / 2,
    ),
  ).toBeLessThan(4)
})

test('bounded integers: χ² of the buckets, also where the modulus would be biased', () => {
  const stream = randomStream(3, 'int')
  const chiSquare = (bins: number, draw: () => number) => {
    const counts = new Float64Array(bins)
    for (let i = 0; i < N; i++) counts[draw()]!++
    return counts.reduce((sum, c) => sum + (c - N / bins) ** 2 / (N / bins), 0)
  }
  // 99.99 % quantiles of χ² with 9, 96 and 2 degrees of freedom: scipy.stats.chi2.ppf(0.9999, [9, 96, 2]).
  expect(chiSquare(10, () => stream.int(10))).toBeLessThan(33.72)
  expect(chiSquare(97, () => stream.int(97))).toBeLessThan(156.3)
  const third = 2 ** 32 * 0.75
  expect(chiSquare(3, () => Math.floor(stream.int(third) / (third / 3)))).toBeLessThan(18.42)
  expect(stream.int(1)).toBe(0)
  expect(stream.int(2 ** 32)).toBeLessThan(2 ** 32)
})

test('normal draws: four moments and tails', () => {
  const stream = randomStream(4, 'normal')
  const x = Float64Array.from({ length: N }, () => stream.normal())
  expect(deviation(x, 0, 1)).toBeLessThan(4)
  // Var of x²: 2, of x³: 15, of x⁴: 96.
  expect(
    deviation(
      x.map((v) => v ** 2),
      1,
      Math.sqrt(2),
    ),
  ).toBeLessThan(4)
  expect(
    deviation(
      x.map((v) => v ** 3),
      0,
      Math.sqrt(15),
    ),
  ).toBeLessThan(4)
  expect(
    deviation(
      x.map((v) => v ** 4),
      3,
      Math.sqrt(96),
    ),
  ).toBeLessThan(4)
  // P(|x| > 2) = 0.0455.
  const tail = x.map((v) => (Math.abs(v) > 2 ? 1 : 0))
  expect(deviation(tail, 0.04550026, Math.sqrt(0.0455 * 0.9545))).toBeLessThan(4)
})

test('forks are not correlated with their parent or with each other', () => {
  const parent = randomStream(6)
  const a = parent.fork('worker', 0)
  const b = parent.fork('worker', 1)
  for (const [s, t] of [
    [parent, a],
    [a, b],
  ] as const) {
    const products = Float64Array.from({ length: N }, () => (s.float() - 0.5) * (t.float() - 0.5))
    expect(deviation(products, 0, 1 / 12)).toBeLessThan(4)
  }
})

test('a shuffle is a permutation, and every permutation is as likely', () => {
  const counts = new Map<string, number>()
  const stream = randomStream(8, 'shuffle')
  for (let i = 0; i < 24_000; i++) {
    const order = stream.shuffle([0, 1, 2, 3]).join('')
    counts.set(order, (counts.get(order) ?? 0) + 1)
  }
  expect(counts.size).toBe(24)
  const chiSquare = [...counts.values()].reduce((sum, c) => sum + (c - 1000) ** 2 / 1000, 0)
  expect(chiSquare).toBeLessThan(57.1) // scipy.stats.chi2.ppf(0.9999, 23)
  fc.assert(
    fc.property(fc.array(fc.integer()), fc.integer(), (items, seed) => {
      const shuffled = randomStream(seed).shuffle(Int32Array.from(items))
      expect(shuffled.toSorted()).toEqual(Int32Array.from(items).toSorted())
    }),
  )
})

test('a bound or seed that is no number of its kind is refused', () => {
  const stream = randomStream(1)
  for (const action of [
    () => stream.int(0),
    () => stream.int(2.5),
    () => stream.int(2 ** 32 + 1),
    () => stream.int(Number.NaN),
    () => randomStream(Number.NaN),
    () => randomStream(1, Number.POSITIVE_INFINITY),
  ]) {
    let thrown: unknown
    try {
      action()
    } catch (error) {
      thrown = error
    }
    expect(isEpipoleError(thrown) && thrown.code).toBe('usage')
  }
})
