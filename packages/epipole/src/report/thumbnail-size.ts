/** Bytes of all thumbnails together that leave room in the page for everything else. */
export const THUMBNAIL_BYTES = 6_500_000

/** JPEG at quality 80 takes about this many bytes a pixel on detailed photos at these sizes. */
const BYTES_PER_PIXEL = 0.28

/**
 * The longer side, in pixels, to shrink photos to for the report, so that all thumbnails fit together: 640 up to about a
 * hundred photos, less with more, at least 64.
 */
export function thumbnailLongSide(photoCount: number, maxBytes = THUMBNAIL_BYTES): number {
  const pixels = maxBytes / Math.max(1, photoCount) / BYTES_PER_PIXEL
  const longSide = Math.sqrt((pixels * 4) / 3)
  return Math.max(64, Math.min(640, 16 * Math.floor(longSide / 16)))
}
