import { mat3Determinant } from '../math/mat3.js'
import { nullSpace } from '../math/null-space.js'
import { cubicRoots } from '../math/polynomial.js'
import { epipolarRow } from './essential-five-point.js'
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
const roots = new Float64Array(3)
const T1: Normalization = { cx: 0, cy: 0, scale: 1 }
const T2: Normalization = { cx: 0, cy: 0, scale: 1 }

/** Cofactors of the 3×3 matrix at `at` of the basis: d det / d entry. */
function cofactorsOf(at: number): void {
  const [a, b, c] = [basis[at], basis[at + 1], basis[at + 2]]
  const [d, e, f] = [basis[at + 3], basis[at + 4], basis[at + 5]]
  const [g, h, i] = [basis[at + 6], basis[at + 7], basis[at + 8]]
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

const firstMatrix = basis.subarray(0, 9)
const secondMatrix = basis.subarray(9, 18)

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
  for (let i = 0; i < 7; i++) {
    const k = 2 * sample[i]
    epipolarRow(
      equations,
      9 * i,
      T1.scale * (xy1[k] - T1.cx),
      T1.scale * (xy1[k + 1] - T1.cy),
      T2.scale * (xy2[k] - T2.cx),
      T2.scale * (xy2[k + 1] - T2.cy),
    )
  }
  if (!nullSpace(equations, 7, 9, basis)) return 0
  // det(α F₁ + β F₂) = c₃ α³ + c₂ α² β + c₁ α β² + c₀ β³
  cofactorsOf(0)
  cofactorsOf(9)
  const c3 = mat3Determinant(firstMatrix)
  const c0 = mat3Determinant(secondMatrix)
  let c2 = 0
  let c1 = 0
  for (let k = 0; k < 9; k++) {
    c2 += cofactors[k] * basis[9 + k]
    c1 += cofactors[9 + k] * basis[k]
  }
  // Solve for the ratio whose leading coefficient is larger, so that no root runs away to infinity.
  const swapped = Math.abs(c3) < Math.abs(c0)
  const count = swapped ? cubicRoots(c0, c1, c2, c3, roots) : cubicRoots(c3, c2, c1, c0, roots)
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
