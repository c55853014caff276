import { EpipoleError, type ErrorCode, isEpipoleError } from '../errors.js'

/** An error as plain data: structured clone would keep neither the class nor the code. */
export interface PlainError {
  readonly code: ErrorCode
  readonly message: string
  readonly details: Readonly<Record<string, unknown>>
  readonly stack: string
}

/** What an error thrown by a task is to its caller: Epipole's own as they are, any other an `internal` one that names the task. */
export function taskError(error: unknown, task: string): EpipoleError {
  if (isEpipoleError(error)) return error
  const words = error instanceof Error ? `${error.name}: ${error.message}` : String(error)
  return new EpipoleError('internal', `Task "${task}" failed: ${words}`, { task }, { cause: error })
}

export function toPlainError(error: EpipoleError): PlainError {
  const cause = error.cause instanceof Error ? `\nCaused by ${error.cause.stack}` : ''
  return {
    code: error.code,
    message: error.message,
    details: Object.fromEntries(Object.entries(error.details).map(([key, value]) => [key, cloneable(value)])),
    stack: `${error.stack}${cause}`,
  }
}

/** The error again, with the stack of the thread that threw it. */
export function fromPlainError({ code, message, details, stack }: PlainError): EpipoleError {
  const error = new EpipoleError(code, message, details)
  error.stack = stack
  return error
}

function cloneable(value: unknown): unknown {
  try {
    return structuredClone(value)
  } catch {
    return String(value)
  }
}
