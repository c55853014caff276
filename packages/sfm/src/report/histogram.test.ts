import fc from 'fast-check'
import { expect, test } from 'vitest'
import { syntheticReconstruction } from '../scene/synthetic.js'
import { errorHistogram, histogram, readableStep, trackLengthHistogram } from './histogram.js'

test('bins are half open, the rest lies above', () => {
  const h = histogram([0, 0.5, 1, 1.999, 2, 7], [0, 1, 2])
  expect(h.counts).toEqual([2, 2])
  expect(h.above).toBe(2)
  expect(h.mean).toBeCloseTo((0.5 + 1 + 1.999 + 2 + 7) / 6, 12)
  expect(h.median).toBeCloseTo((1 + 1.999) / 2, 12)
})

test('values below the first edge and NaN are not counted; nothing gives zeros', () => {
  expect(histogram([-1, Number.NaN], [0, 1])).toEqual({ edges: [0, 1], counts: [0], above: 0, mean: 0, median: 0 })
})

test('every value is counted once, where a search by bin says', () => {
  const values = fc.array(fc.double({ min: 0, max: 20, noNaN: true }), { maxLength: 50 })
  fc.assert(
    fc.property(values, fc.integer({ min: 1, max: 12 }), (v, bins) => {
      const edges = Array.from({ length: bins + 1 }, (_, i) => i * 1.25)
      const h = histogram(v, edges)
      expect(h.counts).toEqual(
        Array.from({ length: bins }, (_, i) => v.filter((x) => x >= edges[i]! && x < edges[i + 1]!).length),
      )
      expect(h.counts.reduce((a, b) => a + b, 0) + h.above).toBe(v.length)
    }),
  )
})

test('track lengths of a synthetic model', () => {
  const model = syntheticReconstruction({ images: 6, points: 40 })
  const h = trackLengthHistogram(model)
  const lengths = [...model.points.values()].map((p) => p.track.length / 2)
  expect(h.edges[0]).toBe(2)
  for (const [i, count] of h.counts.entries()) expect(count).toBe(lengths.filter((l) => l === 2 + i).length)
  expect(h.above).toBe(0)
  expect(trackLengthHistogram(model, 2).above).toBe(lengths.filter((l) => l >= 4).length)
})

test('the error axis reaches past the 99.5th percentile and no outlier stretches it', () => {
  const model = syntheticReconstruction({ points: 400, noisePx: 0.5 })
  const [first] = model.points
  model.points.set(first![0], { ...first![1], error: 1000 })
  const h = errorHistogram(model)
  expect(h.edges.at(-1)).toBeLessThan(5)
  expect(h.above).toBeGreaterThanOrEqual(1)
  expect(h.above).toBeLessThanOrEqual(0.006 * 400 + 1)
})

test.each([
  [0.0123, 0.02],
  [0.02, 0.02],
  [2.1, 2.5],
  [3, 5],
  [77, 100],
  [0, 1],
  [Number.NaN, 1],
])('readable step of %d is %d', (raw, step) => {
  expect(readableStep(raw)).toBeCloseTo(step, 12)
})
