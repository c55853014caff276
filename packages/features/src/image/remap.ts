import { EpipoleError } from '@epipole/core'
import { checkPlane } from './check.js'

/** An 8-bit image of any number of channels side by side, row-major, without padding. */
export interface Interleaved {
  readonly width: number
  readonly height: number
  readonly channels: number
  /** `width × height × channels`. */
  readonly data: Uint8Array
}

/**
 * Draws an image anew: pixel i of the result shows the place (xy[2i], xy[2i + 1]) of the source, interpolated bilinearly, edges
 * repeated to the outline of the image. NaN, as `undistortionMap` of geometry writes where there is nothing to see, and places
 * outside leave `blank`.
 *
 * @param xy `2 × count` positions in the source's pixels, whose first centre is at (0.5, 0.5)
 * @param out `count × channels`
 * @throws EpipoleError `usage` where the data does not fit the size
 */
export function remap(
  image: Interleaved,
  xy: Float32Array | Float64Array,
  out: Uint8Array = new Uint8Array((xy.length / 2) * image.channels),
  blank = 0,
): Uint8Array {
  const { width, height, channels, data } = image
  checkPlane(width, height, data.length, channels)
  if (xy.length % 2 !== 0 || out.length !== (xy.length / 2) * channels) {
    throw new EpipoleError(
      'usage',
      `remap: ${xy.length} coordinates need room for ${(xy.length / 2) * channels} values, not ${out.length}.`,
      { coordinates: xy.length, out: out.length },
    )
  }
  for (let i = 0, o = 0; o < out.length; i += 2, o += channels) {
    const x = xy[i]!
    const y = xy[i + 1]!
    if (!(x >= 0 && y >= 0 && x <= width && y <= height)) {
      for (let c = 0; c < channels; c++) out[o + c] = blank
      continue
    }
    const left = Math.floor(x - 0.5)
    const top = Math.floor(y - 0.5)
    const fx = x - 0.5 - left
    const fy = y - 0.5 - top
    const x0 = Math.max(left, 0) * channels
    const x1 = Math.min(left + 1, width - 1) * channels
    const y0 = Math.max(top, 0) * width * channels
    const y1 = Math.min(top + 1, height - 1) * width * channels
    for (let c = 0; c < channels; c++) {
      const upper = data[y0 + x0 + c]! * (1 - fx) + data[y0 + x1 + c]! * fx
      const lower = data[y1 + x0 + c]! * (1 - fx) + data[y1 + x1 + c]! * fx
      out[o + c] = upper * (1 - fy) + lower * fy + 0.5
    }
  }
  return out
}
