import { decode } from '#platform'
import { bytesSource } from './byte-source.js'
import { inspectHeader } from './inspect.js'
import type { Pixels } from './photo.js'
import { readPpm } from './ppm.js'
import { MIN_SIDE, refusal } from './refusal.js'

/**
 * Decodes a photo: stored pixels, 8 bits, R G B. Nothing is rotated by EXIF and no colour profile is applied; 16-bit
 * values keep their high byte, gray is repeated in the three channels, alpha is composited over black, CMYK becomes RGB
 * by the decoder's formula, of an animation or a multi-page file the first picture counts. AVIF's own turn is applied.
 *
 * Decoders differ between platforms by a count here and there (JPEG's inverse cosine transform is not exact by standard);
 * PPM is read by Epipole itself, the same everywhere.
 *
 * Throws `input` with a verdict (`verdictOf`) where the file is refused by its header, damaged or cut.
 */
export async function decodePixels(bytes: Uint8Array, name = 'photo', minSide = MIN_SIDE): Promise<Pixels> {
  const header = await inspectHeader(bytesSource(bytes), name, minSide)
  const pixels = header.format === 'ppm' ? readPpm(bytes) : await decode(bytes, header.format)
  if (!pixels) throw refusal('truncated-file', 'The PPM ends before its pixels do. Copy the file again.')
  if (pixels.width !== header.width || pixels.height !== header.height) {
    throw refusal(
      'size-mismatch',
      `The header says ${header.width} × ${header.height}, the pixels are ${pixels.width} × ${pixels.height}. Re-encode the photo.`,
    )
  }
  return pixels
}
