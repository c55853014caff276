import { type ActionEvent, isEpipoleError, memoryStore } from '@epipole/core'
import { opfsStore, type Plane } from 'epipole'
import { digestOf } from './digest.js'

/** A plane whose pixels are text, as they come into a page. */
export type PackedPlane = Omit<Plane, 'rgb'> & { readonly rgb: string }

let planes: Plane[] = []

/** What the test calls in the page. */
const reconstructInPage = {
  load(packed: readonly PackedPlane[]) {
    planes = packed.map((plane) => ({ ...plane, rgb: Uint8Array.from(atob(plane.rgb), (c) => c.charCodeAt(0)) }))
    return planes.length
  },

  inMemory(workers: number, seed: number) {
    return digestOf(planes, { workers, seed, store: memoryStore() })
  },

  /** Cancels in the middle, then goes on with what lies in the private file system. */
  async interrupted(workers: number, seed: number) {
    const abort = new AbortController()
    const store = opfsStore('interrupted')
    const onEvent = (event: ActionEvent) => {
      if (event.type === 'progress' && event.stage === 'matching' && event.done === 5) abort.abort()
    }
    const cancelled = await digestOf(planes, { workers, seed, store, signal: abort.signal, onEvent }).then(
      () => 'finished',
      (error: unknown) => (isEpipoleError(error) ? error.code : String(error)),
    )
    const reused: Record<string, number> = {}
    const digest = await digestOf(planes, {
      workers,
      seed,
      store,
      onEvent: (event) => {
        if (event.type === 'stage-start') reused[event.stage] = event.reused
      },
    })
    return { cancelled, reused, digest }
  },
}

export type ReconstructInPage = typeof reconstructInPage
Object.assign(globalThis, { reconstructInPage })
