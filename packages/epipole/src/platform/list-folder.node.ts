import { constants, type Dirent } from 'node:fs'
import fs from 'node:fs/promises'
import path from 'node:path'
import { EpipoleError } from '@epipole/core'
import type { ByteSource } from '../photos/byte-source.js'
import type { FileListing, ListedFile } from '../photos/open-photos.js'
import { ioError } from '../store/io-error.node.js'

/**
 * All files below a folder, hidden ones (`.…`, so `._*` too) and Epipole's own output folders left out. Links are
 * followed, each folder and each file is visited once, by its real path: real folders before linked ones, so a loop of
 * links ends and a photo reached twice is one photo.
 */
export async function listFolder(folder: string): Promise<FileListing> {
  const root = path.resolve(folder)
  let real: string
  try {
    real = await fs.realpath(root)
    if (!(await fs.stat(real)).isDirectory()) {
      throw new EpipoleError('input', `${folder} is a file, not a folder of photos.`, { path: root })
    }
  } catch (error) {
    if (error instanceof EpipoleError) throw error
    if (error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')) {
      throw new EpipoleError('input', `There is no folder ${folder}. Check the path.`, { path: root }, { cause: error })
    }
    throw ioError(error, root, 'open the photo folder')
  }
  const files: ListedFile[] = []
  const seen = new Set<string>([real])
  const pending: { dir: string; prefix: string }[] = [{ dir: real, prefix: '' }]
  const links: { target: string; name: string }[] = []
  for (;;) {
    const at = pending.pop()
    if (at) {
      await listOne(at.dir, at.prefix, { files, seen, pending, links })
      continue
    }
    // Only once all real folders are known are links followed, in the order of their names.
    links.sort((a, b) => (a.name < b.name ? 1 : -1))
    const link = links.pop()
    if (!link) break
    await follow(link, { files, seen, pending, links })
  }
  return { name: path.basename(root) || 'photos', files }
}

interface Walk {
  readonly files: ListedFile[]
  readonly seen: Set<string>
  readonly pending: { dir: string; prefix: string }[]
  readonly links: { target: string; name: string }[]
}

async function listOne(dir: string, prefix: string, walk: Walk): Promise<void> {
  let entries: Dirent[]
  try {
    entries = await fs.readdir(dir, { withFileTypes: true })
  } catch (error) {
    throw ioError(error, dir, 'list the folder')
  }
  if (prefix !== '' && isOutput(path.basename(dir), entries)) return
  for (const entry of entries) {
    if (entry.name.startsWith('.')) continue
    const target = path.join(dir, entry.name)
    const name = prefix + entry.name
    if (entry.isSymbolicLink()) walk.links.push({ target, name })
    else if (entry.isDirectory()) {
      walk.seen.add(target)
      walk.pending.push({ dir: target, prefix: `${name}/` })
    } else if (entry.isFile()) {
      walk.seen.add(target)
      walk.files.push(listedFile(target, name))
    }
  }
}

async function follow(link: { target: string; name: string }, walk: Walk): Promise<void> {
  let real: string
  try {
    real = await fs.realpath(link.target)
    const stat = await fs.stat(real)
    if (walk.seen.has(real)) return
    walk.seen.add(real)
    if (stat.isDirectory()) walk.pending.push({ dir: real, prefix: `${link.name}/` })
    else if (stat.isFile()) walk.files.push(listedFile(real, link.name))
  } catch {
    walk.files.push(listedFile(link.target, link.name)) // a broken link: opening it says why
  }
}

/** A folder that Epipole wrote: its working state lies in it, or it has the name and a model. */
function isOutput(name: string, entries: readonly Dirent[]): boolean {
  const has = (child: string) => entries.some((entry) => entry.name === child)
  return has('.epipole') || (name.endsWith('-epipole') && (has('sparse') || has('report.json')))
}

function listedFile(file: string, name: string): ListedFile {
  return {
    name,
    async open() {
      try {
        const stat = await fs.stat(file)
        await fs.access(file, constants.R_OK)
        return fileSource(file, stat.size)
      } catch (error) {
        throw ioError(error, file, 'open the photo')
      }
    },
  }
}

/** A file that is opened for each read: a set may have more photos than a process may have open files. */
export function fileSource(file: string, size: number): ByteSource {
  return {
    size,
    async read(offset, length) {
      let handle: fs.FileHandle | undefined
      try {
        handle = await fs.open(file)
        const bytes = new Uint8Array(Math.max(0, Math.min(length, size - offset)))
        let filled = 0
        while (filled < bytes.length) {
          const { bytesRead } = await handle.read(bytes, filled, bytes.length - filled, offset + filled)
          if (bytesRead === 0) break
          filled += bytesRead
        }
        return bytes.subarray(0, filled)
      } catch (error) {
        throw ioError(error, file, 'read')
      } finally {
        await handle?.close()
      }
    },
  }
}
