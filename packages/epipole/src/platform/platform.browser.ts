import { EpipoleError, type Store, type WorkerLike } from '@epipole/core'
import type { FileListing } from '../photos/open-photos.js'
import { opfsStore } from '../store/opfs-store.js'
import type { Platform } from './platform.js'

export { defaultWorkers } from '@epipole/core'
export { decode, encodeThumbnail } from './pixels.browser.js'

export async function listFolder(path: string): Promise<FileListing> {
  throw new EpipoleError(
    'unsupported',
    `A browser cannot open the folder ${path} by its path. Pass the files a person chose: openPhotos(input.files).`,
    { path },
  )
}

export function createEpipoleWorker(): WorkerLike {
  const worker = new Worker(new URL('../worker.js', import.meta.url), { type: 'module' })
  return {
    postMessage: (message, transfer = []) => worker.postMessage(message, [...transfer]),
    onMessage: (listener) => {
      worker.onmessage = (event: MessageEvent<unknown>) => listener(event.data)
    },
    onError: (listener) => {
      worker.onerror = (event) => listener(new Error(event.message || 'A worker could not be loaded.'))
      worker.onmessageerror = () => listener(new Error('A message to or from a worker could not be copied.'))
    },
    terminate: async () => worker.terminate(),
  }
}

export function defaultStore(folder: string): Store {
  return opfsStore(folder)
}

/** Fails to compile where this file does not export the whole platform. */
void ({} as typeof import('./platform.browser.js') satisfies Platform)
