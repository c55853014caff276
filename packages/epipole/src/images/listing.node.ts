import { readdir, stat } from 'node:fs/promises'
import path from 'node:path'
import { gunzipSync } from 'node:zlib'
import { EpipoleError } from '@epipole/core'
import { listFolder } from '../platform/list-folder.node.js'
import { inputError } from '../store/io-error.node.js'
import { readTar } from './tar.node.js'

/** A file of a data set: its name inside the set, with forward slashes, and its bytes when they are wanted. */
export interface DataFile {
  readonly name: string
  bytes(): Promise<Uint8Array>
}

/** All files of a folder, or of a tar archive, compressed or not. */
export async function listData(from: string): Promise<DataFile[]> {
  let folder: boolean
  try {
    folder = (await stat(from)).isDirectory()
  } catch (error) {
    throw inputError(error, from, 'open the data')
  }
  if (!folder) return readTar(from)
  const { files } = await listFolder(from)
  return files.map(({ name, open }) => ({
    name,
    async bytes() {
      const source = await open()
      return source.read(0, source.size)
    },
  }))
}

/** Folders below a folder with nothing in them, hidden ones left out; an archive has none. */
export async function emptyFolders(from: string): Promise<string[]> {
  if (!(await stat(from)).isDirectory()) return []
  const entries = await readdir(from, { withFileTypes: true, recursive: true })
  const hidden = /(^|[\\/])\./
  const full = new Set(entries.map((entry) => entry.parentPath))
  return entries
    .filter((entry) => entry.isDirectory())
    .map((entry) => path.join(entry.parentPath, entry.name))
    .filter((folder) => !full.has(folder) && !hidden.test(path.relative(from, folder)))
}

/** More would not be a data file of these formats. */
const MAX_BYTES = 4_000_000_000

/** The bytes of a file, unpacked where it is compressed. */
export async function unpacked({ name, bytes }: DataFile): Promise<Uint8Array> {
  const raw = await bytes()
  if (!(raw[0] === 0x1f && raw[1] === 0x8b)) return raw
  try {
    return gunzipSync(raw, { maxOutputLength: MAX_BYTES })
  } catch (error) {
    throw new EpipoleError(
      'input',
      `${name} is damaged: it cannot be decompressed. Copy it again.`,
      { file: name },
      { cause: error },
    )
  }
}
