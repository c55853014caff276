import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { resizeGray } from './resize.js'

const pattern = (width: number, height: number) => ({
  width,
  height,
  data: Uint8Array.from({ length: width * height }, (_, i) => (i * 37) % 200),
})

describe('resizeGray', () => {
  test('a small image is returned as it is', () => {
    const image = pattern(30, 20)
    expect(resizeGray(image, 30)).toEqual({ image, scale: 1 })
    expect(resizeGray(image, 30).image).toBe(image)
  })

  test('agrees with OpenCV at scale 1.5', () => {
    const { image, scale } = resizeGray(pattern(9, 6), 6)
    expect(scale).toBe(1.5)
    // b = (np.arange(54).reshape(6, 9) * 37 % 200).astype(np.float32); cv2.resize(b, (6, 4), interpolation=cv2.INTER_AREA)
    const expected = [
      [56.667, 61.556, 101, 150.333, 78.667, 83.556],
      [100.667, 105.556, 100.556, 61, 122.667, 127.556],
      [144.556, 60.556, 100, 149.333, 77.667, 82.556],
      [99.667, 104.556, 99.556, 60, 121.667, 126.556],
    ]
    for (const [i, value] of Array.from(image.data).entries()) {
      expect(Math.abs(value - expected[Math.floor(i / 6)]![i % 6]!)).toBeLessThanOrEqual(0.5001)
    }
  })

  test('the scale is the same along both axes, and what is left over is less than a pixel', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 1, max: 90 }),
        fc.integer({ min: 1, max: 60 }),
        (w, h, side) => {
          const { image, scale } = resizeGray(pattern(w, h), side)
          expect(Math.max(image.width, image.height)).toBe(Math.min(side, Math.max(w, h)))
          expect(scale).toBe(Math.max(1, Math.max(w, h) / side))
          for (const [small, large] of [
            [image.width, w],
            [image.height, h],
          ] as const) {
            expect(small).toBeGreaterThanOrEqual(1)
            if (small > 1) expect(small * scale).toBeLessThanOrEqual(large + 1e-9)
            expect((small + 1) * scale).toBeGreaterThan(large)
          }
          expect(image.data).toHaveLength(image.width * image.height)
        },
      ),
    )
  })

  test('flat stays flat, and a linear ramp keeps its positions', () => {
    const flat = { width: 97, height: 61, data: new Uint8Array(97 * 61).fill(173) }
    expect(resizeGray(flat, 40).image.data.every((value) => value === 173)).toBe(true)
    const ramp = { width: 250, height: 9, data: Uint8Array.from({ length: 2250 }, (_, i) => i % 250) }
    const { image, scale } = resizeGray(ramp, 70)
    // The value at x is x − ½; pixel i's centre is at (i + ½) · scale.
    for (let i = 0; i < 70; ++i) expect(Math.abs(image.data[i]! - ((i + 0.5) * scale - 0.5))).toBeLessThanOrEqual(0.51)
  })

  test.each([0, -3, 1.5, Number.NaN])('refuses maxSide %d', (side) => {
    expect(() => resizeGray(pattern(4, 4), side)).toThrow(/maxSide/)
  })
})
