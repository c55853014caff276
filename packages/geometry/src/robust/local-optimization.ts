import type { RandomStream } from '@epipole/core'
import type { BestModel } from './best-model.js'
import type { Estimator } from './estimator.js'
import { noiseOfResiduals, reachOfNoise } from './noise.js'
import { drawDistinct } from './sampler.js'

/**
 * What least squares make of the best model of a search. Chum, Matas, Kittler, "Locally optimized RANSAC" (DAGM 2003):
 * a model by a minimal sample is as noisy as its few data; its inliers know better.
 */

/** Fits to the inliers, one after another, of each new best model, and of the last. */
const ITERATIONS = 3
const LAST_ITERATIONS = 10
/** Inliers that a fit inside the search looks at; more would only cost time. */
const INLIERS = 300
/** Larger samples in a row that may bring nothing, and their size in minimal samples. */
const INNER_FAILURES = 20
const INNER_SIZE = 3
const NOISE_ROUNDS = 3

export class LocalOptimization {
  /** Fits that made the best model better. */
  improved = 0
  readonly #estimator: Estimator
  readonly #refine: (model: Float64Array, inliers: Int32Array) => boolean
  readonly #best: BestModel
  readonly #random: RandomStream
  readonly #candidate: Float64Array
  readonly #subset: Int32Array

  constructor(estimator: Estimator, best: BestModel, random: RandomStream) {
    this.#estimator = estimator
    this.#refine = (model, inliers) => estimator.refine?.(model, inliers) === true
    this.#best = best
    this.#random = random
    this.#candidate = new Float64Array(estimator.modelSize)
    this.#subset = new Int32Array(Math.max(INLIERS, INNER_SIZE * estimator.sampleSize, estimator.count))
  }

  /** After a new best model. */
  improve(): void {
    this.#iterate(ITERATIONS, INLIERS)
  }

  /**
   * After the last trial.
   *
   * @param toNoise ends with the data that the noise explains, which may be fewer than the inliers
   */
  finish(toNoise: boolean): void {
    if (!this.#best.found) return
    this.#resample()
    this.#iterate(LAST_ITERATIONS, this.#estimator.count)
    if (toNoise) for (let round = 0; round < NOISE_ROUNDS && this.#fitToNoise(); round++);
  }

  /** Least squares on the inliers, at most `most` of them, over and over while that lowers the loss. */
  #iterate(iterations: number, most: number): void {
    const best = this.#best
    for (let iteration = 0; iteration < iterations; iteration++) {
      const n = best.listInliers()
      if (n <= this.#estimator.sampleSize) return
      const before = best.loss
      if (!this.#offerFit(this.#thin(n, most)) || best.loss > before * (1 - 1e-4)) return
    }
  }

  /**
   * Fits to random larger samples of the inliers ("inner RANSAC", section 2): a minimal sample may have led to a poor local
   * optimum, which least squares on all its inliers does not leave.
   */
  #resample(): void {
    const { sampleSize } = this.#estimator
    const best = this.#best
    let n = best.listInliers()
    for (let failures = 0; failures < INNER_FAILURES; failures++) {
      const size = Math.min(n >> 1, INNER_SIZE * sampleSize)
      if (size <= sampleSize) return
      const subset = this.#subset.subarray(0, size)
      drawDistinct(subset, 0, size, n, this.#random)
      for (let i = 0; i < size; i++) subset[i] = best.inliers[subset[i]]
      subset.sort()
      if (!this.#offerFit(subset)) continue
      this.#iterate(ITERATIONS, INLIERS)
      n = best.listInliers()
      failures = -1
    }
  }

  #offerFit(subset: Int32Array): boolean {
    this.#candidate.set(this.#best.model)
    if (!this.#refine(this.#candidate, subset) || !this.#best.offer(this.#candidate)) return false
    this.improved++
    return true
  }

  /** Least squares on the data within reach of the noise. False when that does not make the model better, by their loss. */
  #fitToNoise(): boolean {
    const { components = 1, sampleSize } = this.#estimator
    const best = this.#best
    best.listInliers()
    const reach = reachOfNoise(components) * noiseOfResiduals(best.squares, best.maxResidual, components)
    if (!(reach > 0 && reach < best.maxResidual)) return false
    const n = best.listInliers(best.model, reach)
    if (n <= sampleSize) return false
    const before = truncatedLoss(best.squares, reach)
    this.#candidate.set(best.model)
    if (!this.#refine(this.#candidate, this.#thin(n, n))) return false
    best.listInliers(this.#candidate, reach)
    if (!(truncatedLoss(best.squares, reach) < before)) return false
    best.replace(this.#candidate)
    this.improved++
    return true
  }

  /** At most `most` of the first n inliers, evenly spread. */
  #thin(n: number, most: number): Int32Array {
    const size = Math.min(n, most)
    for (let i = 0; i < size; i++) this.#subset[i] = this.#best.inliers[n <= most ? i : Math.floor((i * n) / most)]
    return this.#subset.subarray(0, size)
  }
}

/** Σ min(r²/reach², 1). */
function truncatedLoss(squares: Float64Array, reach: number): number {
  const limit = reach * reach
  let sum = 0
  for (let i = 0; i < squares.length; i++) sum += squares[i] <= limit ? squares[i] / limit : 1
  return sum
}
