import type { ByteSource } from './byte-source.js'
import type { PhotoFormat } from './photo.js'
import { readTiffTags } from './tiff.js'

/** What a file is, by its first bytes: a photo we decode, or something that is refused with advice. */
export type Content =
  | PhotoFormat
  | 'heic'
  | 'raw'
  | 'video'
  | 'gif'
  | 'bmp'
  | 'jpeg-xl'
  | 'jpeg-2000'
  | 'photoshop'
  | 'open-exr'
  | 'pdf'
  | 'text'
  | 'empty'
  | 'unknown'

/** Bytes at a fixed offset that name a format: `x` as latin-1 text. */
const MAGIC: readonly (readonly [offset: number, x: string, content: Content])[] = [
  [0, '\xff\xd8\xff', 'jpeg'],
  [0, '\x89PNG\r\n\x1a\n', 'png'],
  [8, 'WEBPVP8', 'webp'],
  [8, 'AVI ', 'video'],
  [0, 'P6', 'ppm'],
  // Camera makers' own containers, before TIFF, which some of them imitate.
  [0, 'FUJIFILMCCD-RAW', 'raw'],
  [0, 'IIU\0', 'raw'],
  [0, 'IIRO', 'raw'],
  [0, 'IIRS', 'raw'],
  [0, 'MMOR', 'raw'],
  [0, 'FOVb', 'raw'],
  [0, '\0MRM', 'raw'],
  [6, 'HEAPCCDR', 'raw'],
  [8, 'CR\x02\0', 'raw'],
  [0, 'II*\0', 'tiff'],
  [0, 'MM\0*', 'tiff'],
  [0, 'II+\0', 'tiff'],
  [0, 'MM\0+', 'tiff'],
  [0, '\x1aE\xdf\xa3', 'video'],
  [0, '\0\0\x01\xba', 'video'],
  [0, '\0\0\x01\xb3', 'video'],
  [0, '0&\xb2u\x8ef\xcf\x11', 'video'],
  [4, 'moov', 'video'],
  [4, 'mdat', 'video'],
  [4, 'wide', 'video'],
  [0, 'GIF8', 'gif'],
  [0, 'BM', 'bmp'],
  [0, '\xff\x0a', 'jpeg-xl'],
  [4, 'JXL ', 'jpeg-xl'],
  [4, 'jP  ', 'jpeg-2000'],
  [0, '\xff\x4f\xff\x51', 'jpeg-2000'],
  [0, '8BPS', 'photoshop'],
  [0, 'v/1\x01', 'open-exr'],
  [0, '%PDF', 'pdf'],
]

const HEAD = 1024

/** Recognises a file by content; reads its first kilobyte and, of a TIFF, its first directory. */
export async function recognise(source: ByteSource): Promise<Content> {
  if (source.size === 0) return 'empty'
  const head = await source.read(0, HEAD)
  const text = Array.from(head, (b) => String.fromCharCode(b)).join('')
  if (text.startsWith('ftyp', 4)) return fileTypeBox(text)
  const found = MAGIC.find(([offset, x]) => text.startsWith(x, offset))?.[2]
  if (found === 'tiff') return (await isRawTiff(source)) ? 'raw' : 'tiff'
  if (found) return found
  if (isTransportStream(head)) return 'video'
  return isText(head) ? 'text' : 'unknown'
}

/** ISO base media files (ISO/IEC 14496-12, 4.3) by their major brand, else by their compatible brands. */
function fileTypeBox(text: string): Content {
  const size = [0, 1, 2, 3].reduce((sum, i) => sum * 256 + text.charCodeAt(i), 0)
  const brands = [text.slice(8, 12)]
  for (let at = 16; at + 4 <= Math.min(size, text.length); at += 4) brands.push(text.slice(at, at + 4))
  for (const brand of brands) {
    if (brand === 'avif' || brand === 'avis') return 'avif'
    if (brand === 'crx ') return 'raw'
    if (/^he[iv][cxms]$/.test(brand)) return 'heic'
  }
  return /^(mif1|msf1|mif2)$/.test(brands[0]!) ? 'heic' : 'video'
}

const NEW_SUBFILE_TYPE = 254
const COMPRESSION = 259
const PHOTOMETRIC = 262
const MAKE = 271
const SUB_IFDS = 330
const DNG_VERSION = 50706

/**
 * Tells a camera's RAW, which is a TIFF too, from a TIFF photo: DNG says so; the others keep a thumbnail in the first
 * directory and the sensor's values in a sub-directory, or name a colour filter array or a maker's own compression.
 */
async function isRawTiff(source: ByteSource): Promise<boolean> {
  const tags = await readTiffTags(source)
  if (!tags) return false
  const photometric = tags.get(PHOTOMETRIC)
  const compression = tags.get(COMPRESSION)
  return (
    tags.has(DNG_VERSION) ||
    photometric === 32803 ||
    photometric === 34892 ||
    compression === 32767 ||
    compression === 34713 ||
    compression === 65535 ||
    (tags.has(SUB_IFDS) && tags.has(MAKE) && tags.get(NEW_SUBFILE_TYPE) === 1)
  )
}

/** MPEG transport stream: the sync byte every 188 bytes (or 192 with time codes, as camcorders write). */
function isTransportStream(head: Uint8Array): boolean {
  const every = (start: number, step: number) => [0, 1, 2, 3].every((i) => head[start + i * step] === 0x47)
  return every(0, 188) || every(4, 192)
}

/** UTF-8 (or ASCII) without control characters other than white space. */
function isText(head: Uint8Array): boolean {
  if (head.some((b) => b < 9 || (b > 13 && b < 32 && b !== 27))) return false
  try {
    // A character cut at the end of the head is no error: `stream` waits for the rest.
    new TextDecoder('utf-8', { fatal: true }).decode(head, { stream: true })
    return true
  } catch {
    return false
  }
}
