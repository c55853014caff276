import { EpipoleError } from '@epipole/core'
import type { GrayImage } from '../features.js'

/** Pixels beyond which an image is refused: WebAssembly's 4 GiB of memory must hold it several times over. */
export const MAX_PIXELS = 250_000_000

/** Throws `usage` when the sizes are no sizes or do not fit `data`, `unsupported` when the image is too large. */
export function checkGray(image: GrayImage): void {
  checkPlane(image.width, image.height, image.data.length, 1)
}

/** As `checkGray`, for `channels` interleaved bytes a pixel. */
export function checkPlane(width: number, height: number, length: number, channels: number): void {
  const details = { width, height, channels, length }
  const isSize = (side: number) => Number.isSafeInteger(side) && side >= 0
  if (!isSize(width) || !isSize(height)) {
    throw new EpipoleError(
      'usage',
      `image: width and height must be whole numbers ≥ 0, not ${width} × ${height}`,
      details,
    )
  }
  if (width * height > MAX_PIXELS) {
    throw new EpipoleError(
      'unsupported',
      `image: ${width} × ${height} pixels are more than ${MAX_PIXELS}; scale it down first (resizeGray)`,
      details,
    )
  }
  if (length !== width * height * channels) {
    throw new EpipoleError(
      'usage',
      `image: ${width} × ${height} pixels of ${channels} bytes need ${width * height * channels} bytes, not ${length}`,
      details,
    )
  }
}
