import pc from 'picocolors'
import { printable } from './printable.js'

/** A stream as the command line needs it: `process.stdout`, or a test's. */
export interface Output {
  write(text: string): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

/** Where a command writes. Results go to `out`; progress, warnings and errors to `err`. */
export interface Terminal {
  /** One line of a result. */
  out(line: string): void
  /** One line for the person who watches. */
  err(line: string): void
  /** Draws over the last status line of `err`; an empty text removes it. Does nothing without a terminal. */
  status(text: string): void
  /** Whether `err` is a terminal that can draw over a line. */
  readonly interactive: boolean
  readonly columns: number
  /** Colours for `out` and for `err`: plain where NO_COLOR is set or the stream is no terminal. */
  readonly colors: Colors
  readonly errColors: Colors
}

export type Colors = ReturnType<typeof pc.createColors>

const CLEAR_LINE = '\r\u001b[2K'

export function createTerminal(
  stdout: Output,
  stderr: Output,
  env: Readonly<Record<string, string | undefined>>,
): Terminal {
  // no-color.org: any value but the empty one turns colours off.
  const colourful = (stream: Output) => stream.isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb'
  const interactive = stderr.isTTY === true && env.TERM !== 'dumb'
  let status = ''
  const write = (stream: Output, line: string) => {
    if (status) stderr.write(CLEAR_LINE)
    stream.write(`${line}\n`)
    if (status) stderr.write(status)
  }
  return {
    out: (line) => write(stdout, line),
    err: (line) => write(stderr, line),
    status(text) {
      if (!interactive || text === status) return
      stderr.write(CLEAR_LINE + text)
      status = text
    },
    interactive,
    get columns() {
      return stderr.columns || 80 // some pseudo-terminals say 0
    },
    colors: pc.createColors(colourful(stdout)),
    errColors: pc.createColors(colourful(stderr)),
  }
}

/** An error as one line, for people; its stack only where it is a bug. */
export function errorLines(message: string, stack: string | undefined): string[] {
  const lines = [`epipole: ${printable(message)}`]
  if (stack)
    lines.push('This is a bug in Epipole. Please report it with the lines below.', ...stack.split('\n').map(printable))
  return lines
}
