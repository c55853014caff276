/** What a range test found: a rate a little below where the loss falls fastest no more, and where training breaks. */
export interface RangeTestResult {
  /** The rate at the steepest fall of the smoothed loss: a good largest rate. */
  readonly steepest: number | undefined
  /** The first rate at which the smoothed loss exceeds `blowUp` times its least; absent where it never does. */
  readonly divergesAt: number | undefined
  readonly smoothed: readonly number[]
}

/**
 * Reads the losses of a learning-rate range test (Smith 2017): one step at each of growing rates (`exponentialRate`). The
 * losses are smoothed by a moving average of memory `beta`, corrected for its start.
 */
export function readRangeTest(
  rates: readonly number[],
  losses: readonly number[],
  { beta = 0.9, blowUp = 4 } = {},
): RangeTestResult {
  const smoothed: number[] = []
  let average = 0
  let weight = 0
  for (const loss of losses) {
    average = beta * average + (1 - beta) * loss
    weight = beta * weight + (1 - beta)
    smoothed.push(average / weight)
  }
  let least = Number.POSITIVE_INFINITY
  let end = smoothed.findIndex((loss) => {
    least = Math.min(least, loss)
    return !(loss <= blowUp * least)
  })
  const divergesAt = end < 0 ? undefined : rates[end]
  if (end < 0) end = smoothed.length
  let steepest: number | undefined
  let fall = 0
  for (let i = 1; i < end; i++) {
    const slope = smoothed[i] - smoothed[i - 1]
    if (slope < fall) {
      fall = slope
      steepest = rates[i]
    }
  }
  return { steepest, divergesAt, smoothed }
}
