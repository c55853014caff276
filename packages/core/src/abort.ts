import { EpipoleError } from './errors.js'

/** Throws an `aborted` error once the signal has fired; call it between pieces of work. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new EpipoleError('aborted', 'The action was cancelled.', {}, { cause: signal.reason })
}

/** Lets timers, messages and signals in; long synchronous actions await it between pieces of work. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    // Browsers hold nested timers back by 4 ms; a message is not held back.
    if (typeof setImmediate === 'function') setImmediate(resolve)
    else {
      const { port1, port2 } = new MessageChannel()
      port1.onmessage = () => {
        port1.close()
        resolve()
      }
      port2.postMessage(null)
    }
  })
}
