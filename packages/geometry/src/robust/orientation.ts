/**
 * The oriented epipolar constraint: for points in front of both cameras (or behind both), λ₂ e₂ × x2 = λ₁ M x1 with
 * λ₁ λ₂ > 0, so (e₂ × x2) · (M x1) has one sign for all pairs. Most models of samples with outliers fail it, which is much
 * cheaper to see than their score. Chum, Werner, Matas, "Epipolar geometry estimation via RANSAC benefits from the oriented
 * epipolar constraint" (ICPR 2004).
 *
 * @param M essential with normalised coordinates, or fundamental with pixels
 * @returns false when two pairs of the sample disagree
 */
export function isOriented(M: Float64Array, xy1: Float64Array, xy2: Float64Array, sample: Int32Array): boolean {
  // e₂ᵀ M = 0: orthogonal to two columns; the longest of their cross products.
  let ex = 0
  let ey = 0
  let ez = 0
  let best = 0
  for (let c = 0; c < 3; c++) {
    const d = c === 2 ? 0 : c + 1
    const x = M[3 + c] * M[6 + d] - M[6 + c] * M[3 + d]
    const y = M[6 + c] * M[d] - M[c] * M[6 + d]
    const z = M[c] * M[3 + d] - M[3 + c] * M[d]
    const square = x * x + y * y + z * z
    if (!(square > best)) continue
    best = square
    ex = x
    ey = y
    ez = z
  }
  let positive = 0
  let negative = 0
  for (let i = 0; i < sample.length; i++) {
    const k = 2 * sample[i]
    const x1 = xy1[k]
    const y1 = xy1[k + 1]
    const x2 = xy2[k]
    const y2 = xy2[k + 1]
    const sign =
      (ey - ez * y2) * (M[0] * x1 + M[1] * y1 + M[2]) +
      (ez * x2 - ex) * (M[3] * x1 + M[4] * y1 + M[5]) +
      (ex * y2 - ey * x2) * (M[6] * x1 + M[7] * y1 + M[8])
    if (sign > 0) positive++
    else negative++
    if (positive > 0 && negative > 0) return false
  }
  return true
}
