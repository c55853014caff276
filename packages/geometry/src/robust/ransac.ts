import { EpipoleError, type RandomStream, randomStream, throwIfAborted } from '@epipole/core'
import { BestModel } from './best-model.js'
import type { Estimator } from './estimator.js'
import { LocalOptimization } from './local-optimization.js'
import { type Sampler, type Sampling, uniformSampler } from './sampler.js'
import type { Scoring } from './scoring.js'
import { allInlierProbability, power, requiredTrials } from './stopping.js'

/**
 * Random sample consensus: the model with the smallest robust loss over all data, from models of random minimal samples
 * (Fischler & Bolles, CACM 1981), each new best one improved by least squares on its inliers (Chum, Matas, Kittler,
 * "Locally optimized RANSAC", DAGM 2003), until another sample would not find a better one with the confidence asked for.
 */
export interface RansacOptions {
  /** Largest residual of an inlier, in the estimator's unit. */
  maxResidual: number
  /** Probability that at least one sample held inliers only, given the inliers found. Default 0.9999. */
  confidence?: number
  /** Default 30: a few more samples than the rule asks for, where nearly everything is an inlier. */
  minTrials?: number
  /** Default 10 000. */
  maxTrials?: number
  /**
   * The fewest inliers worth finding. When a model with so many would have been found by now (with `confidence`), the
   * search ends with the best there is. Default: sampleSize + 1.
   */
  minInliers?: number
  /** Default 0. */
  seed?: number
  /** Draws from this stream instead of one made from `seed`. */
  random?: RandomStream
  /** Default `msac`. */
  scoring?: Scoring
  /** Default: uniform; `prosac(order)` where the data come with a ranking. */
  sampler?: Sampling
  /** Improve each new best model by least squares on its inliers; default true. */
  localOptimization?: boolean
  /** Stop scoring a model once it cannot win; default true. */
  earlyExit?: boolean
  signal?: AbortSignal | undefined
}

/**
 * Why a search ended. `confidence`: more trials would not help; `max-trials`; `few-inliers`: a model with `minInliers`
 * would have been found; `too-few-data`: fewer than a sample needs.
 */
export type RansacStop = 'confidence' | 'max-trials' | 'few-inliers' | 'too-few-data'

export interface RansacReport {
  /** Samples drawn. */
  readonly trials: number
  /** Models made from them and scored. */
  readonly models: number
  /** Residuals computed in all. */
  readonly evaluations: number
  readonly sampleSize: number
  /** Data. */
  readonly count: number
  readonly inliers: number
  readonly inlierRatio: number
  /** Mean residual of the inliers, in the unit of `maxResidual`; 0 without any. */
  readonly meanResidual: number
  /** Sum of the data's losses, see `Scoring`. */
  readonly loss: number
  /** Probability that some sample held inliers only, given the inliers found. */
  readonly confidence: number
  /** Refinements that lowered the loss. */
  readonly localOptimisations: number
  readonly maxResidual: number
  readonly stoppedBy: RansacStop
}

export interface RansacResult {
  /** The best model; `undefined` when no sample gave one that more data fit than it was made from. */
  readonly model: Float64Array | undefined
  /** Indices of the data within `maxResidual` of the model, ascending. */
  readonly inliers: Int32Array
  readonly report: RansacReport
}

/** Trials between two looks at the stopping rule, while the best model stays. */
const ASK_EVERY = 8

/**
 * Fits a model robustly. The same input and seed give the same bits.
 *
 * @throws EpipoleError `usage` for impossible options, `aborted` when the signal fires
 */
export function ransac(estimator: Estimator, options: RansacOptions): RansacResult {
  checkOptions(options)
  const { confidence = 0.9999, minTrials = 30, maxTrials = 10_000, signal } = options
  const { count, sampleSize } = estimator
  const search = new Search(estimator, options)
  if (count < sampleSize) return search.result(0, 'too-few-data', 1)

  const sampler = (options.sampler ?? ((n, _size, random) => uniformSampler(n, random)))(
    count,
    sampleSize,
    search.random,
  )
  const hopeless = requiredTrials(
    Math.max(sampleSize, options.minInliers ?? sampleSize + 1),
    count,
    sampleSize,
    confidence,
  )
  const sample = new Int32Array(sampleSize)
  let trials = 0
  for (;;) {
    if (trials >= minTrials) {
      if (search.isDue(trials) && 1 - search.missProbability(trials, sampler) >= confidence) break
      if (trials >= hopeless) break
    }
    if (trials >= maxTrials) break
    if (trials % 64 === 0) throwIfAborted(signal)
    sampler.draw(trials, sample)
    search.trial(sample)
    trials++
  }
  search.finish(options)
  const miss = search.missProbability(trials, sampler)
  const stoppedBy = 1 - miss >= confidence ? 'confidence' : trials >= hopeless ? 'few-inliers' : 'max-trials'
  return search.result(trials, stoppedBy, miss)
}

