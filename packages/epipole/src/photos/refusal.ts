import { EpipoleError, isEpipoleError } from '@epipole/core'
import type { Verdict } from '@epipole/sfm'

/**
 * The largest photo that is decoded, in pixels: 2²⁸ (16 384 × 16 384, 805 MB of RGB). A header that claims more is
 * refused before anything is allocated: it is far beyond any camera, and the usual shape of a decompression bomb.
 */
export const MAX_PIXELS = 2 ** 28

/** The shortest side a photo may have, in pixels: below it there is no room for a feature and its neighbourhood. */
export const MIN_SIDE = 32

/** An `input` error that carries the verdict for the report. */
export function refusal(test: string, text: string, value = 0, threshold = 1, unit = ''): EpipoleError {
  const verdict: Verdict = { test, value, threshold, unit, text }
  return new EpipoleError('input', text, { verdict })
}

/**
 * The verdict an error stands for: the one it carries, or `unreadable-file` for what the file system said, or undefined
 * where the error is not about a photo (a cancel, a bug) and must go on to the caller.
 */
export function verdictOf(error: unknown): Verdict | undefined {
  if (!isEpipoleError(error)) return undefined
  const { verdict } = error.details
  if (isVerdict(verdict)) return verdict
  if (error.code !== 'io') return undefined
  return { test: 'unreadable-file', value: 0, threshold: 1, unit: '', text: error.message }
}

function isVerdict(value: unknown): value is Verdict {
  return typeof value === 'object' && value !== null && 'test' in value && 'text' in value
}
