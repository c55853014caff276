import { decode, encodeThumbnail } from '#platform'
import { THUMBNAIL_BYTES, thumbnailLongSide } from './thumbnail-size.js'

/**
 * Thumbnails that together fit a page: the given ones where they do, else all shrunk to the side that their number allows.
 * One whose bytes are no JPEG is left out then.
 */
export async function fitThumbnails(
  thumbnails: ReadonlyMap<string, Uint8Array>,
  maxBytes = THUMBNAIL_BYTES,
): Promise<ReadonlyMap<string, Uint8Array>> {
  let bytes = 0
  for (const jpeg of thumbnails.values()) bytes += jpeg.length
  if (bytes <= maxBytes) return thumbnails
  const side = thumbnailLongSide(thumbnails.size, maxBytes)
  const small = new Map<string, Uint8Array>()
  for (const [name, jpeg] of thumbnails) {
    try {
      const { rgb, width, height } = await decode(jpeg, 'jpeg')
      small.set(name, await encodeThumbnail(rgb, width, height, side))
    } catch {
      // A photo without a picture is shown as a plain frame; a report is not worth failing for.
    }
  }
  return small
}
