import { randomStream } from '@epipole/core'
import sharp, { type Sharp } from 'sharp'

/** Noise that no coder can squeeze away, the same every time. */
export function noise(width: number, height: number, seed = 1): Uint8Array {
  const stream = randomStream(seed, 'pictures')
  return Uint8Array.from({ length: width * height * 3 }, () => Math.floor(stream.float() * 256))
}

export function picture(width = 64, height = 48, rgb?: Uint8Array, seed = 1): Sharp {
  return sharp(rgb ?? noise(width, height, seed), { raw: { width, height, channels: 3 } })
}

/** One TIFF tag: ASCII, SHORT, LONG or RATIONAL values. */
export interface Tag {
  readonly tag: number
  readonly type: 2 | 3 | 4 | 5
  readonly values: readonly number[] | string
}

/** A TIFF directory as bytes, little-endian: header, entries, then what does not fit into them. */
export function tiff(tags: readonly Tag[], magic = 42): Uint8Array {
  const chunks: { at: number; bytes: Uint8Array }[] = []
  const sorted = [...tags].sort((a, b) => a.tag - b.tag)
  let end = 8 + 2 + sorted.length * 12 + 4
  const entries = new DataView(new ArrayBuffer(end))
  entries.setUint16(0, 0x4949)
  entries.setUint16(2, magic, true)
  entries.setUint32(4, 8, true)
  entries.setUint16(8, sorted.length, true)
  sorted.forEach(({ tag, type, values }, i) => {
    const at = 10 + 12 * i
    const bytes = valueBytes(type, values)
    entries.setUint16(at, tag, true)
    entries.setUint16(at + 2, type, true)
    entries.setUint32(at + 4, type === 5 ? values.length / 2 : type === 2 ? values.length + 1 : values.length, true)
    if (bytes.length <= 4) new Uint8Array(entries.buffer).set(bytes, at + 8)
    else {
      entries.setUint32(at + 8, end, true)
      chunks.push({ at: end, bytes })
      end += bytes.length
    }
  })
  const all = new Uint8Array(end)
  all.set(new Uint8Array(entries.buffer))
  for (const { at, bytes } of chunks) all.set(bytes, at)
  return all
}

function valueBytes(type: number, values: readonly number[] | string): Uint8Array {
  if (typeof values === 'string') return new TextEncoder().encode(`${values}\0`)
  const size = type === 3 ? 2 : 4
  const view = new DataView(new ArrayBuffer(values.length * size))
  values.forEach((value, i) => {
    if (size === 2) view.setUint16(i * 2, value, true)
    else view.setUint32(i * 4, value, true)
  })
  return new Uint8Array(view.buffer)
}

/** An ISO base media box: size, type, content. */
export function box(type: string, ...content: readonly (Uint8Array | string)[]): Uint8Array {
  const parts = content.map((part) => (typeof part === 'string' ? new TextEncoder().encode(part) : part))
  const size = parts.reduce((sum, part) => sum + part.length, 8)
  const all = new Uint8Array(size)
  new DataView(all.buffer).setUint32(0, size)
  all.set(new TextEncoder().encode(type), 4)
  let at = 8
  for (const part of parts) {
    all.set(part, at)
    at += part.length
  }
  return all
}

/** A JPEG whose frame header claims another size: what a decompression bomb looks like. */
export function claimSize(jpeg: Uint8Array, width: number, height: number): Uint8Array {
  const changed = new Uint8Array(jpeg) // a copy, also of a Node Buffer
  for (let at = 2; at + 9 < changed.length; ) {
    const code = changed[at + 1]!
    const view = new DataView(changed.buffer, at)
    if (code === 0xc0 || code === 0xc2) {
      view.setUint16(5, height)
      view.setUint16(7, width)
      return changed
    }
    at += 2 + view.getUint16(2)
  }
  throw new Error('no frame header')
}
