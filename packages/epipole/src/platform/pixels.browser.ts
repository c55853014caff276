import { EpipoleError } from '@epipole/core'
import { endsAsJpeg } from '../photos/jpeg-end.js'
import type { PhotoFormat, Pixels } from '../photos/photo.js'
import { refusal } from '../photos/refusal.js'
import { withoutMetadata } from '../photos/without-metadata.js'

const MIME: Readonly<Record<PhotoFormat, string>> = {
  jpeg: 'image/jpeg',
  png: 'image/png',
  webp: 'image/webp',
  tiff: 'image/tiff',
  avif: 'image/avif',
  ppm: 'image/x-portable-pixmap',
}

/** Rows fetched from the canvas at a time: RGBA of a whole photo would double the memory. */
const STRIP = 256

export async function decode(bytes: Uint8Array, format: PhotoFormat): Promise<Pixels> {
  requireCanvas()
  // A browser fills what is missing of a JPEG with gray and says nothing: look for the end ourselves.
  if (format === 'jpeg' && !endsAsJpeg(bytes)) {
    throw refusal('truncated-file', 'The JPEG ends before its end marker. Copy the file again.')
  }
  let bitmap: ImageBitmap
  try {
    const blob = new Blob([withoutMetadata(bytes, format) as Uint8Array<ArrayBuffer>], { type: MIME[format] })
    bitmap = await createImageBitmap(blob, {
      // Not every browser heeds 'none', which is why the metadata is taken out above; AVIF has only this.
      imageOrientation: 'none' as ImageOrientation,
      colorSpaceConversion: 'none',
      premultiplyAlpha: 'default',
    })
  } catch (error) {
    const words = error instanceof Error ? error.message : String(error)
    const what =
      format === 'tiff' ? 'This browser does not decode TIFF; convert to PNG' : 'Re-encode it or copy it again'
    throw refusal('undecodable', `The ${format.toUpperCase()} cannot be decoded (${words}). ${what}.`)
  }
  try {
    return readBitmap(bitmap)
  } finally {
    bitmap.close()
  }
}

/** Bitmap to RGB over black, strip by strip. */
function readBitmap(bitmap: ImageBitmap): Pixels {
  const { width, height } = bitmap
  const rgb = new Uint8Array(width * height * 3)
  const context = contextOf(new OffscreenCanvas(width, Math.min(STRIP, height)))
  for (let top = 0; top < height; top += STRIP) {
    const rows = Math.min(STRIP, height - top)
    context.fillStyle = '#000'
    context.fillRect(0, 0, width, rows)
    context.drawImage(bitmap, 0, -top)
    const { data } = context.getImageData(0, 0, width, rows)
    for (let i = 0, o = top * width * 3; i < data.length; i += 4, o += 3) {
      rgb[o] = data[i]!
      rgb[o + 1] = data[i + 1]!
      rgb[o + 2] = data[i + 2]!
    }
  }
  return { width, height, rgb }
}

export async function encodeThumbnail(
  rgb: Uint8Array,
  width: number,
  height: number,
  maxSide: number,
): Promise<Uint8Array> {
  requireCanvas()
  const rgba = new Uint8ClampedArray(width * height * 4).fill(255)
  for (let i = 0, o = 0; i < rgb.length; i += 3, o += 4) {
    rgba[o] = rgb[i]!
    rgba[o + 1] = rgb[i + 1]!
    rgba[o + 2] = rgb[i + 2]!
  }
  const scale = Math.min(1, maxSide / Math.max(width, height))
  const size = { w: Math.max(1, Math.round(width * scale)), h: Math.max(1, Math.round(height * scale)) }
  const bitmap = await createImageBitmap(new ImageData(rgba, width, height))
  const canvas = new OffscreenCanvas(size.w, size.h)
  const context = contextOf(canvas)
  context.imageSmoothingQuality = 'high'
  context.drawImage(bitmap, 0, 0, size.w, size.h)
  bitmap.close()
  const blob = await canvas.convertToBlob({ type: 'image/jpeg', quality: 0.8 })
  return new Uint8Array(await blob.arrayBuffer())
}

function contextOf(canvas: OffscreenCanvas): OffscreenCanvasRenderingContext2D {
  const context = canvas.getContext('2d', { alpha: false, willReadFrequently: true, colorSpace: 'srgb' })
  if (context) return context
  throw new EpipoleError('unsupported', `This browser gives no canvas of ${canvas.width} × ${canvas.height} pixels.`)
}

function requireCanvas(): void {
  if (typeof createImageBitmap === 'function' && typeof OffscreenCanvas === 'function') return
  throw new EpipoleError(
    'unsupported',
    'This browser cannot decode photos in a worker (no OffscreenCanvas). Use a current Chrome, Edge, Firefox or Safari 17, or pass decoded planes.',
  )
}
