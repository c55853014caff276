import { EpipoleError, type Store } from '@epipole/core'
import { recordKeyOf, recordName, shardOf } from './record-name.js'
import { seal, unseal } from './sealed.js'

/** As browsers have it; TypeScript's DOM library lacks the iteration over a folder. */
type Folder = FileSystemDirectoryHandle & { keys(): AsyncIterableIterator<string> }

/**
 * A store in the browser's origin-private file system, in the folder `epipole/<name>`, laid out as on Node. Writes go to
 * a swap file that the browser moves into place when it is closed; the checksum covers browsers that do less.
 *
 * Throws `unsupported` where the browser has no such file system (also in some private windows) and `io` where it
 * refuses, usually because the quota is used up. `root` is for tests.
 */
export function opfsStore(name: string, root: () => Promise<FileSystemDirectoryHandle> = originRoot): Store {
  let opening: Promise<Folder> | undefined
  const open = () => {
    opening ??= root()
      .then((handle) => handle.getDirectoryHandle('epipole', { create: true }))
      .then((handle) => handle.getDirectoryHandle(recordName(name), { create: true }) as Promise<Folder>)
    return opening
  }
  const shard = async (file: string, create: boolean) => (await open()).getDirectoryHandle(shardOf(file), { create })

  const get = async (key: string) => {
    const file = recordName(key)
    try {
      const handle = await (await shard(file, false)).getFileHandle(file)
      return await unseal(new Uint8Array(await (await handle.getFile()).arrayBuffer()))
    } catch (error) {
      if (isMissing(error)) return undefined
      throw storageError(error, 'read')
    }
  }

  return {
    get,
    has: async (key) => (await get(key)) !== undefined,
    async put(key, bytes) {
      const file = recordName(key)
      const sealed = await seal(bytes)
      try {
        await writeFile(await (await shard(file, true)).getFileHandle(file, { create: true }), sealed)
      } catch (error) {
        throw storageError(error, 'write')
      }
    },
    async delete(key) {
      const file = recordName(key)
      try {
        await (await shard(file, false)).removeEntry(file)
      } catch (error) {
        if (!isMissing(error)) throw storageError(error, 'delete')
      }
    },
    async keys() {
      const keys: string[] = []
      const folder = await open()
      for await (const child of folder.keys()) {
        const files = (await folder.getDirectoryHandle(child)) as Folder
        for await (const file of files.keys()) {
          const key = recordKeyOf(file)
          if (key !== undefined) keys.push(key)
        }
      }
      return keys
    },
  }
}

async function originRoot(): Promise<FileSystemDirectoryHandle> {
  const storage = globalThis.navigator?.storage as StorageManager | undefined
  if (typeof storage?.getDirectory === 'function') {
    try {
      return await storage.getDirectory()
    } catch (error) {
      throw unsupported(error)
    }
  }
  throw unsupported()
}

function unsupported(cause?: unknown): EpipoleError {
  return new EpipoleError(
    'unsupported',
    'This browser keeps no private files for this page (or not in a private window). Pass `store: memoryStore()`.',
    {},
    { cause },
  )
}

async function writeFile(handle: FileSystemFileHandle, bytes: Uint8Array): Promise<void> {
  if (typeof handle.createWritable !== 'function') throw unsupported()
  const stream = await handle.createWritable()
  try {
    await stream.write(bytes as Uint8Array<ArrayBuffer>)
    await stream.close()
  } catch (error) {
    await stream.abort().catch(() => {})
    throw error
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'NotFoundError'
}

function storageError(error: unknown, doing: string): unknown {
  if (!(error instanceof DOMException)) return error
  const advice =
    error.name === 'QuotaExceededError'
      ? 'The space this site may use is full. Free some, then start again: it goes on where it stopped.'
      : error.message
  return new EpipoleError(
    'io',
    `Cannot ${doing} work in progress in the browser's storage. ${advice}`,
    {},
    { cause: error },
  )
}
