import type { Estimator } from './estimator.js'
import { power } from './stopping.js'

/**
 * How models are compared. Every datum adds a loss between 0 and 1; the smallest sum wins. With u = residual/maxResidual:
 *
 * - `msac`: min(u², 1), the truncated squares of Torr & Zisserman, "MLESAC" (CVIU 2000).
 * - `count`: 0 or 1, as in Fischler & Bolles' RANSAC (CACM 1981).
 * - `marginal`: 2u − u² for u ≤ 1, which is the `msac` loss averaged over all thresholds from 0 to maxResidual, for noise
 *   whose size is not known; in the spirit of Barath, Noskova, Ivashechkin, Matas, "MAGSAC++" (CVPR 2020). maxResidual is
 *   then a bound, best three times the largest noise that may be. The last refinement is to the data within reach of
 *   the noise that the residuals show (`noise.ts`).
 */
export type Scoring = 'msac' | 'count' | 'marginal'

/** A loss against which a model must do better, and what came out. */
export interface Score {
  loss: number
  inliers: number
}

/** First block of data a model is judged by; blocks double. */
const FIRST_BLOCK = 32
/**
 * A model as good as the best fails the test on a block with probability below 0.002 (a normal deviate of 3; a loss in
 * [0, 1] of mean μ has variance at most μ(1 − μ)).
 */
const DEVIATE = 3
/**
 * Data after which a model without a single inlier is given up, though the best be no better yet: the first two blocks. Of a
 * model with one inlier in 20 that is wrong seven times in a thousand, which the stopping rule knows (`acceptance`).
 */
const BARREN = 96
/** Data of which these are a small part. */
const MANY = 4 * BARREN

/** Scores models over a random order of the data and gives up on the hopeless early. */
export class Scorer {
  readonly #estimator: Estimator
  readonly #scoring: Scoring
  readonly #limit: number
  readonly #order: Int32Array
  readonly #earlyExit: boolean
  readonly #residuals: Float64Array
  /** Residuals computed so far. */
  evaluations = 0

  /** @param order a random permutation of the data */
  constructor(estimator: Estimator, scoring: Scoring, maxResidual: number, order: Int32Array, earlyExit: boolean) {
    this.#estimator = estimator
    this.#scoring = scoring
    this.#limit = maxResidual
    this.#order = order
    this.#earlyExit = earlyExit
    this.#residuals = new Float64Array(estimator.count)
  }

  /**
   * @param bar the loss to beat
   * @returns false when the model does not beat it (`out` is then unspecified)
   */
  score(model: Float64Array, bar: number, out: Score): boolean {
    const estimator = this.#estimator
    const count = estimator.count
    out.loss = 0
    out.inliers = 0
    if (estimator.residualsOf === undefined) {
      estimator.residuals(model, this.#residuals)
      this.evaluations += count
      this.#add(0, count, out)
      return out.loss < bar
    }
    const mean = bar / count
    const spread = DEVIATE * DEVIATE * mean * (1 - mean)
    for (let begin = 0, size = FIRST_BLOCK; begin < count; size *= 2) {
      const end = Math.min(count, begin + size)
      estimator.residualsOf(model, this.#order, begin, end, this.#residuals)
      this.evaluations += end - begin
      this.#add(begin, end, out)
      begin = end
      if (!this.#earlyExit) continue
      if (out.loss >= bar) return false
      if (out.inliers === 0 && end >= BARREN && count >= MANY) return false
      // Sampling without replacement: the variance of the block's mean shrinks as the block nears the whole.
      const excess = out.loss / end - mean
      if (excess > 0 && excess * excess > (spread / end) * (1 - end / count)) return false
    }
    return out.loss < bar
  }

  /** P(a model is not given up for want of an inlier among its first data), for a model with so many. */
  acceptance(inliers: number): number {
    const { count, residualsOf } = this.#estimator
    if (!this.#earlyExit || residualsOf === undefined || count < MANY) return 1
    return 1 - power(1 - inliers / count, BARREN)
  }

  /** Squared residuals of all data. */
  squares(model: Float64Array, out: Float64Array): void {
    this.#estimator.residuals(model, out)
    this.evaluations += out.length
    if (this.#estimator.squared !== true) for (let i = 0; i < out.length; i++) out[i] *= out[i]
  }

  #add(begin: number, end: number, out: Score): void {
    const r = this.#residuals
    const squared = this.#estimator.squared === true
    const limit = this.#limit * this.#limit
    const weight = 1 / limit
    let { loss, inliers } = out
    for (let i = begin; i < end; i++) {
      const square = squared ? r[i] : r[i] * r[i]
      // Written so that NaN is an outlier.
      if (square <= limit) {
        inliers++
        if (this.#scoring === 'msac') loss += square * weight
        else if (this.#scoring === 'marginal') {
          const u2 = square * weight
          loss += 2 * Math.sqrt(u2) - u2
        }
      } else {
        loss += 1
      }
    }
    out.loss = loss
    out.inliers = inliers
  }
}
