import { homographyNormalEquations, homographySquares } from '../epipolar/homography-residuals.js'
import { denormalizeMap, normalizeMap, normalizeScale } from '../solvers/normalize.js'
import { type ConditionedPair, conditionPair } from './conditioning.js'
import { type LocalProblem, minimizeLocally } from './levenberg.js'

/** Least squares of the Sampson distances over the eight degrees of freedom of H, in place. */
export function refineHomography(
  H: Float64Array,
  xy1: Float64Array,
  xy2: Float64Array,
  subset: Int32Array,
  maxIterations = 8,
): boolean {
  const conditioned = conditionPair(xy1, xy2)
  return conditioned !== undefined && refineConditionedHomography(H, conditioned, subset, maxIterations)
}

/** The same for correspondences already conditioned; H is in pixels. */
export function refineConditionedHomography(
  H: Float64Array,
  pair: ConditionedPair,
  subset: Int32Array,
  maxIterations = 8,
): boolean {
  if (subset.length < 4) return false
  normalizeMap(H, 0, pair.T1, pair.T2)
  if (!normalizeScale(H, 0)) return false
  problem.start(H, pair.xy1, pair.xy2, subset)
  if (!minimizeLocally(problem, maxIterations, 1e-7)) return false
  problem.finish(H)
  denormalizeMap(H, 0, pair.T1, pair.T2)
  return normalizeScale(H, 0)
}

/** Steps change all entries of H but the largest. The weights (J Jᵀ)⁻¹ count as constant within a step. */
class HomographyProblem implements LocalProblem {
  readonly dimension = 8
  #xy1: Float64Array = new Float64Array(0)
  #xy2: Float64Array = new Float64Array(0)
  #subset: Int32Array = new Int32Array(0)
  #squares: Float64Array = new Float64Array(0)
  #H: Float64Array = new Float64Array(9)
  #trial: Float64Array = new Float64Array(9)
  #fixed = 8

  start(H: Float64Array, xy1: Float64Array, xy2: Float64Array, subset: Int32Array): void {
    this.#xy1 = xy1
    this.#xy2 = xy2
    this.#subset = subset
    if (this.#squares.length < subset.length) this.#squares = new Float64Array(2 * subset.length)
    this.#H.set(H)
    this.#fixed = 0
    for (let k = 1; k < 9; k++) if (Math.abs(H[k]) > Math.abs(H[this.#fixed])) this.#fixed = k
  }

  finish(H: Float64Array): void {
    H.set(this.#H)
  }

  linearize(JtJ: Float64Array, Jtr: Float64Array): number {
    return homographyNormalEquations(this.#H, this.#fixed, this.#xy1, this.#xy2, this.#subset, JtJ, Jtr)
  }

  tryStep(step: Float64Array): number {
    let at = 0
    for (let k = 0; k < 9; k++) this.#trial[k] = this.#H[k] + (k === this.#fixed ? 0 : step[at++])
    const n = this.#subset.length
    homographySquares(this.#trial, this.#xy1, this.#xy2, this.#subset, 0, n, this.#squares)
    let sum = 0
    for (let i = 0; i < n; i++) sum += this.#squares[i]
    return sum
  }

  accept(): void {
    const H = this.#H
    this.#H = this.#trial
    this.#trial = H
  }
}

const problem = new HomographyProblem()
