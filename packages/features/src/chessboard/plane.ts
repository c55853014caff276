import type { GrayImage } from '../features.js'

/** Gray value at a position (pixel centres at halves), bilinear, the border repeated. */
export function sample({ width, height, data }: GrayImage, x: number, y: number): number {
  const u = Math.min(width - 1, Math.max(0, x - 0.5))
  const v = Math.min(height - 1, Math.max(0, y - 0.5))
  const i = Math.min(width - 2, Math.floor(u))
  const j = Math.min(height - 2, Math.floor(v))
  const [a, b] = [u - i, v - j]
  const at = j * width + i
  return (
    (1 - b) * ((1 - a) * data[at]! + a * data[at + 1]!) + b * ((1 - a) * data[at + width]! + a * data[at + width + 1]!)
  )
}

/** The image under the 3 × 3 kernel (1 2 1)² / 16, which takes the edge off noise and JPEG blocks. */
export function smoothed({ width, height, data }: GrayImage): GrayImage {
  const out = new Uint8Array(width * height)
  const rows = new Int32Array(width * height)
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x
      rows[at] = data[x > 0 ? at - 1 : at]! + 2 * data[at]! + data[x < width - 1 ? at + 1 : at]!
    }
  }
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x
      const sum = rows[y > 0 ? at - width : at]! + 2 * rows[at]! + rows[y < height - 1 ? at + width : at]!
      out[at] = (sum + 8) >> 4
    }
  }
  return { width, height, data: out }
}
