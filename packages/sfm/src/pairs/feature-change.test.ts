import { randomStream } from '@epipole/core'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { featureChange, wrapped } from './feature-change.js'

/** Keypoints of two photos, the second turned and enlarged, with noise; matched in order. */
function turned(turn: number, scale: number, noise: number, count = 200) {
  const random = randomStream(8, 'change')
  const a = new Float32Array(4 * count)
  const b = new Float32Array(4 * count)
  const pairs = new Uint32Array(2 * count)
  for (let i = 0; i < count; i++) {
    const angle = 2 * Math.PI * random.float() - Math.PI
    a.set([0, 0, 1 + random.float(), angle], 4 * i)
    b.set(
      [0, 0, scale * a[4 * i + 2] * (1 + noise * random.float()), wrapped(angle + turn + noise * random.float())],
      4 * i,
    )
    pairs.set([i, i], 2 * i)
  }
  return { pairs, a, b }
}

test('the turn and the enlargement are within the ranges, which are not much wider than they must be', () => {
  fc.assert(
    fc.property(
      fc.double({ min: -Math.PI, max: Math.PI, noNaN: true }),
      fc.double({ min: 0.2, max: 5, noNaN: true }),
      (turn, scale) => {
        const { pairs, a, b } = turned(turn, scale, 0.2)
        const change = featureChange(pairs, a, b)
        expect(Math.abs(wrapped(change.turn - turn - 0.1))).toBeLessThan(0.05)
        expect(change.spread).toBeGreaterThan(0.1 + Math.PI / 9 - 0.02)
        expect(change.spread).toBeLessThan(0.1 + Math.PI / 9 + 1e-6)
        expect(change.least).toBeLessThan(scale)
        expect(change.least).toBeGreaterThan(scale / 1.6)
        expect(change.most).toBeGreaterThan(1.2 * scale)
        expect(change.most).toBeLessThan(1.9 * scale)
      },
    ),
  )
})

test('a few wrong matches do not widen them', () => {
  const { pairs, a, b } = turned(3, 1, 0.2)
  const right = featureChange(pairs, a, b)
  for (let i = 0; i < 4; i++) b.set([9, -1.5], 4 * i + 2)
  const withWrong = featureChange(pairs, a, b)
  expect(withWrong.spread).toBeLessThan(right.spread + 0.03)
  expect(withWrong.most).toBeLessThan(right.most + 0.05)
})

test('features turned every way allow every turn', () => {
  const { pairs, a, b } = turned(0, 1, 0)
  for (let i = 0; i < 200; i++) b[4 * i + 3] = wrapped(i)
  expect(featureChange(pairs, a, b).spread).toBe(Math.PI)
})
