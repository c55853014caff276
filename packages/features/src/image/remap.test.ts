import { randomStream } from '@epipole/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { remap } from './remap.js'

function noise(width: number, height: number, channels: number, seed = 1) {
  const random = randomStream(seed)
  const data = Uint8Array.from({ length: width * height * channels }, () => random.uniform(0, 256))
  return { width, height, channels, data }
}

/** The centre of every pixel, moved. */
function grid(width: number, height: number, dx = 0, dy = 0): Float64Array {
  return Float64Array.from({ length: 2 * width * height }, (_, k) => {
    const i = k >> 1
    return k % 2 === 0 ? (i % width) + 0.5 + dx : Math.floor(i / width) + 0.5 + dy
  })
}

describe('remap', () => {
  it.each([1, 3, 4])('leaves an image of %d channels alone, and moves it by whole pixels', (channels) => {
    const image = noise(7, 5, channels)
    expect(remap(image, grid(7, 5))).toEqual(image.data)
    const moved = remap(image, grid(7, 5, 2, 1), undefined, 9)
    for (let y = 0; y < 5; y++) {
      for (let x = 0; x < 7; x++) {
        for (let c = 0; c < channels; c++) {
          const expected = x + 2 < 7 && y + 1 < 5 ? image.data[(7 * (y + 1) + x + 2) * channels + c] : 9
          expect(moved[(7 * y + x) * channels + c]).toBe(expected)
        }
      }
    }
  })

  it('shows a ramp where it is asked for, to half a gray level', () => {
    const data = Uint8Array.from({ length: 20 * 10 }, (_, i) => 10 * (i % 20) + 3 * Math.floor(i / 20))
    fc.assert(
      fc.property(
        fc.double({ min: 0.5, max: 19.5, noNaN: true }),
        fc.double({ min: 0.5, max: 9.5, noNaN: true }),
        (x, y) => {
          const [seen] = remap({ width: 20, height: 10, channels: 1, data }, Float64Array.of(x, y))
          expect(Math.abs(seen! - (10 * (x - 0.5) + 3 * (y - 0.5)))).toBeLessThan(0.5 + 1e-9)
        },
      ),
    )
  })

  it('is as cv2.remap', () => {
    // im = (np.arange(12).reshape(3, 4) ** 2 * 2 % 251).astype(np.uint8); cv2.remap(im, x, y, cv2.INTER_LINEAR) with x, y in eighths
    // (OpenCV interpolates in 1/32 of a pixel), its origin at the centre of the first pixel: 0.5 less
    const data = Uint8Array.from({ length: 12 }, (_, i) => (2 * i * i) % 251)
    const xy = [
      [0.125, 0.25],
      [1.5, 1.75],
      [2.875, 0.5],
      [2.25, 1.125],
    ].flatMap(([x, y]) => [x! + 0.5, y! + 0.5])
    expect([...remap({ width: 4, height: 3, channels: 1, data }, Float64Array.from(xy))]).toEqual([9, 151, 56, 95])
  })

  it('repeats the edge to the outline, and is blank outside and where the map is', () => {
    const image = { width: 2, height: 1, channels: 1, data: Uint8Array.of(10, 20) }
    const at = (x: number, y: number) => remap(image, Float32Array.of(x, y), undefined, 77)[0]
    expect([at(0, 0), at(2, 1), at(1, 0.5)]).toEqual([10, 20, 15])
    expect([at(-0.01, 0.5), at(2.01, 0.5), at(1, 1.01), at(Number.NaN, Number.NaN)]).toEqual([77, 77, 77, 77])
  })

  it('refuses what does not fit', () => {
    expect(() => remap({ ...noise(3, 3, 1), width: 4 }, new Float32Array(2))).toThrow()
    expect(() => remap(noise(3, 3, 3), new Float32Array(4), new Uint8Array(4))).toThrow('room for 6')
    expect(() => remap(noise(3, 3, 3), new Float32Array(3))).toThrow()
  })
})
