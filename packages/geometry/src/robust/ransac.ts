import { EpipoleError, type RandomStream, randomStream, throwIfAborted } from '@epipole/core'
import type { Estimator } from './estimator.js'
import { type Sampler, type Sampling, uniformSampler } from './sampler.js'
import { type Score, Scorer, type Scoring } from './scoring.js'
import { allInlierProbability, requiredTrials, requiredTrialsInPool } from './stopping.js'

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

/** Models of data subsets that local optimisation refines on, before the last refinement on all inliers. */
const LOCAL_ITERATIONS = 3
const FINAL_ITERATIONS = 10
/** Inliers that a refinement inside the search looks at; more would only cost time. */
const LOCAL_INLIERS = 300

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
  if (count < sampleSize) return search.result(0, 'too-few-data')

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
      if (trials >= search.required(sampler, confidence)) break
      if (trials >= hopeless) break
    }
    if (trials >= maxTrials) break
    if (trials % 64 === 0) throwIfAborted(signal)
    sampler.draw(trials, sample)
    search.trial(sample)
    trials++
  }
  search.finish()
  const confident = trials >= search.required(sampler, confidence)
  return search.result(trials, confident ? 'confidence' : trials >= hopeless ? 'few-inliers' : 'max-trials')
}

function checkOptions({ maxResidual, confidence = 0.5, maxTrials = 1 }: RansacOptions): void {
  const bad = (name: string, value: number, want: string) =>
    new EpipoleError('usage', `ransac: ${name} is ${value}; it must be ${want}.`, { option: name, value })
  if (!(maxResidual > 0 && maxResidual < Number.POSITIVE_INFINITY)) throw bad('maxResidual', maxResidual, 'positive')
  if (!(confidence > 0 && confidence < 1)) throw bad('confidence', confidence, 'between 0 and 1, exclusive')
  if (!(maxTrials >= 1)) throw bad('maxTrials', maxTrials, 'at least 1')
}

/** The best model so far, and the buffers of the search. */
class Search {
  readonly random: RandomStream
  readonly best: Score
  readonly #estimator: Estimator
  readonly #scorer: Scorer
  readonly #local: boolean
  readonly #maxResidual: number
  readonly #model: Float64Array
  readonly #models: Float64Array
  readonly #others: Float64Array
  readonly #candidate: Float64Array
  readonly #residuals: Float64Array
  readonly #inliers: Int32Array
  readonly #score: Score = { loss: 0, inliers: 0 }
  /** For samplers with a ranking: the loss of the model that `#ranked` was made for. */
  #rankedFor = Number.NaN
  readonly #isInlier: Uint8Array
  readonly #ranked: Int32Array
  #scored = 0
  #improved = 0
  #found = false

  constructor(estimator: Estimator, options: RansacOptions) {
    const { count, modelSize, maxModels } = estimator
    this.random = options.random ?? randomStream(options.seed ?? 0, 'ransac')
    this.#estimator = estimator
    const order = Int32Array.from({ length: count }, (_, i) => i)
    const earlyExit = options.earlyExit ?? true
    if (earlyExit && estimator.residualsOf) this.random.shuffle(order)
    this.#scorer = new Scorer(estimator, options.scoring ?? 'msac', options.maxResidual, order, earlyExit)
    this.#local = (options.localOptimization ?? true) && estimator.refine !== undefined
    this.#maxResidual = options.maxResidual
    this.#model = new Float64Array(modelSize)
    this.#models = new Float64Array(modelSize * maxModels)
    this.#others = new Float64Array(modelSize * maxModels)
    this.#candidate = new Float64Array(modelSize)
    this.#residuals = new Float64Array(count)
    this.#inliers = new Int32Array(count)
    this.#isInlier = new Uint8Array(count)
    this.#ranked = new Int32Array(count + 1)
    this.best = { loss: Number.POSITIVE_INFINITY, inliers: 0 }
  }

