import { EpipoleError } from '@epipole/core'
import { choleskyFactor, choleskyInverse } from '../math/cholesky.js'

export interface MatrixCovarianceOptions {
  /** Which pairs count. Default all. */
  readonly indices?: ArrayLike<number>
  /** Standard deviation of each coordinate, pixels. Default: estimated from the Sampson residuals. */
  readonly sigma?: number
}

/** The pairs that count. @throws EpipoleError `usage` where the images have not as many points */
export function countedPairs(xy1: Float64Array, xy2: Float64Array, options: MatrixCovarianceOptions): Int32Array {
  if (xy1.length !== xy2.length) {
    throw new EpipoleError('usage', `${xy1.length / 2} points do not match ${xy2.length / 2}.`, {
      first: xy1.length,
      second: xy2.length,
    })
  }
  return Int32Array.from(options.indices ?? { length: xy1.length / 2 }, (v, i) => v ?? i)
}

/**
 * The covariance of a matrix known up to scale, as that of its nine entries at unit norm: variance · D (JᵀJ)⁻¹ Dᵀ, of rank d.
 *
 * @param M the matrix
 * @param D dM/dparameter, nine numbers each of d parameters
 * @param JtJ of the d parameters, for residuals of that variance; overwritten
 * @returns 9 × 9, row-major; undefined where the residuals do not determine the parameters
 */
export function entriesCovariance(
  M: Float64Array,
  D: Float64Array,
  JtJ: Float64Array,
  variance: number,
): Float64Array | undefined {
  const d = D.length / 9
  if (!isDetermined(JtJ, d)) return undefined
  const inverse = choleskyInverse(JtJ, d)
  const T = tangentsAtUnitNorm(M, D)
  const C = new Float64Array(81)
  for (let a = 0; a < d; a++) {
    for (let b = 0; b < d; b++) {
      const c = variance * inverse[d * a + b]
      for (let r = 0; r < 9; r++) for (let k = 0; k < 9; k++) C[9 * r + k] += c * T[9 * a + r] * T[9 * b + k]
    }
  }
  return C.every(Number.isFinite) ? C : undefined
}

/** The derivatives of M/‖M‖. */
function tangentsAtUnitNorm(M: Float64Array, D: Float64Array): Float64Array {
  let square = 0
  for (const m of M) square += m * m
  return D.map((v, at) => {
    const k = at % 9
    let along = 0
    for (let j = 0; j < 9; j++) along += M[j] * D[at - k + j]
    return (v - (along * M[k]) / square) / Math.sqrt(square)
  })
}

/** Factors JᵀJ in place; false where a pivot is rounding noise. */
function isDetermined(JtJ: Float64Array, d: number): boolean {
  const diagonal = Array.from({ length: d }, (_, k) => JtJ[(d + 1) * k])
  if (!choleskyFactor(JtJ, d)) return false
  return diagonal.every((size, k) => JtJ[(d + 1) * k] * JtJ[(d + 1) * k] > 1e-13 * size)
}
