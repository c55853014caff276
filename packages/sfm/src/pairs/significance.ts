import { log } from '@epipole/core'

/**
 * Whether so many matches would agree on a model by chance: the expected number of false alarms of Moisan and Stival, "A
 * probabilistic criterion to detect rigid point matches between two images" (IJCV 2004), here for a fixed threshold. Over all
 * samples of the matches, the expected number of models that `inliers` or more of `count` wrong matches agree with is at most
 *
 *   models · (count − s) · C(count, inliers) · C(inliers, s) · chance^(inliers − s)
 */
export interface Chance {
  /** Matches that a model is made from, s. */
  readonly sampleSize: number
  /** Most models from one sample. */
  readonly models: number
  /** Probability that a wrong match agrees with a given model. */
  readonly chance: number
}

/** Natural logarithm of the expected number of false alarms. */
export function logFalseAlarms(inliers: number, count: number, { sampleSize, models, chance }: Chance): number {
  if (inliers <= sampleSize) return Number.POSITIVE_INFINITY
  const free = log(models * Math.max(1, count - sampleSize))
  const subsets = logChoose(count, inliers) + logChoose(inliers, sampleSize)
  return free + subsets + (inliers - sampleSize) * log(Math.min(1, Math.max(1e-12, chance)))
}

/** False alarms in a thousand pairs that are tolerated: one. */
const LOG_TOLERATED = log(1e-3)

/** The fewest inliers, of `count` matches, that chance does not explain; `count` + 1 where all of them would not do. */
export function leastSignificant(count: number, chance: Chance): number {
  const significant = (k: number) => logFalseAlarms(k, count, chance) <= LOG_TOLERATED
  // The bound rises up to count · chance / (1 + …) and falls from there on: search the falling part.
  let low = Math.max(chance.sampleSize, Math.floor(count * chance.chance))
  let high = count + 1
  while (high - low > 1) {
    const middle = (low + high) >> 1
    if (significant(middle)) high = middle
    else low = middle
  }
  return high
}

let logFactorials = new Float64Array(1)

function logFactorial(n: number): number {
  if (n >= logFactorials.length) {
    const longer = new Float64Array(Math.max(n + 1, 2 * logFactorials.length, 256))
    longer.set(logFactorials)
    for (let i = logFactorials.length; i < longer.length; i++) longer[i] = longer[i - 1] + log(i)
    logFactorials = longer
  }
  return logFactorials[n]
}

function logChoose(n: number, k: number): number {
  return logFactorial(n) - logFactorial(k) - logFactorial(n - k)
}
