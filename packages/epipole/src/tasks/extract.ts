import { colorsAt, type Features, grayFromRgb, resizeGray, type SiftOptions, siftExtractor } from '@epipole/features'
import { encodeThumbnail } from '#platform'
import { decodePixels } from '../photos/decode-pixels.js'
import type { RefusedPhoto } from '../photos/photo.js'
import { verdictOf } from '../photos/refusal.js'

export interface ExtractPayload {
  readonly name: string
  /** The photo's file. */
  readonly bytes: Uint8Array
  /** Photos whose longer side exceeds this are scaled down first; keypoints refer to the full size all the same. */
  readonly maxImageSize: number
  readonly sift: SiftOptions
  /** Longer side of the thumbnail, pixels; 0 for none. */
  readonly thumbnail: number
}

export interface ExtractResult {
  readonly width: number
  readonly height: number
  readonly features: Features
  /** `count × 3`. */
  readonly colors: Uint8Array
  /** JPEG; empty where none was asked for or the platform has no encoder. */
  readonly thumbnail: Uint8Array
}

/** Decodes a photo and finds its features: everything that needs its pixels, in one go. A photo that cannot be used is refused. */
export async function extract(payload: ExtractPayload): Promise<ExtractResult | RefusedPhoto> {
  try {
    return await extractPixels(payload)
  } catch (error) {
    const verdict = verdictOf(error)
    if (verdict === undefined) throw error
    return { name: payload.name, verdict }
  }
}

async function extractPixels(payload: ExtractPayload): Promise<ExtractResult> {
  const { name, bytes, maxImageSize, sift, thumbnail } = payload
  const pixels = await decodePixels(bytes, name)
  const { width, height, rgb } = pixels
  const color = { width, height, channels: 3 as const, data: rgb }
  const { image, scale } = resizeGray(grayFromRgb(color), maxImageSize)
  const features = await siftExtractor(sift).extract(image, scale)
  const colors = colorsAt(color, features.keypoints)
  return {
    width,
    height,
    features,
    colors,
    thumbnail: thumbnail > 0 ? await encodeThumbnail(rgb, width, height, thumbnail) : new Uint8Array(0),
  }
}