function checkOptions({ maxResidual, confidence = 0.5, maxTrials = 1 }: RansacOptions): void {
  const bad = (name: string, value: number, want: string) =>
    new EpipoleError('usage', `ransac: ${name} is ${value}; it must be ${want}.`, { option: name, value })
  if (!(maxResidual > 0 && maxResidual < Number.POSITIVE_INFINITY)) throw bad('maxResidual', maxResidual, 'positive')
  if (!(confidence > 0 && confidence < 1)) throw bad('confidence', confidence, 'between 0 and 1, exclusive')
  if (!(maxTrials >= 1)) throw bad('maxTrials', maxTrials, 'at least 1')
}

/** Trials, and what they have found. */
class Search {
  readonly random: RandomStream
  readonly #estimator: Estimator
  readonly #best: BestModel
  readonly #local: LocalOptimization | undefined
  readonly #models: Float64Array
  readonly #others: Float64Array
  /** Each model in them. */
  readonly #views: readonly Float64Array[]
  readonly #otherViews: readonly Float64Array[]
  readonly #isInlier: Uint8Array
  /** Loss of the model that `#isInlier` is of. */
  #askedFor = Number.NaN

  constructor(estimator: Estimator, options: RansacOptions) {
    const { count, modelSize, maxModels } = estimator
    const { scoring = 'msac', earlyExit = true, localOptimization = true, maxResidual } = options
    this.random = options.random ?? randomStream(options.seed ?? 0, 'ransac')
    this.#estimator = estimator
    const order = Int32Array.from({ length: count }, (_, i) => i)
    if (earlyExit && estimator.residualsOf) this.random.shuffle(order)
    this.#best = new BestModel(estimator, scoring, maxResidual, order, earlyExit)
    const refines = localOptimization && estimator.refine !== undefined
    this.#local = refines ? new LocalOptimization(estimator, this.#best, this.random) : undefined
    this.#models = new Float64Array(modelSize * maxModels)
    this.#others = new Float64Array(modelSize * maxModels)
    const viewsOf = (models: Float64Array) =>
      Array.from({ length: maxModels }, (_, m) => models.subarray(m * modelSize, (m + 1) * modelSize))
    this.#views = viewsOf(this.#models)
    this.#otherViews = viewsOf(this.#others)
    this.#isInlier = new Uint8Array(count)
  }

  /** Scores every model of a sample. */
  trial(sample: Int32Array): void {
    const made = this.#estimator.solve(sample, this.#models)
    for (let m = 0; m < made; m++) {
      const model = this.#views[m]
      if (this.#estimator.check?.(model, sample) === false) continue
      if (!this.#best.offer(model)) continue
      this.#local?.improve()
      this.#offerAlternatives()
    }
  }

  /** Offers what the estimator knows to be better than a degenerate best model. */
  #offerAlternatives(): void {
    const best = this.#best
    const others = this.#estimator.alternatives?.(best.model, best.maxResidual, this.random, this.#others) ?? 0
    let better = false
    for (let k = 0; k < others; k++) {
      if (best.offer(this.#otherViews[k])) better = true
    }
    if (better) this.#local?.improve()
  }

  /** Whether to ask the stopping rule now: after each new best model, and now and then. */
  isDue(trials: number): boolean {
    return this.#best.loss !== this.#askedFor || trials % ASK_EVERY === 0
  }

  /** P(no sample of `trials` held inliers of the best model only). */
  missProbability(trials: number, sampler: Sampler): number {
    const best = this.#best
    if (!best.found) return 1
    const { count, sampleSize } = this.#estimator
    if (best.loss !== this.#askedFor) {
      this.#askedFor = best.loss
      const n = best.listInliers()
      this.#isInlier.fill(0)
      for (let i = 0; i < n; i++) this.#isInlier[best.inliers[i]] = 1
    }
    // Samples of the most promising data are no worse than uniform ones.
    const { acceptance } = best
    const uniform = power(1 - acceptance * allInlierProbability(best.inlierCount, count, sampleSize), trials)
    return Math.min(uniform, sampler.missProbability?.(this.#isInlier, acceptance) ?? 1)
  }

  /** The last refinement. */
  finish(options: RansacOptions): void {
    this.#local?.finish(options.scoring === 'marginal')
  }

  result(trials: number, stoppedBy: RansacStop, miss: number): RansacResult {
    const { count, sampleSize } = this.#estimator
    const best = this.#best
    const n = best.found ? best.listInliers() : 0
    let sum = 0
    for (let i = 0; i < n; i++) sum += Math.sqrt(best.squares[best.inliers[i]])
    return {
      model: best.found ? best.model.slice() : undefined,
      inliers: best.inliers.slice(0, n),
      report: {
        trials,
        models: best.offered,
        evaluations: best.evaluations,
        sampleSize,
        count,
        inliers: n,
        inlierRatio: count > 0 ? n / count : 0,
        meanResidual: n > 0 ? sum / n : 0,
        loss: best.found ? best.loss : count,
        confidence: 1 - miss,
        localOptimisations: this.#local?.improved ?? 0,
        maxResidual: best.maxResidual,
        stoppedBy,
      },
    }
  }
}
