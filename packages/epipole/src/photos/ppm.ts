import type { ExifFacts } from './exif-facts.js'
import type { Pixels } from './photo.js'

/** Where a PPM's pixels begin, and what its header says. */
export interface PpmHeader {
  readonly width: number
  readonly height: number
  /** Byte offset of the first pixel. */
  readonly offset: number
  /** Camera facts from an `epipole-exif` comment. */
  readonly exif?: ExifFacts
}

const EXIF_COMMENT = '# epipole-exif '
const MAX_HEADER = 8192

/**
 * The header of a binary 8-bit PPM (netpbm "P6"): magic, width, height, 255, each followed by white space, with comments
 * between. Undefined where it is anything else.
 */
export function ppmHeader(bytes: Uint8Array): PpmHeader | undefined {
  const text = Array.from(bytes.subarray(0, MAX_HEADER), (b) => String.fromCharCode(b)).join('')
  if (!text.startsWith('P6')) return undefined
  const numbers: number[] = []
  let exif: ExifFacts | undefined
  let at = 2
  while (numbers.length < 3) {
    const token = /^(?:\s+|#[^\n]*\n|\d{1,9})/.exec(text.slice(at))?.[0]
    if (token === undefined) return undefined
    if (token.startsWith(EXIF_COMMENT)) exif = parseExif(token.slice(EXIF_COMMENT.length))
    else if (/^\d/.test(token)) numbers.push(Number(token))
    at += token.length
  }
  const [width, height, max] = numbers as [number, number, number]
  if (max !== 255 || !/^\s/.test(text.slice(at))) return undefined
  return { width, height, offset: at + 1, ...(exif && { exif }) }
}

/** Pixels as a binary PPM, with the camera's facts in a comment (ASCII: other characters are escaped). */
export function writePpm({ width, height, rgb }: Pixels, exif?: ExifFacts): Uint8Array {
  const json = exif && JSON.stringify(exif).replace(/[\u0080-\uffff]/g, (c) => `\\u${hex4(c.charCodeAt(0))}`)
  const header = new TextEncoder().encode(`P6\n${json ? `${EXIF_COMMENT}${json}\n` : ''}${width} ${height}\n255\n`)
  const bytes = new Uint8Array(header.length + rgb.length)
  bytes.set(header)
  bytes.set(rgb, header.length)
  return bytes
}

/** The pixels of a binary PPM; undefined where the header is damaged or pixels are missing. Shares `bytes`' memory. */
export function readPpm(bytes: Uint8Array): Pixels | undefined {
  const header = ppmHeader(bytes)
  if (!header) return undefined
  const { width, height, offset } = header
  const rgb = bytes.subarray(offset, offset + width * height * 3)
  return rgb.length === width * height * 3 ? { width, height, rgb } : undefined
}

function parseExif(json: string): ExifFacts | undefined {
  try {
    const value: unknown = JSON.parse(json)
    return typeof value === 'object' && value !== null ? (value as ExifFacts) : undefined
  } catch {
    return undefined
  }
}

function hex4(code: number): string {
  return code.toString(16).padStart(4, '0')
}
