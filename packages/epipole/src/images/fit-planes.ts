import type { Pixels } from '../photos/photo.js'

export interface DecodedImage {
  readonly height: number
  readonly width: number
  /** channels × height × width. */
  readonly planes: Uint8Array
}

/** Interleaved colours as planes, gray by ITU-R 601, scaled to cover `size` by area averages or bilinear, cut in the middle. */
export function fitPlanes(
  { width, height, rgb }: Pixels,
  channels: 1 | 3,
  size?: readonly [number, number],
): DecodedImage {
  const [h, w] = size ?? [height, width]
  const scale = Math.min(height / h, width / w)
  const [left, top] = [(width - w * scale) / 2, (height - h * scale) / 2]
  const planes = new Uint8Array(channels * h * w)
  const pixel = [0, 0, 0]
  for (let y = 0, at = 0; y < h; y++) {
    for (let x = 0; x < w; x++, at++) {
      average(rgb, width, height, left + x * scale, top + y * scale, scale, pixel)
      const [r, g, b] = pixel as [number, number, number]
      if (channels === 1) planes[at] = Math.round(0.299 * r + 0.587 * g + 0.114 * b)
      else for (let c = 0; c < 3; c++) planes[c * h * w + at] = Math.round(pixel[c] as number)
    }
  }
  return { height: h, width: w, planes }
}

/** Mean colour of the square of side max(scale, 1) that the pixel of the result covers, by the areas of the pixels in it. */
function average(
  rgb: Uint8Array,
  width: number,
  height: number,
  x: number,
  y: number,
  scale: number,
  out: number[],
): void {
  const side = Math.max(scale, 1)
  const x0 = Math.min(Math.max(x + (scale - side) / 2, 0), width - side)
  const y0 = Math.min(Math.max(y + (scale - side) / 2, 0), height - side)
  out.fill(0)
  for (let v = Math.floor(y0); v < y0 + side - 1e-9; v++) {
    const rows = Math.min(v + 1, y0 + side) - Math.max(v, y0)
    for (let u = Math.floor(x0); u < x0 + side - 1e-9; u++) {
      const weight = (rows * (Math.min(u + 1, x0 + side) - Math.max(u, x0))) / (side * side)
      const at = 3 * (v * width + u)
      for (let c = 0; c < 3; c++) out[c] = (out[c] as number) + weight * (rgb[at + c] as number)
    }
  }
}
