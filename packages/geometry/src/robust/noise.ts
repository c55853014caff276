import { power } from './stopping.js'

/**
 * The size of the noise, from residuals of a model whose noise is only known to lie below a bound.
 *
 * Problem: residuals are √(sum of the squares of d Gaussian components of standard deviation σ) for right data; wrong data
 * lie evenly in the d-dimensional space around the model, so that their residuals have the density ∝ rᵈ⁻¹.
 * Method: as many wrong data are expected below a bound T as between T and 2T, divided by 2ᵈ − 1. Without them, the second
 * moment below T is n d σ² (moments; the bias by truncation is small while T > 2.5 σ). Then again with T = 3.5 σ √d, while
 * that shrinks the bound: the fewer wrong data within it, the truer the moment.
 * Preconditions: σ below about half of `maxResidual`; else the answer is too small (residuals beyond are not seen).
 */

const ROUNDS = 10
const REACH = 3.5

/**
 * @param squares squared residuals; NaN counts as infinite
 * @param maxResidual the bound
 * @param components d, how many components of the data a residual sums up
 * @returns σ; 0 where the right data fit exactly, NaN where there are none beyond what chance explains
 */
export function noiseOfResiduals(squares: Float64Array, maxResidual: number, components: number): number {
  let bound = maxResidual * maxResidual
  let variance = Number.NaN
  for (let round = 0; round < ROUNDS; round++) {
    let within = 0
    let beyond = 0
    let sum = 0
    for (let i = 0; i < squares.length; i++) {
      const square = squares[i]
      if (square <= bound) {
        within++
        sum += square
      } else if (square <= 4 * bound) {
        beyond++
      }
    }
    const wrong = beyond / (power(2, components) - 1)
    const right = within - wrong
    if (!(right > 0)) return Math.sqrt(variance)
    const moment = sum - (wrong * bound * components) / (components + 2)
    // A moment that the wrong data's swallow says only that σ is small beside the bound.
    const next = moment > 0 || wrong === 0 ? moment / (right * components) : bound / (4 * REACH * REACH * components)
    variance = next
    const smaller = REACH * REACH * components * variance
    if (!(smaller < 0.98 * bound)) break
    bound = smaller
  }
  return Math.sqrt(variance)
}

/**
 * Up to which residual data are taken for right, in σ: 2.6, 4.8, 7 for 1, 2, 3 components. The more components, the thinner wrong
 * data lie around the model: of 1000 anywhere in a photo of 1000 × 750 pixels thirteen fall within 4.8 px of an epipolar line, but one in
 * ten such photos within 4.8 px of a point. And the tail of right data is worth keeping, which reaches farther than a Gaussian's: not
 * all points of a photo are equally sharp.
 */
export function reachOfNoise(components: number): number {
  return 2.2 * components + 0.4
}
