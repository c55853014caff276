import path from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Store, WorkerLike } from '@epipole/core'
import { nodeStore } from '../store/node-store.js'
import type { Platform } from './platform.js'

export { defaultWorkers } from '@epipole/core'
export { listFolder } from './list-folder.node.js'
export { decode, encodeThumbnail } from './pixels.node.js'

export function createEpipoleWorker(): WorkerLike {
  const worker = new Worker(new URL('../worker.js', import.meta.url))
  let onMessage: (message: unknown) => void = () => {}
  let onError: (error: Error) => void = () => {}
  let terminated = false
  worker.on('message', (message: unknown) => onMessage(message))
  worker.on('error', (error: Error) => onError(error))
  worker.on('messageerror', (error: Error) => onError(error))
  worker.on('exit', (code) => {
    if (!terminated) onError(new Error(`A worker thread ended by itself with exit code ${code}.`))
  })
  return {
    postMessage: (message, transfer = []) => worker.postMessage(message, transfer as never),
    onMessage: (listener) => {
      onMessage = listener
    },
    onError: (listener) => {
      onError = listener
    },
    terminate: async () => {
      terminated = true
      await worker.terminate()
    },
  }
}

export function defaultStore(folder: string): Store {
  return nodeStore(path.join(folder, '.epipole'))
}

/** Fails to compile where this file does not export the whole platform. */
void ({} as typeof import('./platform.node.js') satisfies Platform)
