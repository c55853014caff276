import type { Estimator } from './estimator.js'
import { type Score, Scorer, type Scoring } from './scoring.js'

/** The best model of a search so far, and what is known of it. */
export class BestModel {
  readonly model: Float64Array
  readonly maxResidual: number
  /** Squared residuals of the model that `listInliers` last looked at. */
  readonly squares: Float64Array
  /** Its inliers, ascending; the first `listInliers()` count. */
  readonly inliers: Int32Array
  /** Infinite loss while there is none. */
  loss = Number.POSITIVE_INFINITY
  inlierCount = 0
  /** Models that were offered. */
  offered = 0
  readonly #estimator: Estimator
  readonly #scorer: Scorer
  readonly #score: Score = { loss: 0, inliers: 0 }

  /** @param order a random permutation of the data, in which models are scored until they are hopeless */
  constructor(estimator: Estimator, scoring: Scoring, maxResidual: number, order: Int32Array, earlyExit: boolean) {
    this.#estimator = estimator
    this.maxResidual = maxResidual
    this.#scorer = new Scorer(estimator, scoring, maxResidual, order, earlyExit)
    this.model = new Float64Array(estimator.modelSize)
    this.squares = new Float64Array(estimator.count)
    this.inliers = new Int32Array(estimator.count)
  }

  get found(): boolean {
    return this.loss < Number.POSITIVE_INFINITY
  }

  /** Residuals computed so far. */
  get evaluations(): number {
    return this.#scorer.evaluations
  }

  /** P(a model with as many inliers as the best is seen through to its last datum). */
  get acceptance(): number {
    return this.#scorer.acceptance(this.inlierCount)
  }

  /** Keeps the model if it beats the best. */
  offer(model: Float64Array): boolean {
    this.offered++
    const bar = this.found ? this.loss : this.#estimator.count
    if (!this.#scorer.score(model, bar, this.#score)) return false
    // What fits only the data it was made from is no finding.
    if (this.#score.inliers <= this.#estimator.sampleSize) return false
    this.#keep(model)
    return true
  }

  /** Takes the model, though its loss may be larger: for what is better by another measure. */
  replace(model: Float64Array): void {
    this.#scorer.score(model, Number.POSITIVE_INFINITY, this.#score)
    this.#keep(model)
  }

  /**
   * Lists the inliers of the best model, or of another one within another distance, and leaves the squared residuals behind.
   *
   * @returns how many there are
   */
  listInliers(model = this.model, maxResidual = this.maxResidual): number {
    this.#scorer.squares(model, this.squares)
    const limit = maxResidual * maxResidual
    let n = 0
    for (let i = 0; i < this.squares.length; i++) if (this.squares[i] <= limit) this.inliers[n++] = i
    return n
  }

  #keep(model: Float64Array): void {
    this.loss = this.#score.loss
    this.inlierCount = this.#score.inliers
    for (let k = 0; k < model.length; k++) this.model[k] = model[k]
  }
}
