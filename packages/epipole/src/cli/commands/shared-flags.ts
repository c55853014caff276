import type { PairSelection } from '@epipole/sfm'
import type { Command } from 'commander'
import { oneOf, wholeNumber } from '../parse.js'

/** More threads than any machine has use for; a typo would start them all. */
export const MAX_WORKERS = 256

/** Flags that decide how much there is to do. */
export interface MatchingFlags {
  readonly sharedCamera?: boolean
  readonly matching: PairSelection
  readonly maxImageSize: number
  readonly maxFeatures: number
}

export interface WorkFlags {
  readonly seed: number
  readonly workers?: number
}

export function matchingFlags(command: Command): Command {
  return command
    .option('--shared-camera', 'all photos of one size were taken by one camera at one zoom')
    .option(
      '--matching <pairs>',
      'which pairs are matched: auto, exhaustive, sequential',
      oneOf(['auto', 'exhaustive', 'sequential'] as const),
      'auto',
    )
    .option('--max-image-size <px>', 'scale photos down to this longer side for features', wholeNumber(64), 3200)
    .option('--max-features <n>', 'features a photo', wholeNumber(16), 8192)
}

export function workFlags(command: Command): Command {
  return command
    .option('--seed <n>', 'same seed, same bits', wholeNumber(0), 0)
    .option('--workers <n>', 'worker threads; 0 works in one (default: one a core)', wholeNumber(0, MAX_WORKERS))
}

/** What is done with the result, besides writing it. */
export function outFlags(command: Command): Command {
  return command.option('--open', 'open the report at the end').option('--json', 'print the result as one line of JSON')
}
