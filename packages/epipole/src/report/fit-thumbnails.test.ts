import sharp from 'sharp'
import { expect, test } from 'vitest'
import { fitThumbnails } from './fit-thumbnails.js'

/** Noise compresses worst. */
async function noisy(width: number, height: number): Promise<Uint8Array> {
  return sharp({
    create: { width, height, channels: 3, background: '#888', noise: { type: 'gaussian', mean: 128, sigma: 40 } },
  })
    .jpeg({ quality: 80 })
    .toBuffer()
}

test('those that fit stay as they are; too large ones are shrunk, in their shape; what is no JPEG is left out', async () => {
  const thumbnails = new Map([
    ['wide.jpg', await noisy(640, 320)],
    ['tall.jpg', await noisy(300, 600)],
  ])
  expect(await fitThumbnails(thumbnails)).toBe(thumbnails)
  const some = new Map([...thumbnails, ['broken.jpg', Uint8Array.of(1, 2, 3)]])
  const small = await fitThumbnails(some, 20_000)
  expect([...small.keys()]).toEqual(['wide.jpg', 'tall.jpg'])
  const sizes = await Promise.all([...small.values()].map((jpeg) => sharp(jpeg).metadata()))
  expect(sizes[0]!.width).toBe(2 * sizes[0]!.height!)
  expect(sizes[1]!.height).toBe(2 * sizes[1]!.width!)
  expect(sizes[0]!.width).toBeLessThan(300)
})
