import { open, readFile, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { EpipoleError } from '@epipole/core'
import { COLMAP_FILE_NAMES, type ColmapFiles, type Reconstruction, readColmapModel } from '@epipole/sfm'

/** A sparse model and the folder it was found in. */
export interface FoundModel {
  readonly model: Reconstruction
  readonly folder: string
  readonly kind: keyof typeof COLMAP_FILE_NAMES
}

/**
 * Reads a COLMAP sparse model: from the folder itself, its `sparse/0`, or its `sparse`; or given by one of the three files.
 * Where both forms are there the binary one counts, as in COLMAP.
 *
 * @throws EpipoleError `io` where it cannot be read, `input` where there is no model or it is malformed
 */
export async function readModel(path: string): Promise<FoundModel> {
  const names = Object.values(COLMAP_FILE_NAMES).flatMap((n) => Object.values(n))
  const isFolder = (await statOf(path)).isDirectory()
  const root = !isFolder && names.includes(basename(path)) ? dirname(path) : path
  if (root === path && !isFolder) {
    throw new EpipoleError('input', `${path} is a file, not the folder of a COLMAP model.`, { file: path })
  }
  for (const folder of [root, join(root, 'sparse', '0'), join(root, 'sparse')]) {
    for (const kind of ['binary', 'text'] as const) {
      if (await exists(join(folder, COLMAP_FILE_NAMES[kind].cameras))) {
        return { model: await readFrom(folder, kind), folder, kind }
      }
    }
  }
  throw new EpipoleError(
    'input',
    `${path} holds no COLMAP model: neither it nor its sparse/0 has cameras.bin, images.bin and points3D.bin, or the same as .txt.`,
    { file: path },
  )
}

async function readFrom(folder: string, kind: keyof typeof COLMAP_FILE_NAMES): Promise<Reconstruction> {
  const path = (which: keyof ColmapFiles) => join(folder, COLMAP_FILE_NAMES[kind][which])
  const paths = { cameras: path('cameras'), images: path('images'), points3D: path('points3D') }
  const files = {
    cameras: await readInput(paths.cameras),
    images: await readInput(paths.images),
    points3D: await readInput(paths.points3D),
  }
  return readColmapModel(files, paths)
}

/** A file's bytes. */
export async function readInput(path: string): Promise<Uint8Array> {
  try {
    return await readFile(path)
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** A file's first bytes as text, one character a byte. */
export async function readHead(path: string, length: number): Promise<string> {
  try {
    const file = await open(path)
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(length), 0, length, 0)
      return buffer.toString('latin1', 0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** What a path is; throws `input` where there is nothing. */
export async function statOf(path: string) {
  try {
    return await stat(path)
  } catch (error) {
    throw unreadable(path, error)
  }
}

export async function exists(path: string): Promise<boolean> {
  try {
    await stat(path)
    return true
  } catch {
    return false
  }
}

function unreadable(path: string, error: unknown): EpipoleError {
  const reason = error instanceof Error ? error.message : String(error)
  const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT'
  const message = missing ? `There is no ${path}. Check the path.` : `Cannot read ${path}: ${reason}.`
  return new EpipoleError(missing ? 'input' : 'io', message, { file: path }, { cause: error })
}
