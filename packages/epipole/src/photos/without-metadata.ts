import { concatBytes } from './concat-bytes.js'
import type { PhotoFormat } from './photo.js'

/**
 * The same picture without EXIF orientation and colour profile, so that a decoder that applies them on its own has
 * nothing to apply. JPEG, PNG and WebP; other formats and files of an unexpected shape come back as they are.
 */
export function withoutMetadata(bytes: Uint8Array, format: PhotoFormat): Uint8Array {
  switch (format) {
    case 'jpeg':
      return bareJpeg(bytes)
    case 'png':
      return barePng(bytes)
    case 'webp':
      return bareWebp(bytes)
    default:
      return bytes
  }
}

/** Drops APP1 … APP13 and APP15 and comments; APP0 (JFIF) and APP14 (Adobe) say how the colours are coded, and stay. */
function bareJpeg(bytes: Uint8Array): Uint8Array {
  const view = viewOf(bytes)
  const kept: Uint8Array[] = [bytes.subarray(0, 2)]
  let at = 2
  while (at + 4 <= bytes.length && bytes[at] === 0xff) {
    const code = bytes[at + 1]!
    if (code < 0xc0 || code === 0xd8 || code === 0xda || code === 0xff) break
    const end = at + 2 + view.getUint16(at + 2)
    if (end > bytes.length) break
    const metadata = (code >= 0xe1 && code <= 0xef && code !== 0xee) || code === 0xfe
    if (!metadata) kept.push(bytes.subarray(at, end))
    at = end
  }
  kept.push(bytes.subarray(at))
  return concatBytes(kept)
}

const PNG_METADATA = new Set(['eXIf', 'iCCP', 'gAMA', 'cHRM', 'sRGB', 'cICP'])

function barePng(bytes: Uint8Array): Uint8Array {
  const view = viewOf(bytes)
  const kept: Uint8Array[] = [bytes.subarray(0, 8)]
  let at = 8
  while (at + 12 <= bytes.length) {
    const end = at + 12 + view.getUint32(at)
    if (end > bytes.length) break
    if (!PNG_METADATA.has(name(bytes, at + 4))) kept.push(bytes.subarray(at, end))
    at = end
  }
  kept.push(bytes.subarray(at))
  return concatBytes(kept)
}

const WEBP_METADATA = new Set(['ICCP', 'EXIF', 'XMP '])
/** VP8X flags of the three chunks above (RFC 9649, 2.7): ICC 0x20, EXIF 0x08, XMP 0x04. */
const WEBP_FLAGS = 0x2c

function bareWebp(bytes: Uint8Array): Uint8Array {
  if (bytes.length < 20) return bytes
  const view = viewOf(bytes)
  const kept: Uint8Array[] = [bytes.subarray(0, 12)]
  let at = 12
  while (at + 8 <= bytes.length) {
    const size = view.getUint32(at + 4, true)
    const end = Math.min(bytes.length, at + 8 + size + (size & 1))
    const chunk = name(bytes, at)
    if (chunk === 'VP8X' && end > at + 8) {
      const header = new Uint8Array(bytes.subarray(at, end)) // a copy, also of a Node Buffer
      header[8]! &= ~WEBP_FLAGS
      kept.push(header)
    } else if (!WEBP_METADATA.has(chunk)) kept.push(bytes.subarray(at, end))
    at = end
  }
  const bare = concatBytes(kept)
  viewOf(bare).setUint32(4, bare.length - 8, true)
  return bare
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}

function name(bytes: Uint8Array, at: number): string {
  return String.fromCharCode(...bytes.subarray(at, at + 4))
}
