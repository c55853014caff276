import type { ExitCode } from './exit-codes.js'
import type { Terminal } from './terminal.js'

/** What a command gets besides its arguments. */
export interface Context {
  readonly terminal: Terminal
  readonly signal: AbortSignal
  /** What the program ends with; 0 unless a command says otherwise. */
  exit: ExitCode
  /** Set by a command whose `--json` is on: an error is then the one line on stdout. */
  json: boolean
}
