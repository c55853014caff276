import { type DecodedImage, fitPlanes } from '../images/fit-planes.js'
import { bytesSource } from '../photos/byte-source.js'
import { decodePixels } from '../photos/decode-pixels.js'
import { readExifFacts } from '../photos/exif-facts.js'
import { inspectHeader } from '../photos/inspect.js'
import { upright } from '../photos/upright.js'

export interface DecodeImagePayload {
  readonly name: string
  readonly bytes: Uint8Array
  /** Gray or colour. */
  readonly channels: 1 | 3
  /** Brought to this height and width: scaled to cover it, cut in the middle. Without it, the image's own. */
  readonly size?: readonly [number, number]
}

/** Decodes an image for learning, turned as it is shown. Throws `input` where it is damaged. */
export async function decodeImage({ name, bytes, channels, size }: DecodeImagePayload): Promise<DecodedImage> {
  const pixels = await decodePixels(bytes, name, 1)
  return fitPlanes(upright(pixels, await orientationOf(bytes, name)), channels, size)
}

/** AVIF decoders apply the file's own turn, and PPM has none. */
async function orientationOf(bytes: Uint8Array, name: string): Promise<number> {
  const { format } = await inspectHeader(bytesSource(bytes), name, 1)
  return format === 'avif' || format === 'ppm' ? 1 : (readExifFacts(bytes).orientation ?? 1)
}
