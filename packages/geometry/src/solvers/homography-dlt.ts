import { type NullVectorReport, scratchMatrix, smallestSingularVector } from './linear-system.js'
import { denormalizeMap, type Normalization, normalization, normalizeScale } from './normalize.js'

/**
 * The homography of many correspondences, linearly.
 *
 * Problem: minimise Σ ‖x2 × H x1‖² (two rows a pair) over unit H.
 * Method: the direct linear transform with normalised points; Hartley & Zisserman, algorithm 4.2.
 * Preconditions: four pairs or more, at least four with no three on a line.
 * Solutions: one.
 */

/** Second smallest singular value (relative) below which the linear solution is not unique. */
const UNIQUE = 1e-9

const report: NullVectorReport = { residual: 0, gap: 0 }
const T1: Normalization = { cx: 0, cy: 0, scale: 1 }
const T2: Normalization = { cx: 0, cy: 0, scale: 1 }
const vector = new Float64Array(9)

/**
 * @param xy1 points in image 1, x y x y …
 * @param xy2 the same in image 2
 * @param sample four or more indices of pairs
 * @param models written: H, nine numbers row-major, Frobenius norm 1, third coordinate positive at the first pair
 * @returns 1, or 0 for degenerate pairs
 */
export function homographyDlt(xy1: Float64Array, xy2: Float64Array, sample: Int32Array, models: Float64Array): number {
  const n = sample.length
  if (n < 4 || !normalization(xy1, sample, T1) || !normalization(xy2, sample, T2)) return 0
  const rows = Math.max(2 * n, 9)
  const A = scratchMatrix(9 * rows)
  A.fill(0, 0, 9 * rows)
  for (let i = 0; i < n; i++) {
    const k = 2 * sample[i]
    const x = T1.scale * (xy1[k] - T1.cx)
    const y = T1.scale * (xy1[k + 1] - T1.cy)
    const u = T2.scale * (xy2[k] - T2.cx)
    const v = T2.scale * (xy2[k + 1] - T2.cy)
    const r = 18 * i
    A[r] = x
    A[r + 1] = y
    A[r + 2] = 1
    A[r + 6] = -u * x
    A[r + 7] = -u * y
    A[r + 8] = -u
    A[r + 12] = x
    A[r + 13] = y
    A[r + 14] = 1
    A[r + 15] = -v * x
    A[r + 16] = -v * y
    A[r + 17] = -v
  }
  smallestSingularVector(A, rows, 9, vector, report)
  if (!(report.gap > UNIQUE)) return 0
  denormalizeMap(vector, 0, T1, T2)
  if (!normalizeScale(vector, 0)) return 0
  const k = 2 * sample[0]
  const sign = vector[6] * xy1[k] + vector[7] * xy1[k + 1] + vector[8] < 0 ? -1 : 1
  for (let i = 0; i < 9; i++) models[i] = sign * vector[i]
  return 1
}