  /** Scores every model of a sample. */
  trial(sample: Int32Array): void {
    const { modelSize } = this.#estimator
    const made = this.#estimator.solve(sample, this.#models)
    for (let m = 0; m < made; m++) {
      const model = this.#models.subarray(m * modelSize, (m + 1) * modelSize)
      if (this.#estimator.check?.(model, sample) === false) continue
      if (!this.#consider(model)) continue
      if (this.#local) this.#optimize(LOCAL_ITERATIONS, LOCAL_INLIERS)
      this.#considerAlternatives()
    }
  }

  /** Trials after which a sample of inliers only was drawn, with this confidence. */
  required(sampler: Sampler, confidence: number): number {
    const { count, sampleSize } = this.#estimator
    const all = requiredTrials(this.best.inliers, count, sampleSize, confidence)
    const { order, poolSize } = sampler
    if (order === undefined || poolSize === undefined || !this.#found) return all
    const pool = poolSize()
    if (this.#rankedFor !== this.best.loss) {
      // Inliers among the first n of the ranking, for every n.
      this.#rankedFor = this.best.loss
      this.#isInlier.fill(0)
      const n = this.#scorer.inliers(this.#model, this.#maxResidual, this.#residuals, this.#inliers)
      for (let i = 0; i < n; i++) this.#isInlier[this.#inliers[i]] = 1
      for (let i = 0; i < count; i++) this.#ranked[i + 1] = this.#ranked[i] + this.#isInlier[order[i]]
    }
    return Math.min(all, requiredTrialsInPool(this.#ranked[pool], pool, sampleSize, confidence))
  }

  /** Offers what the estimator knows to be better than a degenerate best model. */
  #considerAlternatives(): void {
    const { modelSize } = this.#estimator
    const others = this.#estimator.alternatives?.(this.#model, this.#maxResidual, this.random, this.#others) ?? 0
    let better = false
    for (let k = 0; k < others; k++) {
      if (this.#consider(this.#others.subarray(k * modelSize, (k + 1) * modelSize))) better = true
    }
    if (better && this.#local) this.#optimize(LOCAL_ITERATIONS, LOCAL_INLIERS)
  }

  /** The last refinement, on all inliers, until they no longer change. */
  finish(): void {
    if (this.#local && this.#found) this.#optimize(FINAL_ITERATIONS, this.#estimator.count)
  }

  /** Keeps the model if it beats the best. */
  #consider(model: Float64Array): boolean {
    this.#scored++
    const bar = this.#found ? this.best.loss : this.#estimator.count
    if (!this.#scorer.score(model, bar, this.#score)) return false
    // What fits only the data it was made from is no finding.
    if (this.#score.inliers <= this.#estimator.sampleSize) return false
    this.best.loss = this.#score.loss
    this.best.inliers = this.#score.inliers
    this.#model.set(model)
    this.#found = true
    return true
  }

  /** Least squares on the inliers, over and over while that lowers the loss. */
  #optimize(iterations: number, most: number): void {
    const estimator = this.#estimator
    for (let iteration = 0; iteration < iterations; iteration++) {
      const n = this.#scorer.inliers(this.#model, this.#maxResidual, this.#residuals, this.#inliers)
      if (n <= estimator.sampleSize) return
      const subset = thin(this.#inliers, n, most)
      this.#candidate.set(this.#model)
      if (estimator.refine?.(this.#candidate, subset) !== true) return
      const before = this.best.loss
      if (!this.#consider(this.#candidate)) return
      this.#improved++
      if (this.best.loss > before * (1 - 1e-4)) return
    }
  }

  result(trials: number, stoppedBy: RansacStop): RansacResult {
    const { count, sampleSize, squared } = this.#estimator
    const n = this.#found ? this.#scorer.inliers(this.#model, this.#maxResidual, this.#residuals, this.#inliers) : 0
    let sum = 0
    for (let i = 0; i < n; i++) {
      const r = Math.abs(this.#residuals[this.#inliers[i]])
      sum += squared ? Math.sqrt(r) : r
    }
    const miss = 1 - allInlierProbability(n, count, sampleSize)
    let missed = 1
    for (let exponent = trials, base = miss; exponent > 0; exponent = Math.floor(exponent / 2), base *= base) {
      if (exponent % 2 === 1) missed *= base
    }
    return {
      model: this.#found ? this.#model.slice() : undefined,
      inliers: this.#inliers.slice(0, n),
      report: {
        trials,
        models: this.#scored,
        evaluations: this.#scorer.evaluations,
        sampleSize,
        count,
        inliers: n,
        inlierRatio: count > 0 ? n / count : 0,
        meanResidual: n > 0 ? sum / n : 0,
        loss: this.#found ? this.best.loss : count,
        confidence: this.#found ? 1 - missed : 0,
        localOptimisations: this.#improved,
        maxResidual: this.#maxResidual,
        stoppedBy,
      },
    }
  }
}

/** At most `most` of the first n indices, evenly spread. */
function thin(indices: Int32Array, n: number, most: number): Int32Array {
  if (n <= most) return indices.slice(0, n)
  const out = new Int32Array(most)
  for (let i = 0; i < most; i++) out[i] = indices[Math.floor((i * n) / most)]
  return out
}
