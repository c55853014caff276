import { type ByteSource, fourCc, viewAt } from './byte-source.js'

interface Box {
  readonly type: string
  readonly start: number
  readonly end: number
}

const MAX_BOXES = 10_000

/**
 * Width and height of an AVIF as it is decoded: the largest spatial extent among its properties (a grid's, not its
 * tiles'), turned where the file says so, since decoders apply that turn (ISO/IEC 23008-12, 6.5.3 and 6.5.10).
 */
export async function avifSize(source: ByteSource): Promise<{ width: number; height: number } | undefined> {
  const meta = await child(source, 0, source.size, 'meta')
  const properties = meta && (await child(source, meta.start + 4, meta.end, 'iprp'))
  const list = properties && (await child(source, properties.start, properties.end, 'ipco'))
  if (!list) return undefined
  let size: { width: number; height: number } | undefined
  let turned = false
  for await (const box of boxes(source, list.start, list.end)) {
    if (box.type === 'ispe') {
      const view = await viewAt(source, box.start + 4, 8)
      if (!view) return undefined
      const [width, height] = [view.getUint32(0), view.getUint32(4)]
      if (!size || width * height > size.width * size.height) size = { width, height }
    } else if (box.type === 'irot') {
      const view = await viewAt(source, box.start, 1)
      turned = view !== undefined && (view.getUint8(0) & 1) === 1
    }
  }
  return size && turned ? { width: size.height, height: size.width } : size
}

async function child(source: ByteSource, start: number, end: number, type: string): Promise<Box | undefined> {
  for await (const box of boxes(source, start, end)) if (box.type === type) return box
  return undefined
}

/** The boxes between two offsets; stops where one is malformed. */
async function* boxes(source: ByteSource, start: number, end: number): AsyncGenerator<Box> {
  let at = start
  for (let i = 0; i < MAX_BOXES && at + 8 <= end; i++) {
    const head = await viewAt(source, at, 8)
    if (!head) return
    const type = fourCc(head, 4)
    let size = head.getUint32(0)
    let header = 8
    if (size === 1) {
      size = Number((await viewAt(source, at + 8, 8))?.getBigUint64(0))
      header = 16
    } else if (size === 0) {
      size = end - at
    }
    if (!(size >= header) || at + size > end) return
    yield { type, start: at + header, end: at + size }
    at += size
  }
}
