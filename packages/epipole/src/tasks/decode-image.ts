import { type DecodedImage, fitPlanes } from '../images/fit-planes.js'
import { decodePixels } from '../photos/decode-pixels.js'

export interface DecodeImagePayload {
  readonly name: string
  readonly bytes: Uint8Array
  /** Gray or colour. */
  readonly channels: 1 | 3
  /** Brought to this height and width: scaled to cover it, cut in the middle. Without it, the image's own. */
  readonly size?: readonly [number, number]
}

/** Decodes an image for learning. Throws `input` where it is damaged. */
export async function decodeImage({ name, bytes, channels, size }: DecodeImagePayload): Promise<DecodedImage> {
  return fitPlanes(await decodePixels(bytes, name, 1), channels, size)
}
