import type { WorkerLike } from '@epipole/core'

/** A worker of the web as pools know them. (The caller makes it: bundlers want `new Worker(new URL(…))` written out.) */
export const browserWorker = (worker: Worker): WorkerLike => ({
  postMessage: (message, transfer = []) => worker.postMessage(message, [...transfer]),
  onMessage(listener) {
    worker.onmessage = ({ data }) => listener(data)
  },
  onError(listener) {
    worker.onerror = ({ message }) => listener(new Error(message || "the device's worker could not be loaded"))
  },
  terminate: async () => worker.terminate(),
})
