import { describe, expect, test } from 'vitest'
import { grayFromRgb } from './gray.js'

describe('grayFromRgb', () => {
  test('weighs as documented, and as OpenCV does', () => {
    const data = Uint8Array.from([255, 255, 255, 0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255, 12, 34, 56, 201, 3, 77])
    // cv2.cvtColor(np.array([colours], np.uint8), cv2.COLOR_RGB2GRAY)
    expect(Array.from(grayFromRgb({ width: 7, height: 1, channels: 3, data }).data)).toEqual([
      255, 0, 76, 150, 29, 30, 71,
    ])
  })

  test('every gray stays what it is, and alpha does not count', () => {
    const data = Uint8Array.from({ length: 1024 }, (_, i) => (i % 4 === 3 ? i * 7 : i >> 2))
    const gray = grayFromRgb({ width: 256, height: 1, channels: 4, data })
    expect(Array.from(gray.data)).toEqual(Array.from({ length: 256 }, (_, i) => i))
  })

  test('refuses data that does not fit', () => {
    expect(() => grayFromRgb({ width: 2, height: 2, channels: 3, data: new Uint8Array(11) })).toThrow(/need 12 bytes/)
    expect(() => grayFromRgb({ width: 1, height: 1, channels: 2 as 3, data: new Uint8Array(2) })).toThrow(/channels/)
    expect(() => grayFromRgb({ width: 20_000, height: 20_000, channels: 3, data: new Uint8Array(0) })).toThrow(/scale/)
  })
})
