/**
 * Distances of correspondences from an epipolar geometry x2ᵀ M x1 = 0: M essential with normalised coordinates, or
 * fundamental with pixels. Hartley & Zisserman, section 11.4. All take points as x y x y … and give one number a pair, in
 * the unit of the coordinates (algebraic: in that unit squared times the scale of M). Where a residual is not defined (a
 * point on its epipole) it is infinite, never NaN.
 */

/** x2ᵀ M x1, signed: the triple product of the two rays and the baseline. */
export function algebraicErrors(
  M: Float64Array,
  xy1: Float64Array,
  xy2: Float64Array,
  out: Float64Array = new Float64Array(xy1.length / 2),
): Float64Array {
  for (let i = 0; i < out.length; i++) {
    const x1 = xy1[2 * i]
    const y1 = xy1[2 * i + 1]
    const x2 = xy2[2 * i]
    const y2 = xy2[2 * i + 1]
    out[i] = x2 * (M[0] * x1 + M[1] * y1 + M[2]) + y2 * (M[3] * x1 + M[4] * y1 + M[5]) + (M[6] * x1 + M[7] * y1 + M[8])
  }
  return out
}

/** Sampson's first-order geometric error (both points share it; equation 11.9), as a distance. */
export function sampsonErrors(
  M: Float64Array,
  xy1: Float64Array,
  xy2: Float64Array,
  out: Float64Array = new Float64Array(xy1.length / 2),
): Float64Array {
  sampsonSquaredErrors(M, xy1, xy2, out)
  for (let i = 0; i < out.length; i++) out[i] = Math.sqrt(out[i])
  return out
}

/** The square of the Sampson error. */
export function sampsonSquaredErrors(
  M: Float64Array,
  xy1: Float64Array,
  xy2: Float64Array,
  out: Float64Array = new Float64Array(xy1.length / 2),
): Float64Array {
  return perGradients(M, xy1, xy2, out, (c, g1, g2) => (c * c) / (g1 + g2))
}

/** Root mean square of the distances of both points from their epipolar lines (equation 11.10 over two). */
export function symmetricEpipolarErrors(
  M: Float64Array,
  xy1: Float64Array,
  xy2: Float64Array,
  out: Float64Array = new Float64Array(xy1.length / 2),
): Float64Array {
  return perGradients(M, xy1, xy2, out, (c, g1, g2) => Math.abs(c) * Math.sqrt(0.5 * (1 / g1 + 1 / g2)))
}

/** Distance of the point in image 2 from the epipolar line M x1. */
export function epipolarDistances2(
  M: Float64Array,
  xy1: Float64Array,
  xy2: Float64Array,
  out: Float64Array = new Float64Array(xy1.length / 2),
): Float64Array {
  return perGradients(M, xy1, xy2, out, (c, _g1, g2) => Math.abs(c) / Math.sqrt(g2))
}

/** `error(c, g1, g2)` of every pair: c = x2ᵀ M x1 and its squared gradients by the points of image 1 and 2. */
function perGradients(
  M: Float64Array,
  xy1: Float64Array,
  xy2: Float64Array,
  out: Float64Array,
  error: (c: number, g1: number, g2: number) => number,
): Float64Array {
  for (let i = 0; i < out.length; i++) {
    const x1 = xy1[2 * i]
    const y1 = xy1[2 * i + 1]
    const x2 = xy2[2 * i]
    const y2 = xy2[2 * i + 1]
    const u0 = M[0] * x1 + M[1] * y1 + M[2]
    const u1 = M[3] * x1 + M[4] * y1 + M[5]
    const v0 = M[0] * x2 + M[3] * y2 + M[6]
    const v1 = M[1] * x2 + M[4] * y2 + M[7]
    const e = error(x2 * u0 + y2 * u1 + M[6] * x1 + M[7] * y1 + M[8], v0 * v0 + v1 * v1, u0 * u0 + u1 * u1)
    out[i] = Number.isNaN(e) ? Number.POSITIVE_INFINITY : e
  }
  return out
}
