import { type ByteSource, viewAt } from './byte-source.js'

/** A TIFF's first directory by tag number; the value where it is one number or a short text, else undefined. */
export type TiffTags = ReadonlyMap<number, number | string | undefined>

const MAX_ENTRIES = 4096
const MAX_TEXT = 256
/** Bytes of one value by TIFF type: BYTE, ASCII, SHORT, LONG; others are not needed. */
const SIZES: Readonly<Record<number, number>> = { 1: 1, 2: 1, 3: 2, 4: 4, 16: 8 }

/**
 * The first directory of a TIFF or BigTIFF (TIFF 6.0, section 2); undefined where the file is not one or ends too early.
 */
export async function readTiffTags(source: ByteSource): Promise<TiffTags | undefined> {
  const head = await viewAt(source, 0, 8)
  if (!head) return undefined
  const order = head.getUint16(0)
  if (order !== 0x4949 && order !== 0x4d4d) return undefined
  const little = order === 0x4949
  const version = head.getUint16(2, little)
  if (version === 43) return readBig(source, little)
  if (version !== 42) return undefined
  const at = head.getUint32(4, little)
  const count = (await viewAt(source, at, 2))?.getUint16(0, little)
  return count === undefined ? undefined : readEntries(source, at + 2, count, little, 4)
}

async function readBig(source: ByteSource, little: boolean): Promise<TiffTags | undefined> {
  const at = Number((await viewAt(source, 8, 8))?.getBigUint64(0, little))
  const count = Number((await viewAt(source, at, 8))?.getBigUint64(0, little))
  return Number.isSafeInteger(count) ? readEntries(source, at + 8, count, little, 8) : undefined
}

/** `word`: bytes of a count or an offset, 4 in TIFF and 8 in BigTIFF. */
async function readEntries(
  source: ByteSource,
  at: number,
  count: number,
  little: boolean,
  word: 4 | 8,
): Promise<TiffTags | undefined> {
  const size = 4 + 2 * word
  const entries = count > MAX_ENTRIES ? undefined : await viewAt(source, at, count * size)
  if (!entries) return undefined
  // The entries are copied: the next read may reuse the source's block.
  const view = new DataView(entries.buffer.slice(entries.byteOffset, entries.byteOffset + entries.byteLength))
  const tags = new Map<number, number | string | undefined>()
  for (let i = 0; i < count; i++) {
    tags.set(view.getUint16(i * size, little), await readValue(source, view, i * size, little, word))
  }
  return tags
}

async function readValue(source: ByteSource, view: DataView, at: number, little: boolean, word: 4 | 8) {
  const type = view.getUint16(at + 2, little)
  const count = word === 4 ? view.getUint32(at + 4, little) : Number(view.getBigUint64(at + 4, little))
  const bytes = (SIZES[type] ?? 0) * count
  if (bytes === 0) return undefined
  const inline = at + 4 + word
  if (type !== 2) {
    if (bytes > word) return undefined
    if (type === 1) return view.getUint8(inline)
    if (type === 3) return view.getUint16(inline, little)
    return type === 4 ? view.getUint32(inline, little) : Number(view.getBigUint64(inline, little))
  }
  const length = Math.min(count, MAX_TEXT)
  if (count <= word) return ascii(view, inline, length)
  const offset = word === 4 ? view.getUint32(inline, little) : Number(view.getBigUint64(inline, little))
  const text = await viewAt(source, offset, length)
  return text && ascii(text, 0, length)
}

function ascii(view: DataView, offset: number, length: number): string {
  let text = ''
  for (let i = 0; i < length && view.getUint8(offset + i) !== 0; i++) {
    text += String.fromCharCode(view.getUint8(offset + i))
  }
  return text.trim()
}
