import { expect, test } from 'vitest'
import { THUMBNAIL_BYTES, thumbnailLongSide } from './thumbnail-size.js'

test('few photos get fine thumbnails, many get small ones, none more than fits', () => {
  expect(thumbnailLongSide(1)).toBe(640)
  expect(thumbnailLongSide(0)).toBe(640)
  expect(thumbnailLongSide(1e6)).toBe(64)
  for (let n = 50; n < 5000; n += 37) {
    const side = thumbnailLongSide(n)
    expect(thumbnailLongSide(n + 37)).toBeLessThanOrEqual(side)
    if (side > 64) expect(n * side * side * 0.75 * 0.28).toBeLessThanOrEqual(THUMBNAIL_BYTES * 1.0001)
  }
})
