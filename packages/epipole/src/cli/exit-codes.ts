import { type ErrorCode, isEpipoleError } from '@epipole/core'

/** The exit codes of the command line: one table for the code, the help text and the documents. */
export const EXIT_CODES = [
  { code: 0, name: 'ok', meaning: 'done' },
  {
    code: 1,
    name: 'nothing',
    meaning: 'the input was read, but nothing could be reconstructed, or training broke; the report says why',
  },
  { code: 2, name: 'usage', meaning: 'the command line is wrong: unknown command, flag or value' },
  { code: 3, name: 'input', meaning: 'an input is missing, damaged or not what it should be' },
  { code: 4, name: 'io', meaning: 'reading or writing failed: disk full, permissions' },
  { code: 5, name: 'unsupported', meaning: 'this machine or build cannot do it' },
  { code: 70, name: 'internal', meaning: 'a bug in Epipole; please report it' },
  { code: 130, name: 'aborted', meaning: 'interrupted; the same command goes on where it stopped' },
] as const

export type ExitName = (typeof EXIT_CODES)[number]['name']
export type ExitCode = (typeof EXIT_CODES)[number]['code']

export function exitCode(name: ExitName): ExitCode {
  return EXIT_CODES.find((row) => row.name === name)!.code
}

/** The exit code an error ends the program with; anything but an `EpipoleError` is a bug. */
export function exitCodeOf(error: unknown): ExitCode {
  const code: ErrorCode = isEpipoleError(error) ? error.code : 'internal'
  return exitCode(code)
}

/** The table for `--help`. */
export function exitCodesHelp(): string {
  const rows = EXIT_CODES.map(({ code, meaning }) => `  ${String(code).padStart(3)}  ${meaning}`)
  return ['Exit codes:', ...rows].join('\n')
}
