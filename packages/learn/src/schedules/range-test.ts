import { EpipoleError } from '@epipole/core'

/** What a range test found: a rate to train with, and where training breaks. */
export interface RangeTestResult {
  /**
   * The rate at the steepest fall of the smoothed loss, a good largest rate; looked for behind the first 1 / (1 − β) steps, in which the
   * average settles. Absent where the loss never fell.
   */
  readonly steepest: number | undefined
  /** The first rate at which the smoothed loss exceeds `blowUp` times its least; absent where it never does. */
  readonly divergesAt: number | undefined
  readonly smoothed: readonly number[]
}

/**
 * Reads the losses of a learning-rate range test (Smith 2017): one step at each of growing rates (`exponentialRate`), as
 * `rangeTest` makes them. The losses are smoothed by a moving average of memory `beta`, corrected for its start.
 */
export function readRangeTest(
  rates: ArrayLike<number>,
  losses: ArrayLike<number>,
  { beta = 0.9, blowUp = 4 } = {},
): RangeTestResult {
  if (rates.length !== losses.length)
    throw new EpipoleError(
      'usage',
      `${rates.length} rates and ${losses.length} losses: a range test has one of each a step.`,
    )
  const smoothed: number[] = []
  let average = 0
  let weight = 0
  for (const loss of Array.from(losses)) {
    average = beta * average + (1 - beta) * loss
    weight = beta * weight + (1 - beta)
    smoothed.push(average / weight)
  }
  let least = Number.POSITIVE_INFINITY
  let end = smoothed.findIndex((loss) => {
    least = Math.min(least, loss)
    // (Some losses are below 0.)
    return !(loss <= least + (blowUp - 1) * Math.abs(least))
  })
  const divergesAt = end < 0 ? undefined : rates[end]
  if (end < 0) end = smoothed.length
  let steepest: number | undefined
  let fall = 0
  // Before the average remembers enough, one loss of luck is the steepest fall.
  for (let i = Math.max(1, Math.round(1 / (1 - beta))); i < end; i++) {
    const slope = smoothed[i] - smoothed[i - 1]
    if (slope < fall) {
      fall = slope
      steepest = rates[i]
    }
  }
  return { steepest, divergesAt, smoothed }
}
