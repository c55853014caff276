import { isEpipoleError } from '@epipole/core'
import { CommanderError } from 'commander'
import type { Context } from './context.js'
import { type ExitCode, exitCode, exitCodeOf } from './exit-codes.js'
import { printable } from './printable.js'
import { createProgram } from './program.js'
import { errorLines, type Terminal } from './terminal.js'

/** Runs one command line to its end and returns the exit code; never throws. */
export async function run(argv: readonly string[], terminal: Terminal, signal: AbortSignal): Promise<ExitCode> {
  const context: Context = { terminal, signal, exit: exitCode('ok'), json: argv.includes('--json') }
  try {
    await createProgram(context).parseAsync(argv, { from: 'user' })
    return context.exit
  } catch (error) {
    terminal.status('')
    // Commander has printed its message already; its own exit code tells help from misuse.
    if (error instanceof CommanderError) return finishUsage(error, context)
    return finishError(error, context)
  }
}

function finishUsage(error: CommanderError, { terminal, json }: Context): ExitCode {
  if (error.exitCode === 0) return exitCode('ok')
  if (json) terminal.out(jsonError('usage', error.message.replace(/^error: /, '')))
  return exitCode('usage')
}

function finishError(error: unknown, { terminal, json }: Context): ExitCode {
  const code = isEpipoleError(error) ? error.code : 'internal'
  const message = error instanceof Error ? error.message : String(error)
  if (json) terminal.out(jsonError(code, message, isEpipoleError(error) ? error.details : {}))
  if (code === 'aborted') terminal.err('Interrupted. Run the same command again: it goes on where it stopped.')
  else {
    const stack = code === 'internal' && error instanceof Error ? error.stack : undefined
    for (const line of errorLines(message, stack)) terminal.err(line)
  }
  return exitCodeOf(error)
}

function jsonError(code: string, message: string, details: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ ok: false, error: { code, message: printable(message), details } }, (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  )
}
