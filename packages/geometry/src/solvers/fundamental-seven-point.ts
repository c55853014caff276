import { nullSpace } from '../math/null-space.js'
import { realRoots } from '../math/sturm.js'
import { normalizedEpipolarRows } from './epipolar-rows.js'
import { denormalizeForm, type Normalization, normalization, normalizeScale } from './normalize.js'

/**
 * Fundamental matrices through seven correspondences.
 *
 * Problem: x2ᵀ F x1 = 0 for seven pairs, and det F = 0.
 * Method: Hartley & Zisserman, "Multiple View Geometry" (2003), section 11.1.2: the null space has two dimensions, the
 * determinant on it is a cubic.
 * Preconditions: seven pairs in general position; six or more on a plane leave a family of solutions.
 * Solutions: one or three.
 */

/** Numbers a caller must leave for the models. */
export const FUNDAMENTAL_SEVEN_POINT_SOLUTIONS = 3

const equations = new Float64Array(7 * 9)
const basis = new Float64Array(2 * 9)
const cofactors = new Float64Array(18)
const cubic = new Float64Array(4)
const roots = new Float64Array(3)
const T1: Normalization = { cx: 0, cy: 0, scale: 1 }
const T2: Normalization = { cx: 0, cy: 0, scale: 1 }

/** Cofactors of the 3×3 matrix at `at` of the basis: d det / d entry. */
function cofactorsOf(at: number): void {
  const a = basis[at]
  const b = basis[at + 1]
  const c = basis[at + 2]
  const d = basis[at + 3]
  const e = basis[at + 4]
  const f = basis[at + 5]
  const g = basis[at + 6]
  const h = basis[at + 7]
  const i = basis[at + 8]
  cofactors[at] = e * i - f * h
  cofactors[at + 1] = f * g - d * i
  cofactors[at + 2] = d * h - e * g
  cofactors[at + 3] = c * h - b * i
  cofactors[at + 4] = a * i - c * g
  cofactors[at + 5] = b * g - a * h
  cofactors[at + 6] = b * f - c * e
  cofactors[at + 7] = c * d - a * f
  cofactors[at + 8] = a * e - b * d
}

/**
 * @param xy1 pixels in image 1, x y x y …
 * @param xy2 the same in image 2
 * @param sample seven indices of pairs
 * @param models written: nine numbers a solution, row-major, Frobenius norm 1
 * @returns how many solutions were written
 */
export function fundamentalSevenPoint(
  xy1: Float64Array,
  xy2: Float64Array,
  sample: Int32Array,
  models: Float64Array,
): number {
  if (!normalization(xy1, sample, T1) || !normalization(xy2, sample, T2)) return 0
  normalizedEpipolarRows(equations, xy1, xy2, sample, T1, T2)
  if (!nullSpace(equations, 7, 9, basis)) return 0
  // det(α F₁ + β F₂) = c₃ α³ + c₂ α² β + c₁ α β² + c₀ β³
  cofactorsOf(0)
  cofactorsOf(9)
  const c3 = basis[0] * cofactors[0] + basis[1] * cofactors[1] + basis[2] * cofactors[2]
  const c0 = basis[9] * cofactors[9] + basis[10] * cofactors[10] + basis[11] * cofactors[11]
  let c2 = 0
  let c1 = 0
  for (let k = 0; k < 9; k++) {
    c2 += cofactors[k] * basis[9 + k]
    c1 += cofactors[9 + k] * basis[k]
  }
  // Solve for the ratio whose leading coefficient is larger, so that no root runs away to infinity.
  const swapped = Math.abs(c3) < Math.abs(c0)
  cubic[0] = swapped ? c3 : c0
  cubic[1] = swapped ? c2 : c1
  cubic[2] = swapped ? c1 : c2
  cubic[3] = swapped ? c0 : c3
  const count = realRoots(cubic, 3, roots)
  let written = 0
  for (let k = 0; k < count; k++) {
    const alpha = swapped ? 1 : roots[k]
    const beta = swapped ? roots[k] : 1
    const at = 9 * written
    for (let i = 0; i < 9; i++) models[at + i] = alpha * basis[i] + beta * basis[9 + i]
    denormalizeForm(models, at, T1, T2)
    if (normalizeScale(models, at)) written++
  }
  return written
}
