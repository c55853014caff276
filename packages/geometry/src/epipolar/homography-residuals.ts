import { mat3Inverse } from '../math/mat3.js'
import type { Numbers } from '../math/vec3.js'

/**
 * Problem: how far correspondences are from a homography (nine numbers, row-major). All take points as x y x y …, in any unit, and
 * give one number a pair, in that unit.
 * Equation: x₂ ∼ H x₁. Transfer: ‖x₂ − H x₁‖. Sampson: √(cᵀ (J Jᵀ)⁻¹ c) with c = (x₂ w − p, y₂ w − q), (p, q, w) = H x₁ and
 * J = ∂c/∂(x₁, y₁, x₂, y₂).
 * Source: Hartley and Zisserman, sections 4.2.2, 4.2.6; Chum, Pajdla, Sturm, "The geometric error for homographies" (CVIU 2005).
 * Preconditions: none; where a residual is not defined (a point on the horizon) it is infinite, never NaN.
 * Solutions: one.
 */

/** Distances in image 2 between H x1 and x2, one a pair. */
export function transferErrors(
  H: Numbers,
  xy1: Float64Array,
  xy2: Float64Array,
  out: Float64Array = new Float64Array(xy1.length / 2),
): Float64Array {
  for (let i = 0; i < out.length; i++) {
    const x = xy1[2 * i]
    const y = xy1[2 * i + 1]
    const w = H[6] * x + H[7] * y + H[8]
    const dx = (H[0] * x + H[1] * y + H[2]) / w - xy2[2 * i]
    const dy = (H[3] * x + H[4] * y + H[5]) / w - xy2[2 * i + 1]
    const r = Math.sqrt(dx * dx + dy * dy)
    out[i] = Number.isNaN(r) ? Number.POSITIVE_INFINITY : r
  }
  return out
}

/**
 * Root mean square of the transfer errors both ways, H x1 ↔ x2 and x1 ↔ H⁻¹ x2, one a pair; infinite throughout for a
 * singular H.
 */
export function symmetricTransferErrors(
  H: Numbers,
  xy1: Float64Array,
  xy2: Float64Array,
  out: Float64Array = new Float64Array(xy1.length / 2),
): Float64Array {
  const inverse = mat3Inverse(H)
  if (inverse === undefined) return out.fill(Number.POSITIVE_INFINITY)
  const back = transferErrors(inverse, xy2, xy1)
  transferErrors(H, xy1, xy2, out)
  for (let i = 0; i < out.length; i++) out[i] = Math.sqrt(0.5 * (out[i] * out[i] + back[i] * back[i]))
  return out
}

/**
 * Sampson's first-order distances of pairs from x2 ~ H x1, both points sharing the error, one a pair; whatever the sign of H, and on
 * either side of the horizon. See `homographySquares`.
 */
export function homographySampsonErrors(
  H: Numbers,
  xy1: Float64Array,
  xy2: Float64Array,
  out: Float64Array = new Float64Array(xy1.length / 2),
): Float64Array {
  const all = Int32Array.from({ length: out.length }, (_, i) => i)
  homographySquares(H, xy1, xy2, all, 0, out.length, out, false)
  for (let i = 0; i < out.length; i++) out[i] = out[i] >= 0 ? Math.sqrt(out[i]) : Number.POSITIVE_INFINITY
  return out
}

/**
 * Squared Sampson distances of the pairs subset[begin … end) from x2 ~ H x1 into out[begin … end): cᵀ (J Jᵀ)⁻¹ c with
 * c = (x2 w − p, y2 w − q), (p, q, w) = H x1, and J = dc/d(x1, y1, x2, y2). Hartley & Zisserman, section 4.2.6; Chum,
 * Pajdla, Sturm (CVIU 2005). Allocates nothing.
 *
 * @param oriented pairs whose mapped point has a third coordinate that is not positive are infinitely far: with H in the sign of a
 *   pair that both cameras see in front of them, no camera sees those
 */
