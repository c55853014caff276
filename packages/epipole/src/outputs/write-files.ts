import { mkdir, open, rename, rm, rmdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { EpipoleError } from '@epipole/core'
import { removeLeftovers, temporaryBeside } from './temporary.js'

/**
 * Writes files so that each appears whole or not at all, and all of them or, but for a crash between two renames, none: every
 * byte is on the disk beside its place before the first file is put there. Folders are made where missing.
 *
 * @param files bytes by path
 * @throws EpipoleError `io`, naming the path
 */
export async function writeFiles(files: ReadonlyMap<string, Uint8Array>): Promise<void> {
  const temporaries = new Map<string, string>()
  try {
    for (const [path, bytes] of files) {
      await atPath(path, async () => {
        await mkdir(dirname(path), { recursive: true })
        removeLeftovers(path)
        const temporary = temporaryBeside(path)
        temporaries.set(temporary, path)
        await writeSynced(temporary, bytes)
      })
    }
    for (const [temporary, path] of temporaries) await atPath(path, () => rename(temporary, path))
  } catch (error) {
    for (const temporary of temporaries.keys()) await rm(temporary, { force: true }).catch(() => {})
    throw error
  }
}

async function writeSynced(path: string, bytes: Uint8Array): Promise<void> {
  const file = await open(path, 'wx')
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Removes files that an earlier run may have left, and their folder where nothing else is in it. */
export async function removeStale(folder: string, names: readonly string[]): Promise<void> {
  for (const name of names) {
    const path = join(folder, name)
    await atPath(path, () => rm(path, { force: true }))
  }
  // Whatever else is in the folder is not ours; then it stays.
  await rmdir(folder).catch(() => {})
}

async function atPath(path: string, action: () => Promise<unknown>): Promise<void> {
  try {
    await action()
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new EpipoleError(
      'io',
      `Cannot write ${path}: ${reason}. Is there space left, and may you write there?`,
      { file: path },
      { cause: error },
    )
  }
}
