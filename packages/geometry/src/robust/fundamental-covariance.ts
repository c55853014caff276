import { epipolarTangents } from '../epipolar/tangents.js'
import { denormalizeForm, normalizeForm, normalizeScale } from '../solvers/normalize.js'
import { conditionPair } from './conditioning.js'
import { countedPairs, entriesCovariance, type MatrixCovarianceOptions } from './matrix-covariance.js'
import { sampsonNormalEquations } from './sampson.js'

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
  options: MatrixCovarianceOptions = {},
): Float64Array | undefined {
  const indices = countedPairs(xy1, xy2, options)
  const pair = conditionPair(xy1, xy2)
  if (pair === undefined || indices.length < 8) return undefined
  const M = Float64Array.from(F)
  normalizeForm(M, 0, pair.T1, pair.T2)
  if (!normalizeScale(M, 0)) return undefined
  const D = epipolarTangents(M, 'fundamental')
  const JtJ = new Float64Array(49)
  const squares = sampsonNormalEquations(M, D, 7, pair.xy1, pair.xy2, 1, 1, indices, JtJ, new Float64Array(7))
  const variance = options.sigma === undefined ? squares / (indices.length - 7) : (options.sigma * pair.T1.scale) ** 2
  denormalizeForm(M, 0, pair.T1, pair.T2)
  for (let k = 0; k < 7; k++) denormalizeForm(D, 9 * k, pair.T1, pair.T2)
  return entriesCovariance(M, D, JtJ, variance)
}
