/** An image as planes of floats, channels × height × width; colours within 0 … 1. */
export interface Planes {
  readonly channels: number
  readonly height: number
  readonly width: number
  readonly data: Float32Array
}

export const emptyPlanes = (channels: number, height: number, width: number): Planes => ({
  channels,
  height,
  width,
  data: new Float32Array(channels * height * width),
})

/**
 * The image seen through a map: pixel (x, y) of the result is the source at (a·x + b·y + c, d·x + e·y + f), bilinear between pixel
 * centres; outside is 0. Coordinates count from the centre of the top-left pixel, as torchvision's grids.
 */
export function warpAffine(
  from: Planes,
  [a, b, c, d, e, f]: readonly [number, number, number, number, number, number],
  height = from.height,
  width = from.width,
): Planes {
  const out = emptyPlanes(from.channels, height, width)
  const plane = from.height * from.width
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      const u = a * x + b * y + c
      const v = d * x + e * y + f
      const x0 = Math.floor(u)
      const y0 = Math.floor(v)
      if (x0 < -1 || y0 < -1 || x0 >= from.width || y0 >= from.height) continue
      const [s, t] = [u - x0, v - y0]
      for (let ch = 0; ch < from.channels; ch++) {
        const p = ch * plane
        out.data[ch * height * width + at] =
          (1 - t) * ((1 - s) * pixel(from, p, x0, y0) + s * pixel(from, p, x0 + 1, y0)) +
          t * ((1 - s) * pixel(from, p, x0, y0 + 1) + s * pixel(from, p, x0 + 1, y0 + 1))
      }
    }
  }
  return out
}

const pixel = ({ width, height, data }: Planes, plane: number, x: number, y: number): number =>
  x < 0 || y < 0 || x >= width || y >= height ? 0 : (data[plane + y * width + x] as number)

/** The part of the image from (left, top), of the given size; what lies outside is 0. */
export function cropPlanes(from: Planes, left: number, top: number, height: number, width: number): Planes {
  const out = emptyPlanes(from.channels, height, width)
  for (let c = 0; c < from.channels; c++) {
    const plane = c * from.height * from.width
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < width; x++) {
        out.data[(c * height + y) * width + x] = pixel(from, plane, x + left, y + top)
      }
    }
  }
  return out
}

/** A part of the image brought to a size, bilinear with the corners of pixels aligned (`align_corners=False`), edges repeated. */
export function resizePart(
  from: Planes,
  part: { left: number; top: number; height: number; width: number },
  height: number,
  width: number,
): Planes {
  const out = emptyPlanes(from.channels, height, width)
  const place = (i: number, size: number, target: number) =>
    Math.min(Math.max((i + 0.5) * (size / target) - 0.5, 0), size - 1)
  for (let y = 0; y < height; y++) {
    const v = place(y, part.height, height)
    const y0 = Math.floor(v)
    const y1 = Math.min(y0 + 1, part.height - 1)
    for (let x = 0; x < width; x++) {
      const u = place(x, part.width, width)
      const x0 = Math.floor(u)
      const x1 = Math.min(x0 + 1, part.width - 1)
      for (let c = 0; c < from.channels; c++) {
        const at = (yy: number, xx: number) =>
          from.data[(c * from.height + part.top + yy) * from.width + part.left + xx] as number
        const above = at(y0, x0) + (at(y0, x1) - at(y0, x0)) * (u - x0)
        const below = at(y1, x0) + (at(y1, x1) - at(y1, x0)) * (u - x0)
        out.data[(c * height + y) * width + x] = above + (below - above) * (v - y0)
      }
    }
  }
  return out
}
