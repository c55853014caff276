import { avifSize } from './avif-header.js'
import { type ByteSource, fourCc, viewAt } from './byte-source.js'
import { jpegSize } from './jpeg-header.js'
import type { PhotoFormat } from './photo.js'
import { ppmHeader } from './ppm.js'
import { readTiffTags } from './tiff.js'

/** Width and height of a photo from its header alone; undefined where the header is damaged or cut. */
export async function imageSize(
  source: ByteSource,
  format: PhotoFormat,
): Promise<{ width: number; height: number } | undefined> {
  switch (format) {
    case 'jpeg':
      return jpegSize(source)
    case 'png':
      return pngSize(source)
    case 'webp':
      return webpSize(source)
    case 'tiff':
      return tiffSize(source)
    case 'avif':
      return avifSize(source)
    case 'ppm':
      return ppmHeader(await source.read(0, 1 << 16))
  }
}

/** PNG: the IHDR chunk, which is always first (W3C PNG, 11.2.1). */
async function pngSize(source: ByteSource) {
  const view = await viewAt(source, 12, 12)
  if (!view || fourCc(view, 0) !== 'IHDR') return undefined
  return { width: view.getUint32(4), height: view.getUint32(8) }
}

/** WebP's three kinds: extended (24-bit sizes less one), lossless (14-bit less one), lossy (14-bit) (RFC 9649). */
async function webpSize(source: ByteSource) {
  const view = await viewAt(source, 12, 18)
  if (!view) return undefined
  const kind = fourCc(view, 0)
  if (kind === 'VP8X') {
    const u24 = (at: number) => view.getUint16(at, true) + 65536 * view.getUint8(at + 2)
    return { width: 1 + u24(12), height: 1 + u24(15) }
  }
  if (kind === 'VP8L') {
    const bits = view.getUint32(9, true)
    return view.getUint8(8) === 0x2f ? { width: 1 + (bits & 0x3fff), height: 1 + ((bits >> 14) & 0x3fff) } : undefined
  }
  return { width: view.getUint16(14, true) & 0x3fff, height: view.getUint16(16, true) & 0x3fff }
}

async function tiffSize(source: ByteSource) {
  const tags = await readTiffTags(source)
  const width = tags?.get(256)
  const height = tags?.get(257)
  return typeof width === 'number' && typeof height === 'number' ? { width, height } : undefined
}
