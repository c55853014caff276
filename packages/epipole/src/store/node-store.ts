import { randomUUID } from 'node:crypto'
import fs from 'node:fs/promises'
import path from 'node:path'
import type { Store } from '@epipole/core'
import { ioError } from './io-error.node.js'
import { recordKeyOf, recordName, shardOf } from './record-name.js'
import { seal, unseal } from './sealed.js'

/**
 * A store in a folder: one file a record, in 256 sub-folders, each written beside, synced and renamed into place, with a
 * checksum. Any number of processes may use one folder at a time. Nothing is created before the first `put`; what a
 * killed process left half written is removed then.
 *
 * Throws `io` where a file cannot be read or written; a record that is missing or damaged is no error.
 */
export function nodeStore(dir: string): Store {
  const fileOf = (key: string) => {
    const name = recordName(key)
    return path.join(dir, shardOf(name), name)
  }
  let cleaned: Promise<void> | undefined

  const get = async (key: string) => {
    const file = fileOf(key)
    try {
      return await unseal(await fs.readFile(file))
    } catch (error) {
      if (isMissing(error)) return undefined
      throw ioError(error, file, 'read the stored record')
    }
  }

  return {
    get,
    has: async (key) => (await get(key)) !== undefined,
    async put(key, bytes) {
      const file = fileOf(key)
      const sealed = await seal(bytes)
      cleaned ??= removeLeftovers(dir)
      await cleaned
      try {
        await writeWhole(file, sealed, path.join(dir, 'tmp'))
      } catch (error) {
        throw ioError(error, file, 'store work in progress')
      }
    },
    async delete(key) {
      const file = fileOf(key)
      try {
        await fs.rm(file, { force: true })
      } catch (error) {
        throw ioError(error, file, 'delete the stored record')
      }
    },
    async keys() {
      const keys: string[] = []
      for (const shard of await names(dir)) {
        if (!/^[0-9a-f]{2}$/.test(shard)) continue
        for (const name of await names(path.join(dir, shard))) {
          const key = recordKeyOf(name)
          if (key !== undefined) keys.push(key)
        }
      }
      return keys
    },
  }
}

/**
 * Writes a file whole or not at all: beside it, synced, renamed. `tmp` is a folder on the same file system, made if
 * needed.
 */
export async function writeWhole(file: string, bytes: Uint8Array, tmp = path.dirname(file)): Promise<void> {
  await fs.mkdir(tmp, { recursive: true })
  await fs.mkdir(path.dirname(file), { recursive: true })
  const beside = path.join(tmp, `.${process.pid}-${randomUUID()}.tmp`)
  try {
    const handle = await fs.open(beside, 'wx')
    try {
      await handle.writeFile(bytes)
      await handle.datasync()
    } finally {
      await handle.close()
    }
    await fs.rename(beside, file)
  } catch (error) {
    await fs.rm(beside, { force: true }).catch(() => {})
    throw error
  }
}

/** Removes temporary files of processes that are gone. */
async function removeLeftovers(dir: string): Promise<void> {
  const tmp = path.join(dir, 'tmp')
  for (const name of await names(tmp)) {
    const pid = Number(/^\.(\d+)-/.exec(name)?.[1])
    if (pid > 0 && !isAlive(pid)) await fs.rm(path.join(tmp, name), { force: true }).catch(() => {})
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM'
  }
}

async function names(dir: string): Promise<string[]> {
  try {
    return await fs.readdir(dir)
  } catch (error) {
    if (isMissing(error)) return []
    throw ioError(error, dir, 'list the stored records')
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}
