import { type ByteSource, viewAt } from './byte-source.js'

interface Size {
  readonly width: number
  readonly height: number
}

const MAX_SEGMENTS = 10_000

/**
 * Width and height of a JPEG from its frame header (ITU-T T.81, B.2.2), skipping the segments before; undefined where
 * the file ends before it or is not made of segments.
 */
export async function jpegSize(source: ByteSource): Promise<Size | undefined> {
  let at = 2
  for (let i = 0; i < MAX_SEGMENTS; i++) {
    const marker = await viewAt(source, at, 2)
    if (marker?.getUint8(0) !== 0xff) return undefined
    const code = marker.getUint8(1)
    if (code === 0xff) {
      at += 1 // a fill byte
    } else if (code === 0x01 || (code >= 0xd0 && code <= 0xd7)) {
      at += 2 // markers without a segment
    } else if (isFrameHeader(code)) {
      const frame = await viewAt(source, at + 5, 4)
      return frame && { height: frame.getUint16(0), width: frame.getUint16(2) }
    } else if (code === 0xd9 || code === 0xda) {
      return undefined // pixels, or the end, before any frame header
    } else {
      const length = (await viewAt(source, at + 2, 2))?.getUint16(0)
      if (length === undefined || length < 2) return undefined
      at += 2 + length
    }
  }
  return undefined
}

/** SOF0 … SOF15, without the three codes in between that mean something else (DHT, JPG, DAC). */
function isFrameHeader(code: number): boolean {
  return code >= 0xc0 && code <= 0xcf && code !== 0xc4 && code !== 0xc8 && code !== 0xcc
}
