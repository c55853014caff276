import { readFile } from 'node:fs/promises'
import path from 'node:path'
import type { CheckpointStore } from '@epipole/learn'
import { writeFiles } from '../outputs/write-files.js'
import { ioError } from '../store/io-error.node.js'

/** Checkpoints as `<name>.safetensors` in a folder, each written beside its place and renamed into it. */
export function checkpointFolder(folder: string): CheckpointStore {
  const file = (name: string) => path.join(folder, `${name}.safetensors`)
  return {
    async read(name) {
      try {
        return await readFile(file(name))
      } catch (error) {
        if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
        throw ioError(error, file(name), 'read the checkpoint')
      }
    },
    async write(name, bytes) {
      try {
        await writeFiles(new Map([[file(name), bytes]]))
      } catch (error) {
        throw ioError((error as Error).cause, file(name), 'write the checkpoint, and the one before it is kept')
      }
    },
  }
}
