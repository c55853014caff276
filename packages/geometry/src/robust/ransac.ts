import { EpipoleError, type RandomStream, randomStream, throwIfAborted } from '@epipole/core'
import type { Estimator } from './estimator.js'
import { type Sampler, uniformSampler } from './sampler.js'
import { requiredTrials } from './stopping.js'

/** How a model is judged: MSAC's truncated squared residuals, or the number of inliers alone. */
export type Scoring = 'msac' | 'count'

export interface RansacOptions {
  /** Largest residual of an inlier, in the unit of the estimator's residuals. */
  readonly maxResidual: number
  /** Chance that a sample of inliers only was drawn when the search stops. Default 0.9999. */
  readonly confidence?: number
  /** Default 0 … */
  readonly minTrials?: number
  /** … and 10 000. */
  readonly maxTrials?: number
  /** Default 0; or a stream of one's own. */
  readonly seed?: number
  readonly random?: RandomStream
  /** Default `msac`. */
  readonly scoring?: Scoring
  /** Default: uniform. */
  readonly sampler?: (estimator: Estimator, random: RandomStream) => Sampler
  readonly signal?: AbortSignal | undefined
}

/** Why a search ended. */
export type RansacStop = 'confidence' | 'max-trials' | 'too-few-data'

export interface RansacReport {
  readonly trials: number
  /** Models scored. */
  readonly models: number
  readonly inliers: number
  readonly inlierRatio: number
  /** Mean residual of the inliers. */
  readonly meanResidual: number
  /** Times a refined model replaced the best one. */
  readonly localOptimisations: number
  readonly stoppedBy: RansacStop
  readonly sampleSize: number
  readonly maxResidual: number
}

export interface RansacResult {
  /** Undefined where no sample gave a model with more than a sample's inliers. */
  readonly model: Float64Array | undefined
  /** Ascending. */
  readonly inliers: Int32Array
  readonly report: RansacReport
}

/** Data scored between two looks at whether a model can still win. */
const BLOCK = 64
/** Rounds of refinement of a new best model, and of the last one. */
const LOCAL_ROUNDS = 4
const FINAL_ROUNDS = 10

/**
 * Random sample consensus with local optimisation: draws minimal samples, scores their models on all data, refines each new
 * best on its inliers, and stops by the exact rule (`requiredTrials`).
 *
 * Fischler and Bolles, CACM 1981; MSAC: Torr and Zisserman, CVIU 2000; local optimisation: Chum, Matas and Kittler,
 * DAGM 2003. A model's scoring ends as soon as it cannot win any more: with half the data outliers that saves about half of
 * the residuals of a bad model.
 *
 * @throws EpipoleError `usage` for options that cannot be, `aborted` once the signal fires
 */
export function ransac(estimator: Estimator, options: RansacOptions): RansacResult {
  check(options)
  const { count, sampleSize, modelSize, maxModels } = estimator
  const search = new Search(estimator, options)
  if (count < sampleSize) return search.result('too-few-data', 0)
  const random = options.random ?? randomStream(options.seed ?? 0, 'ransac')
  const sampler = (options.sampler ?? ((e, r) => uniformSampler(e.count, r)))(estimator, random)
  const confidence = options.confidence ?? 0.9999
  const minTrials = options.minTrials ?? 0
  const maxTrials = options.maxTrials ?? 10_000
  const sample = new Int32Array(sampleSize)
  const models = new Float64Array(maxModels * modelSize)
  let needed = Number.POSITIVE_INFINITY
  let trial = 0
  for (; trial < maxTrials && (trial < needed || trial < minTrials); trial++) {
    if (trial % 256 === 0) throwIfAborted(options.signal)
    sampler.draw(trial, sample)
    const found = estimator.solve(sample, models)
    for (let m = 0; m < found; m++) {
      const model = models.subarray(m * modelSize, (m + 1) * modelSize)
      if (!search.offer(model)) continue
      search.polish(LOCAL_ROUNDS)
      needed = requiredTrials(search.bestInliers, count, sampleSize, confidence)
    }
  }
  search.polish(FINAL_ROUNDS)
  return search.result(trial < maxTrials ? 'confidence' : 'max-trials', trial)
}

