import { createTerminal, type Terminal } from '../src/cli/terminal.js'

/** A terminal that remembers what was written. */
export function recordingTerminal(options: { tty?: boolean; env?: Record<string, string>; columns?: number } = {}): {
  terminal: Terminal
  out: () => string
  err: () => string
} {
  const stream = () => {
    let text = ''
    return {
      isTTY: options.tty ?? false,
      columns: options.columns ?? 80,
      write: (more: string) => {
        text += more
      },
      text: () => text,
    }
  }
  const stdout = stream()
  const stderr = stream()
  return { terminal: createTerminal(stdout, stderr, options.env ?? {}), out: stdout.text, err: stderr.text }
}
