import { nullSpace } from '../math/null-space.js'
import { svd3 } from '../math/svd3.js'
import { normalizedEpipolarRows } from './epipolar-rows.js'
import { type NullVectorReport, scratchMatrix, smallestSingularVector } from './linear-system.js'
import { denormalizeForm, type Normalization, normalization, normalizeScale } from './normalize.js'

/**
 * The eight-point algorithm, for fundamental and for essential matrices.
 *
 * Problem: minimise Σ (x2ᵀ M x1)² over unit M, then take the nearest matrix of rank two (fundamental) or with singular
 * values (σ, σ, 0) (essential).
 * Method: Longuet-Higgins (Nature 1981); Hartley, "In defense of the eight-point algorithm" (PAMI 1997): points are
 * normalised first. The essential projection is done in the coordinates given (calibrated), the rank-two projection in
 * the normalised ones.
 * Preconditions: eight pairs or more. Points on a plane, on a ruled quadric through both centres (Krames' "gefährlicher
 * Ort"), or a pure rotation leave a larger null space: no solution.
 * Solutions: one.
 */

/** Second smallest singular value (relative) below which the linear solution is not unique. */
const UNIQUE = 1e-9

const report: NullVectorReport = { residual: 0, gap: 0 }
const T1: Normalization = { cx: 0, cy: 0, scale: 1 }
const T2: Normalization = { cx: 0, cy: 0, scale: 1 }
const vector = new Float64Array(9)
const factors = { U: new Float64Array(9), S: new Float64Array(3), V: new Float64Array(9) }

/** M before any projection, in normalised points. */
function linearForm(xy1: Float64Array, xy2: Float64Array, sample: Int32Array): boolean {
  const n = sample.length
  if (n < 8 || !normalization(xy1, sample, T1) || !normalization(xy2, sample, T2)) return false
  const A = scratchMatrix(9 * Math.max(n, 9))
  normalizedEpipolarRows(A, xy1, xy2, sample, T1, T2)
  if (n === 8) return nullSpace(A, 8, 9, vector)
  smallestSingularVector(A, n, 9, vector, report)
  return report.gap > UNIQUE
}

/** U diag(s₀, s₁, 0) Vᵀ with the singular values as they are. */
function project(): void {
  const { U, S, V } = factors
  for (let r = 0; r < 3; r++) {
    for (let c = 0; c < 3; c++) vector[3 * r + c] = U[3 * r] * S[0] * V[3 * c] + U[3 * r + 1] * S[1] * V[3 * c + 1]
  }
}

function write(models: Float64Array): number {
  if (!normalizeScale(vector, 0)) return 0
  for (let k = 0; k < 9; k++) models[k] = vector[k]
  return 1
}

/**
 * @param xy1 pixels in image 1, x y x y …
 * @param xy2 the same in image 2
 * @param sample eight or more indices of pairs
 * @param models written: nine numbers, row-major, Frobenius norm 1, rank two
 * @returns 1, or 0 for degenerate pairs
 */
export function fundamentalEightPoint(
  xy1: Float64Array,
  xy2: Float64Array,
  sample: Int32Array,
  models: Float64Array,
): number {
  if (!linearForm(xy1, xy2, sample)) return 0
  svd3(vector, factors)
  if (!(factors.S[1] > 0)) return 0
  project()
  denormalizeForm(vector, 0, T1, T2)
  return write(models)
}

/**
 * @param xy1 normalised camera coordinates in image 1, x y x y …
 * @param xy2 the same in image 2
 * @param sample eight or more indices of pairs
 * @param models written: nine numbers, row-major, Frobenius norm 1, singular values (σ, σ, 0)
 * @returns 1, or 0 for degenerate pairs
 */
export function essentialEightPoint(
  xy1: Float64Array,
  xy2: Float64Array,
  sample: Int32Array,
  models: Float64Array,
): number {
  if (!linearForm(xy1, xy2, sample)) return 0
  denormalizeForm(vector, 0, T1, T2)
  svd3(vector, factors)
  if (!(factors.S[1] > 0)) return 0
  factors.S[0] = 1
  factors.S[1] = 1
  project()
  return write(models)
}