/** The best model so far, and all scratch memory: nothing is allocated while searching. */
class Search {
  readonly #estimator: Estimator
  readonly #maxResidual: number
  readonly #count: boolean
  readonly #best: Float64Array
  readonly #candidate: Float64Array
  readonly #residuals: Float64Array
  readonly #inliers: Int32Array
  #cost = Number.POSITIVE_INFINITY
  #scored = 0
  #improved = 0
  bestInliers = 0

  constructor(estimator: Estimator, options: RansacOptions) {
    this.#estimator = estimator
    this.#maxResidual = options.maxResidual
    this.#count = options.scoring === 'count'
    this.#best = new Float64Array(estimator.modelSize)
    this.#candidate = new Float64Array(estimator.modelSize)
    this.#residuals = new Float64Array(estimator.count)
    this.#inliers = new Int32Array(estimator.count)
  }

  /** Scores a model; keeps it if it is the best. */
  offer(model: Float64Array): boolean {
    this.#scored++
    const cost = this.#costOf(model)
    if (!(cost < this.#cost)) return false
    this.#cost = cost
    this.#best.set(model)
    this.bestInliers = this.#markInliers()
    return true
  }

  /** Refines the best model on its inliers as long as that helps. */
  polish(rounds: number): void {
    const { refine } = this.#estimator
    if (refine === undefined || this.bestInliers <= this.#estimator.sampleSize) return
    for (let round = 0; round < rounds; round++) {
      const inliers = this.#inliers.subarray(0, this.bestInliers)
      if (!this.#estimator.refine?.(this.#best, inliers, this.#candidate)) return
      if (!this.offer(this.#candidate)) return
      this.#improved++
    }
  }

  /** Sum of truncated squared residuals in units of the threshold (or of outliers); infinite once it cannot win. */
  #costOf(model: Float64Array): number {
    const n = this.#estimator.count
    const residuals = this.#residuals
    const scale = 1 / this.#maxResidual
    let cost = 0
    for (let from = 0; from < n; from += BLOCK) {
      const to = Math.min(n, from + BLOCK)
      this.#estimator.residuals(model, residuals, from, to)
      for (let i = from; i < to; i++) {
        const r = residuals[i] * scale
        if (!(r <= 1)) cost += 1
        else if (!this.#count) cost += r * r
      }
      if (cost >= this.#cost) return Number.POSITIVE_INFINITY
    }
    return cost
  }

  /** Lists the inliers of the model scored last. */
  #markInliers(): number {
    let k = 0
    for (let i = 0; i < this.#residuals.length; i++) if (this.#residuals[i] <= this.#maxResidual) this.#inliers[k++] = i
    return k
  }

  result(stoppedBy: RansacStop, trials: number): RansacResult {
    const { count, sampleSize } = this.#estimator
    // What fits only the data it was made from is no finding.
    const found = this.bestInliers > sampleSize
    const inliers = found ? this.#inliers.slice(0, this.bestInliers) : new Int32Array(0)
    let sum = 0
    if (found) {
      this.#estimator.residuals(this.#best, this.#residuals, 0, count)
      for (const i of inliers) sum += this.#residuals[i]
    }
    return {
      model: found ? this.#best.slice() : undefined,
      inliers,
      report: {
        trials,
        models: this.#scored,
        inliers: inliers.length,
        inlierRatio: count === 0 ? 0 : inliers.length / count,
        meanResidual: inliers.length === 0 ? 0 : sum / inliers.length,
        localOptimisations: this.#improved,
        stoppedBy,
        sampleSize,
        maxResidual: this.#maxResidual,
      },
    }
  }
}

function check({ maxResidual, confidence = 0.5, maxTrials = 1 }: RansacOptions): void {
  const wrong = (option: string, value: number, expected: string) => {
    throw new EpipoleError('usage', `ransac: ${option} must be ${expected}, not ${value}.`, { option, value })
  }
  if (!(maxResidual > 0 && Number.isFinite(maxResidual))) wrong('maxResidual', maxResidual, 'a positive number')
  if (!(confidence > 0 && confidence < 1)) wrong('confidence', confidence, 'between 0 and 1')
  if (!(maxTrials >= 1)) wrong('maxTrials', maxTrials, 'at least 1')
}
