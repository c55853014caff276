import { EpipoleError } from '@epipole/core'
import { epipolarTangents } from '../epipolar/tangents.js'
import { choleskyFactor, choleskyInverse } from '../math/cholesky.js'
import { denormalizeForm, normalizeForm, normalizeScale } from '../solvers/normalize.js'
import { conditionPair } from './conditioning.js'
import { sampsonNormalEquations } from './sampson.js'

export interface FundamentalCovarianceOptions {
  /** Which pairs count. Default all. */
  readonly indices?: ArrayLike<number>
  /** Standard deviation of each coordinate, pixels. Default: estimated from the Sampson residuals. */
  readonly sigma?: number
}

/**
 * The covariance of a fundamental matrix of least Sampson error, σ² (JᵀJ)⁻¹ over its seven degrees of freedom, as that of its
 * nine entries at unit norm (so of rank seven). Csurka, Zeller, Zhang, Faugeras, "Characterizing the uncertainty of the
 * fundamental matrix" (CVIU 1997).
 *
 * @param F of rank two, as `refineFundamental` leaves it
 * @param xy1 pixels in image 1, x y x y …
 * @param xy2 the same in image 2
 * @returns 9 × 9, row-major; undefined where the pairs do not determine F (a plane, a pure rotation, fewer than eight pairs)
 */
export function fundamentalCovariance(
  F: Float64Array,
  xy1: Float64Array,
  xy2: Float64Array,
  options: FundamentalCovarianceOptions = {},
): Float64Array | undefined {
  if (xy1.length !== xy2.length) {
    throw new EpipoleError('usage', `${xy1.length / 2} points do not match ${xy2.length / 2}.`, {
      first: xy1.length,
      second: xy2.length,
    })
  }
  const indices = Int32Array.from(options.indices ?? { length: xy1.length / 2 }, (v, i) => v ?? i)
  const pair = conditionPair(xy1, xy2)
  if (pair === undefined || indices.length < 8) return undefined
  const M = Float64Array.from(F)
  normalizeForm(M, 0, pair.T1, pair.T2)
  if (!normalizeScale(M, 0)) return undefined
  const D = epipolarTangents(M, 'fundamental')
  const JtJ = new Float64Array(49)
  const squares = sampsonNormalEquations(M, D, 7, pair.xy1, pair.xy2, 1, 1, indices, JtJ, new Float64Array(7))
  if (!isDetermined(JtJ) || !choleskyFactor(JtJ, 7)) return undefined
  const variance = options.sigma === undefined ? squares / (indices.length - 7) : (options.sigma * pair.T1.scale) ** 2
  const C7 = choleskyInverse(JtJ, 7)
  denormalizeForm(M, 0, pair.T1, pair.T2)
  for (let k = 0; k < 7; k++) denormalizeForm(D, 9 * k, pair.T1, pair.T2)
  toUnitNorm(M, D)
  const C = new Float64Array(81)
  for (let a = 0; a < 7; a++) {
    for (let b = 0; b < 7; b++) {
      const c = variance * C7[7 * a + b]
      for (let r = 0; r < 9; r++) for (let k = 0; k < 9; k++) C[9 * r + k] += c * D[9 * a + r] * D[9 * b + k]
    }
  }
  return C.every(Number.isFinite) ? C : undefined
}

/** Scales M to unit norm and its derivatives with it. */
function toUnitNorm(M: Float64Array, D: Float64Array): void {
  let square = 0
  for (const m of M) square += m * m
  const scale = 1 / Math.sqrt(square)
  for (let k = 0; k < 9; k++) M[k] *= scale
  for (let at = 0; at < D.length; at += 9) {
    let along = 0
    for (let k = 0; k < 9; k++) along += M[k] * D[at + k]
    for (let k = 0; k < 9; k++) D[at + k] = scale * (D[at + k] - along * M[k])
  }
}

/** Whether no pivot of the normal equations is rounding noise; factors a copy. */
function isDetermined(JtJ: Float64Array): boolean {
  const L = JtJ.slice()
  if (!choleskyFactor(L, 7)) return false
  for (let k = 0; k < 7; k++) if (!(L[8 * k] * L[8 * k] > 1e-13 * JtJ[8 * k])) return false
  return true
}
