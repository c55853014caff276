import { exitCode } from './exit-codes.js'
import type { Terminal } from './terminal.js'

const SIGNALS = ['SIGINT', 'SIGTERM'] as const

/**
 * The first Ctrl-C asks the action to stop, which keeps what is done; the second ends the process at once. Returns the
 * signal for the action.
 */
export function interruptSignal(terminal: Terminal): AbortSignal {
  const controller = new AbortController()
  const onSignal = () => {
    if (controller.signal.aborted) process.exit(exitCode('aborted'))
    terminal.status('')
    terminal.err('Stopping; what is done is kept. Press Ctrl-C again to quit at once.')
    controller.abort()
  }
  for (const signal of SIGNALS) process.on(signal, onSignal)
  return controller.signal
}
