/**
 * Why an action could not go on. The code decides the command line's exit code and is stable across versions; the message
 * is for a person and says what was wrong, where, and what to do.
 *
 * - `usage`: the caller asked for something that cannot be (bad option, wrong shape); a bug or a typo on their side.
 * - `input`: a file or value from outside is not what it claims to be.
 * - `io`: reading or writing failed (permissions, disk full, missing file).
 * - `aborted`: the caller's `AbortSignal` fired.
 * - `unsupported`: valid, but this platform or build cannot do it; the message names what can.
 * - `internal`: an invariant of ours broke; please report it.
 */
export type ErrorCode = 'usage' | 'input' | 'io' | 'aborted' | 'unsupported' | 'internal'

/** The one error type that leaves Epipole's public functions. */
export class EpipoleError extends Error {
  override readonly name = 'EpipoleError'
  readonly code: ErrorCode
  /** Machine-readable facts: file, offset, option, value, threshold. */
  readonly details: Readonly<Record<string, unknown>>

  constructor(code: ErrorCode, message: string, details: Record<string, unknown> = {}, options?: ErrorOptions) {
    super(message, options)
    this.code = code
    this.details = details
  }
}

/** True for an `EpipoleError`, also one of another copy of this package or one cloned from a worker. */
export function isEpipoleError(error: unknown): error is EpipoleError {
  return error instanceof Error && error.name === 'EpipoleError' && 'code' in error
}
