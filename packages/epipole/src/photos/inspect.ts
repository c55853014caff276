import { type ByteSource, blockwise } from './byte-source.js'
import { recognise } from './content.js'
import { formatRefusal } from './formats.js'
import { imageSize } from './image-header.js'
import type { ImageHeader, PhotoFormat } from './photo.js'
import { MAX_PIXELS, MIN_SIDE, refusal } from './refusal.js'

/**
 * Reads a file's header, and no pixel: its format by content, its stored size. Throws an `input` error with a verdict
 * where it is no photo we decode, its header is damaged, or the claimed size is out of bounds; `name` only shapes the
 * advice.
 */
export async function inspectHeader(source: ByteSource, name: string, minSide = MIN_SIDE): Promise<ImageHeader> {
  const file = blockwise(source)
  const content = await recognise(file)
  const refused = formatRefusal(content, name)
  if (refused) throw refused
  const format = content as PhotoFormat
  const size = await imageSize(file, format)
  if (!size) {
    throw refusal('damaged-header', `The ${format.toUpperCase()} header is damaged or cut. Copy the file again.`)
  }
  checkSize(size.width, size.height, minSide)
  return { format, width: size.width, height: size.height }
}

/** Throws where a photo of this size cannot be used. */
export function checkSize(width: number, height: number, minSide = MIN_SIDE): void {
  const pixels = width * height
  if (pixels > MAX_PIXELS) {
    throw refusal(
      'too-large',
      `The header claims ${width} × ${height} pixels, more than the limit of ${MAX_PIXELS} in all. Scale the photo down.`,
      pixels,
      MAX_PIXELS,
      'px',
    )
  }
  const side = Math.min(width, height)
  if (!(side >= minSide)) {
    throw refusal(
      'too-small',
      `${width} × ${height} pixels leave no room for features: the shorter side must have ${minSide} or more.`,
      side,
      minSide,
      'px',
    )
  }
}
