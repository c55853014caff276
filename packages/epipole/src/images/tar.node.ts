import { EpipoleError } from '@epipole/core'
import { list } from 'tar'
import { concatBytes } from '../photos/concat-bytes.js'
import { inputError } from '../store/io-error.node.js'
import type { DataFile } from './listing.node.js'

/** Archives are kept in memory; larger ones should be unpacked to a folder. */
const MAX_BYTES = 2_000_000_000

/**
 * The files of a tar archive (also gzip-compressed), in memory. Links and devices are left out; nothing is written to disk, so
 * that no name can lead outside.
 */
export async function readTar(file: string): Promise<DataFile[]> {
  const files: DataFile[] = []
  let total = 0
  // Thrown where the archive is read, an error would reach nobody.
  let refusal: EpipoleError | undefined
  try {
    await list({
      file,
      strict: true,
      onReadEntry(entry) {
        if (entry.type !== 'File' && entry.type !== 'OldFile') return
        const name = entry.path.replace(/^(\.\/)+/, '')
        total += entry.size
        if (total > MAX_BYTES) refusal ??= tooLarge(file)
        if (refusal) {
          files.length = 0
          return
        }
        const chunks: Uint8Array[] = []
        entry.on('data', (chunk) => chunks.push(chunk))
        entry.on('end', () => {
          // Hidden files and macOS's `._*` are nobody's images.
          if (name.split('/').some((part) => part.startsWith('.'))) return
          files.push({ name, bytes: async () => concatBytes(chunks) })
        })
      },
    })
  } catch (error) {
    if (refusal) throw refusal
    const io = inputError(error, file, 'read the archive')
    if (io instanceof EpipoleError && !/^(TAR|Z)_/.test(String(io.details.cause))) throw io
    throw damaged(file, error)
  }
  if (refusal) throw refusal
  if (files.length === 0) throw damaged(file)
  return files
}

const damaged = (file: string, cause?: unknown): EpipoleError =>
  new EpipoleError(
    'input',
    `${file} is no folder and no tar archive that can be read. Copy it again.`,
    { file },
    { cause },
  )

const tooLarge = (file: string): EpipoleError =>
  new EpipoleError('unsupported', `${file} holds more than 2 GB: unpack it and give the folder.`, { file })
