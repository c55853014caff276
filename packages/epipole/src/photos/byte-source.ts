/** Random access to a file's bytes, so that a header is read without the pixels behind it. */
export interface ByteSource {
  /** Bytes in all. */
  readonly size: number
  /** Bytes `offset … offset + length`, fewer where the file ends before. Throws `io` where reading fails. */
  read(offset: number, length: number): Promise<Uint8Array>
}

/** Bytes that are already in memory. */
export function bytesSource(bytes: Uint8Array): ByteSource {
  return {
    size: bytes.length,
    async read(offset, length) {
      return bytes.subarray(offset, Math.min(bytes.length, offset + length))
    },
  }
}

/** A browser's `File`. */
export function blobSource(blob: Blob): ByteSource {
  return {
    size: blob.size,
    async read(offset, length) {
      return new Uint8Array(await blob.slice(offset, offset + length).arrayBuffer())
    },
  }
}

const BLOCK = 1 << 16

/** The same source, read in blocks of 64 KiB and remembering the last one: headers are read a few bytes at a time. */
export function blockwise(source: ByteSource): ByteSource {
  let start = 0
  let block: Uint8Array = new Uint8Array(0)
  return {
    size: source.size,
    async read(offset, length) {
      if (offset >= source.size || length <= 0) return new Uint8Array(0)
      const end = Math.min(source.size, offset + length)
      if (offset < start || end > start + block.length) {
        start = offset
        block = await source.read(offset, Math.max(BLOCK, length))
      }
      return block.subarray(offset - start, Math.min(end - start, block.length))
    },
  }
}

/** A view of exactly `length` bytes at `offset`, or undefined where the file ends before. */
export async function viewAt(source: ByteSource, offset: number, length: number): Promise<DataView | undefined> {
  if (!Number.isSafeInteger(offset) || offset < 0 || offset + length > source.size) return undefined
  const bytes = await source.read(offset, length)
  return bytes.length < length ? undefined : new DataView(bytes.buffer, bytes.byteOffset, length)
}

/** Four bytes as ASCII, as file formats name their parts. */
export function fourCc(view: DataView, offset: number): string {
  return String.fromCharCode(
    view.getUint8(offset),
    view.getUint8(offset + 1),
    view.getUint8(offset + 2),
    view.getUint8(offset + 3),
  )
}
