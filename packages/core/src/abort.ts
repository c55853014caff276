import { EpipoleError } from './errors.js'

/** Throws an `aborted` error once the signal has fired; call it between pieces of work. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw new EpipoleError('aborted', 'The action was cancelled.', {}, { cause: signal.reason })
}

/** Lets timers, messages and signals in; long synchronous actions await it between pieces of work. */
export function yieldToEventLoop(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, 0)
  })
}
