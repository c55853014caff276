import { sha256Hex } from '@epipole/core'
import type { ArrayImages } from '@epipole/learn'

/** Says whether images are the same ones: their number, and what their files or pixels hash to, wherever they lie. */
export async function fingerprint(count: number, chunks: readonly Uint8Array[]): Promise<string> {
  return `${count} images, SHA-256 ${(await sha256Hex(chunks)).slice(0, 16)}…`
}

/** That of images in memory, training and test images apart. */
export function fingerprintArrays(sets: readonly (ArrayImages | undefined)[]): Promise<string> {
  const bytes = ({ buffer, byteOffset, byteLength }: Int32Array | Uint8Array) =>
    new Uint8Array(buffer as ArrayBuffer, byteOffset, byteLength)
  const chunks = sets.flatMap((set) =>
    set ? [Int32Array.of(set.count, ...set.shape), set.labels, set.pixels].map(bytes) : [],
  )
  return fingerprint(
    sets.reduce((n, set) => n + (set?.count ?? 0), 0),
    chunks,
  )
}
