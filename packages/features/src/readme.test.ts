import { expect, test, vi } from 'vitest'
import { texture } from '../testing/images.js'
import { bruteForceMatcher, type ColorImage, grayFromRgb, resizeGray, siftExtractor } from './index.js'

/** A gray texture as RGB, shifted left by `shift` pixels. */
function color(shift: number): ColorImage {
  const { width, height, data } = texture(200, 120, 9)
  const cut = width - 20
  const rgb = new Uint8Array(3 * cut * height)
  for (let i = 0; i < rgb.length; ++i) {
    const pixel = Math.floor(i / 3)
    rgb[i] = data[Math.floor(pixel / cut) * width + (pixel % cut) + shift]!
  }
  return { width: cut, height, channels: 3, data: rgb }
}

test('the example of the README', async () => {
  const photo = color(0)
  const other = color(13)
  const log = vi.spyOn(console, 'log').mockImplementation(() => {})

  const sift = siftExtractor({ maxFeatures: 4000 })
  const { image, scale } = resizeGray(grayFromRgb(photo), 3200)
  const a = await sift.extract(image, scale) // keypoints in pixels of the full-size photo
  const b = await sift.extract(grayFromRgb(other))
  const pairs = await bruteForceMatcher({ ratio: 0.8 }).match(a, b)
  for (let k = 0; k < pairs.length; k += 2) {
    const [i, j] = [pairs[k]!, pairs[k + 1]!]
    console.log(a.keypoints.subarray(4 * i, 4 * i + 2), '↔', b.keypoints.subarray(4 * j, 4 * j + 2))
  }

  expect(log.mock.calls.length).toBeGreaterThan(100)
  const apart = log.mock.calls.map(([p, , q]) => Math.max(Math.abs(p[0] - q[0] - 13), Math.abs(p[1] - q[1])))
  log.mockRestore()
  expect(apart.filter((distance) => distance < 0.3).length).toBeGreaterThan(0.97 * apart.length)
})
