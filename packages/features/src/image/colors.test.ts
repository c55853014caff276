import { describe, expect, test } from 'vitest'
import { colorsAt } from './colors.js'

const image = {
  width: 2,
  height: 2,
  channels: 3 as const,
  data: Uint8Array.from([200, 0, 10, 100, 40, 20, 0, 80, 30, 100, 120, 40]),
}

describe('colorsAt', () => {
  test('pixel centres lie at halves, between them colours mix, outside the edge repeats', () => {
    const positions = Float64Array.from([0.5, 0.5, 1.5, 0.5, 1, 0.5, 1, 1, -5, 0.5, 1.5, 99])
    expect(Array.from(colorsAt(image, positions, 1, 2))).toEqual([
      ...[200, 0, 10],
      ...[100, 40, 20],
      ...[150, 20, 15],
      ...[100, 60, 25],
      ...[200, 0, 10],
      ...[100, 120, 40],
    ])
  })

  test('keypoints are in photo pixels', () => {
    const keypoints = Float32Array.from([4.5, 1.5, 2, 0])
    expect(Array.from(colorsAt(image, keypoints, 3))).toEqual([100, 40, 20])
  })

  test('refuses what has no colour', () => {
    const empty = { width: 0, height: 0, channels: 3 as const, data: new Uint8Array(0) }
    expect(() => colorsAt(empty, Float32Array.from([1, 1, 1, 1]))).toThrow(/no pixels/)
    expect(colorsAt(empty, new Float32Array(0))).toHaveLength(0)
    expect(() => colorsAt(image, Float32Array.from([Number.NaN, 1, 1, 1]))).toThrow(/finite/)
  })
})