export function homographySquares(
  H: Numbers,
  xy1: Float64Array,
  xy2: Float64Array,
  subset: Int32Array,
  begin: number,
  end: number,
  out: Float64Array,
  oriented = true,
): void {
  const h0 = H[0]
  const h1 = H[1]
  const h2 = H[2]
  const h3 = H[3]
  const h4 = H[4]
  const h5 = H[5]
  const h6 = H[6]
  const h7 = H[7]
  const h8 = H[8]
  for (let i = begin; i < end; i++) {
    const k = 2 * subset[i]
    const x1 = xy1[k]
    const y1 = xy1[k + 1]
    const x2 = xy2[k]
    const y2 = xy2[k + 1]
    const w = h6 * x1 + h7 * y1 + h8
    const c0 = x2 * w - (h0 * x1 + h1 * y1 + h2)
    const c1 = y2 * w - (h3 * x1 + h4 * y1 + h5)
    const a0 = x2 * h6 - h0
    const a1 = x2 * h7 - h1
    const b0 = y2 * h6 - h3
    const b1 = y2 * h7 - h4
    const m00 = a0 * a0 + a1 * a1 + w * w
    const m11 = b0 * b0 + b1 * b1 + w * w
    const m01 = a0 * b0 + a1 * b1
    const square = (m11 * c0 * c0 - 2 * m01 * c0 * c1 + m00 * c1 * c1) / (m00 * m11 - m01 * m01)
    out[i] = w > 0 || !oriented ? square : Number.POSITIVE_INFINITY
  }
}

const row = new Float64Array(16)

/**
 * Adds JᵀJ (lower triangle) and Jᵀr of the subset's Sampson residuals for the eight entries of H other than `fixed`. The residuals are
 * L⁻¹ c with L Lᵀ = J Jᵀ, whose change with H is of second order and left out.
 *
 * @returns Σ r²
 */
export function homographyNormalEquations(
  H: Float64Array,
  fixed: number,
  xy1: Float64Array,
  xy2: Float64Array,
  subset: Int32Array,
  JtJ: Float64Array,
  Jtr: Float64Array,
): number {
  let sum = 0
  for (let i = 0; i < subset.length; i++) {
    const k = 2 * subset[i]
    const x1 = xy1[k]
    const y1 = xy1[k + 1]
    const x2 = xy2[k]
    const y2 = xy2[k + 1]
    const w = H[6] * x1 + H[7] * y1 + H[8]
    const c0 = x2 * w - (H[0] * x1 + H[1] * y1 + H[2])
    const c1 = y2 * w - (H[3] * x1 + H[4] * y1 + H[5])
    const a0 = x2 * H[6] - H[0]
    const a1 = x2 * H[7] - H[1]
    const b0 = y2 * H[6] - H[3]
    const b1 = y2 * H[7] - H[4]
    const l00 = Math.sqrt(a0 * a0 + a1 * a1 + w * w)
    const l10 = (a0 * b0 + a1 * b1) / l00
    const l11 = Math.sqrt(b0 * b0 + b1 * b1 + w * w - l10 * l10)
    if (!(l00 > 0 && l11 > 0)) continue
    const r0 = c0 / l00
    const r1 = (c1 - l10 * r0) / l11
    sum += r0 * r0 + r1 * r1
    writeRows(fixed, x1, y1, x2, y2, 1 / l00, l10 / (l00 * l11), 1 / l11)
    accumulate(r0, r1, JtJ, Jtr)
  }
  return sum
}

/** Rows of L⁻¹ dc/dH, without the fixed entry. */
function writeRows(
  fixed: number,
  x1: number,
  y1: number,
  x2: number,
  y2: number,
  p: number,
  q: number,
  s: number,
): void {
  let at = 0
  for (let k = 0; k < 9; k++) {
    if (k === fixed) continue
    const j = k % 3
    const x = j === 0 ? x1 : j === 1 ? y1 : 1
    const d0 = k < 3 ? -x : k < 6 ? 0 : x2 * x
    const d1 = k < 3 ? 0 : k < 6 ? -x : y2 * x
    row[at] = p * d0
    row[8 + at] = s * d1 - q * d0
    at++
  }
}

function accumulate(r0: number, r1: number, JtJ: Float64Array, Jtr: Float64Array): void {
  for (let p = 0; p < 8; p++) {
    const u = row[p]
    const v = row[8 + p]
    Jtr[p] += u * r0 + v * r1
    for (let l = 0; l <= p; l++) JtJ[8 * p + l] += u * row[l] + v * row[8 + l]
  }
}
