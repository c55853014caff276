import { interruptSignal } from './interrupt.js'
import { run } from './run.js'
import { createTerminal } from './terminal.js'

/** The command line: what `bin/epipole.js` calls. */
export async function main(argv: readonly string[]): Promise<void> {
  // `epipole … | head` closes our output: that is no error.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(0)
    throw error
  })
  const terminal = createTerminal(process.stdout, process.stderr, process.env)
  process.exitCode = await run(argv, terminal, interruptSignal(terminal))
}
