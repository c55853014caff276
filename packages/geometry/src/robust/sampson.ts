/**
 * The Sampson distance of correspondences from an epipolar geometry, in bulk, and its least-squares refinement. Shared by
 * the essential and the fundamental estimator.
 *
 * r = x2ᵀ M x1 / √(w₂ (u₀² + u₁²) + w₁ (v₀² + v₁²)), u = M x1, v = Mᵀ x2: to first order the distance by which the pair
 * must be moved (both points together) to fulfil x2ᵀ M x1 = 0. Sampson (CVGIP 1982); Hartley & Zisserman, 11.4.3. The
 * weights are the squared sizes of a coordinate unit: with normalised coordinates and w = 1/f², r is in pixels.
 */

/** r² of the pairs subset[begin … end) into out[begin … end). */
export function sampsonSquares(
  M: Float64Array,
  xy1: Float64Array,
  xy2: Float64Array,
  w1: number,
  w2: number,
  subset: Int32Array,
  begin: number,
  end: number,
  out: Float64Array,
): void {
  const m0 = M[0]
  const m1 = M[1]
  const m2 = M[2]
  const m3 = M[3]
  const m4 = M[4]
  const m5 = M[5]
  const m6 = M[6]
  const m7 = M[7]
  const m8 = M[8]
  for (let i = begin; i < end; i++) {
    const k = 2 * subset[i]
    const x1 = xy1[k]
    const y1 = xy1[k + 1]
    const x2 = xy2[k]
    const y2 = xy2[k + 1]
    const u0 = m0 * x1 + m1 * y1 + m2
    const u1 = m3 * x1 + m4 * y1 + m5
    const u2 = m6 * x1 + m7 * y1 + m8
    const v0 = m0 * x2 + m3 * y2 + m6
    const v1 = m1 * x2 + m4 * y2 + m7
    const c = x2 * u0 + y2 * u1 + u2
    out[i] = (c * c) / (w2 * (u0 * u0 + u1 * u1) + w1 * (v0 * v0 + v1 * v1))
  }
}

/** Σ r² of the pairs of a subset. */
export function sampsonCost(
  M: Float64Array,
  xy1: Float64Array,
  xy2: Float64Array,
  w1: number,
  w2: number,
  subset: Int32Array,
): number {
  const m0 = M[0]
  const m1 = M[1]
  const m2 = M[2]
  const m3 = M[3]
  const m4 = M[4]
  const m5 = M[5]
  const m6 = M[6]
  const m7 = M[7]
  const m8 = M[8]
  let sum = 0
  for (let i = 0; i < subset.length; i++) {
    const k = 2 * subset[i]
    const x1 = xy1[k]
    const y1 = xy1[k + 1]
    const x2 = xy2[k]
    const y2 = xy2[k + 1]
    const u0 = m0 * x1 + m1 * y1 + m2
    const u1 = m3 * x1 + m4 * y1 + m5
    const v0 = m0 * x2 + m3 * y2 + m6
    const v1 = m1 * x2 + m4 * y2 + m7
    const c = x2 * u0 + y2 * u1 + m6 * x1 + m7 * y1 + m8
    sum += (c * c) / (w2 * (u0 * u0 + u1 * u1) + w1 * (v0 * v0 + v1 * v1))
  }
  return sum
}

const gradient = new Float64Array(9)
const row = new Float64Array(8)

/**
 * Adds JᵀJ (lower triangle) and Jᵀr of the subset's residuals for `dimension` ≤ 8 parameters.
 *
 * @param D dM/dparameter, nine numbers each
 * @returns Σ r²
 */
export function sampsonNormalEquations(
  M: Float64Array,
  D: Float64Array,
  dimension: number,
  xy1: Float64Array,
  xy2: Float64Array,
  w1: number,
  w2: number,
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
    const u0 = M[0] * x1 + M[1] * y1 + M[2]
    const u1 = M[3] * x1 + M[4] * y1 + M[5]
    const v0 = M[0] * x2 + M[3] * y2 + M[6]
    const v1 = M[1] * x2 + M[4] * y2 + M[7]
    const c = x2 * u0 + y2 * u1 + M[6] * x1 + M[7] * y1 + M[8]
    const G = w2 * (u0 * u0 + u1 * u1) + w1 * (v0 * v0 + v1 * v1)
    if (!(G > 0)) continue
    const s = 1 / Math.sqrt(G)
    const q = c / G
    const r = c * s
    // dr/dM = (x2 x1ᵀ − (c/G) (w₂ u x1ᵀ, rows 0 1; w₁ x2 vᵀ, columns 0 1)) / √G
    const a0 = s * (x2 - q * w2 * u0)
    const a1 = s * (y2 - q * w2 * u1)
    const b0 = s * q * w1 * v0
    const b1 = s * q * w1 * v1
    gradient[0] = a0 * x1 - b0 * x2
    gradient[1] = a0 * y1 - b1 * x2
    gradient[2] = a0
    gradient[3] = a1 * x1 - b0 * y2
    gradient[4] = a1 * y1 - b1 * y2
    gradient[5] = a1
    gradient[6] = s * x1 - b0
    gradient[7] = s * y1 - b1
    gradient[8] = s
    for (let p = 0; p < dimension; p++) {
      const d = 9 * p
      const g =
        gradient[0] * D[d] +
        gradient[1] * D[d + 1] +
        gradient[2] * D[d + 2] +
        gradient[3] * D[d + 3] +
        gradient[4] * D[d + 4] +
        gradient[5] * D[d + 5] +
        gradient[6] * D[d + 6] +
        gradient[7] * D[d + 7] +
        gradient[8] * D[d + 8]
      row[p] = g
      Jtr[p] += g * r
      const at = p * dimension
      for (let l = 0; l <= p; l++) JtJ[at + l] += g * row[l]
    }
    sum += r * r
  }
  return sum
}
