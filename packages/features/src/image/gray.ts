import { EpipoleError } from '@epipole/core'
import type { GrayImage } from '../features.js'
import { checkPlane } from './check.js'

/** An 8-bit colour image: red, green, blue (and alpha, ignored) of a pixel side by side, row-major, without padding. */
export interface ColorImage {
  readonly width: number
  readonly height: number
  readonly channels: 3 | 4
  /** `width × height × channels`. */
  readonly data: Uint8Array
}

// 0.299, 0.587 and 0.114 (ITU-R BT.601 luma) times 65536, rounded so that they sum to 65536: white stays white.
const RED = 19595
const GREEN = 38470
const BLUE = 7471

/**
 * Gray = (19595 R + 38470 G + 7471 B + 32768) ≫ 16. Made by us rather than by a decoder, so that equal RGB gives equal gray on
 * every platform. Throws `usage` when the data does not fit the size.
 */
export function grayFromRgb(image: ColorImage): GrayImage {
  const { width, height, channels, data } = image
  if (channels !== 3 && channels !== 4) {
    throw new EpipoleError('usage', `grayFromRgb: channels must be 3 or 4, not ${String(channels)}`, { channels })
  }
  checkPlane(width, height, data.length, channels)
  const gray = new Uint8Array(width * height)
  for (let i = 0, p = 0; i < gray.length; ++i, p += channels) {
    gray[i] = (RED * data[p]! + GREEN * data[p + 1]! + BLUE * data[p + 2]! + 32768) >> 16
  }
  return { width, height, data: gray }
}
