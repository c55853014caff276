import { homographyNormalEquations } from '../epipolar/homography-residuals.js'
import { denormalizeMap, normalizeMap, normalizeScale } from '../solvers/normalize.js'
import { conditionPair } from './conditioning.js'
import { countedPairs, entriesCovariance, type MatrixCovarianceOptions } from './matrix-covariance.js'

/**
 * The covariance of a homography of least Sampson error, σ² (JᵀJ)⁻¹ over its eight degrees of freedom, as that of its nine
 * entries at unit norm (so of rank eight). Hartley & Zisserman, section 5.2.
 *
 * @param H as `refineHomography` leaves it
 * @param xy1 pixels in image 1, x y x y …
 * @param xy2 the same in image 2
 * @returns 9 × 9, row-major; undefined where the pairs do not determine H (all but one on a line, fewer than five pairs)
 */
export function homographyCovariance(
  H: Float64Array,
  xy1: Float64Array,
  xy2: Float64Array,
  options: MatrixCovarianceOptions = {},
): Float64Array | undefined {
  const indices = countedPairs(xy1, xy2, options)
  const pair = conditionPair(xy1, xy2)
  if (pair === undefined || indices.length < 5) return undefined
  const M = Float64Array.from(H)
  normalizeMap(M, 0, pair.T1, pair.T2)
  if (!normalizeScale(M, 0)) return undefined
  let fixed = 0
  for (let k = 1; k < 9; k++) if (Math.abs(M[k]) > Math.abs(M[fixed])) fixed = k
  const JtJ = new Float64Array(64)
  const squares = homographyNormalEquations(M, fixed, pair.xy1, pair.xy2, indices, JtJ, new Float64Array(8))
  const variance =
    options.sigma === undefined ? squares / (2 * indices.length - 8) : (options.sigma * pair.T1.scale) ** 2
  // Every other entry by itself is a degree of freedom.
  const D = new Float64Array(72)
  for (let k = 0; k < 8; k++) D[9 * k + (k < fixed ? k : k + 1)] = 1
  denormalizeMap(M, 0, pair.T1, pair.T2)
  for (let k = 0; k < 8; k++) denormalizeMap(D, 9 * k, pair.T1, pair.T2)
  return entriesCovariance(M, D, JtJ, variance)
}
