import type { Pixels } from './photo.js'

/**
 * A picture as it is to be shown: its stored pixels turned and mirrored by EXIF's orientation (Exif 3.0, 4.6.5.1.6).
 *
 * @param orientation 1 … 8; 1 gives the pixels as they are
 */
export function upright(pixels: Pixels, orientation: number): Pixels {
  if (!(orientation >= 2 && orientation <= 8)) return pixels
  const { width, height, rgb } = pixels
  const turned = orientation >= 5
  const [w, h] = turned ? [height, width] : [width, height]
  // Which stored axis, and from which end, each shown axis runs along.
  const mirrorX = [2, 3, 7, 8].includes(orientation)
  const mirrorY = [3, 4, 6, 7].includes(orientation)
  const out = new Uint8Array(rgb.length)
  for (let y = 0, at = 0; y < h; y++) {
    for (let x = 0; x < w; x++, at += 3) {
      const [u, v] = turned ? [y, x] : [x, y]
      const from = 3 * ((mirrorY ? height - 1 - v : v) * width + (mirrorX ? width - 1 - u : u))
      out[at] = rgb[from] as number
      out[at + 1] = rgb[from + 1] as number
      out[at + 2] = rgb[from + 2] as number
    }
  }
  return { width: w, height: h, rgb: out }
}
