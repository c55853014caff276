import { normalizeScale } from './normalize.js'

/**
 * The homography through four correspondences.
 *
 * Problem: x2 ~ H x1 for four pairs.
 * Method: Both quadruples are images of the projective basis e₁, e₂, e₃, e₁ + e₂ + e₃ (Semple & Kneebone, "Algebraic
 * projective geometry", 1952; Hartley & Zisserman, section 2.3): H = B A⁻¹ in closed form. Points are taken relative to
 * the first one, and to the spread of each quadruple, so nothing cancels.
 * Preconditions: no three of the four on one line, in either image.
 * Solutions: one; none when the orientation of some three points differs from that of the others between the images, which
 * no camera in front of a plane can produce (Chum, Werner, Matas, "Epipolar geometry estimation via RANSAC benefits from
 * the oriented epipolar constraint", ICPR 2004).
 */

/** Twice a triangle's area relative to the squared extent below which three points count as collinear. */
const COLLINEAR = 1e-10

const from = new Float64Array(8)
const to = new Float64Array(8)
/** Weights of the three basis points: (p₁, p₂, p₃) w = p₄. */
const fromWeights = new Float64Array(4)
const toWeights = new Float64Array(4)

/** Offsets from the first point, scaled to magnitude one; returns that scale, or 0. */
function relative(xy: Float64Array, sample: Int32Array, out: Float64Array): number {
  const x0 = xy[2 * sample[0]]
  const y0 = xy[2 * sample[0] + 1]
  let extent = 0
  for (let i = 0; i < 4; i++) {
    const k = 2 * sample[i]
    out[2 * i] = xy[k] - x0
    out[2 * i + 1] = xy[k + 1] - y0
    extent = Math.max(extent, Math.abs(out[2 * i]), Math.abs(out[2 * i + 1]))
  }
  const scale = 1 / extent
  if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) return 0
  for (let i = 2; i < 8; i++) out[i] *= scale
  return scale
}

/** Signed areas: of the triangle 0 1 2 (last), and of it with each corner replaced by point 3. */
function areas(p: Float64Array, out: Float64Array): boolean {
  const x1 = p[2]
  const y1 = p[3]
  const x2 = p[4]
  const y2 = p[5]
  const x3 = p[6]
  const y3 = p[7]
  out[3] = x1 * y2 - x2 * y1
  out[1] = x3 * y2 - x2 * y3
  out[2] = x1 * y3 - x3 * y1
  out[0] = out[3] - out[1] - out[2]
  for (let k = 0; k < 4; k++) if (!(Math.abs(out[k]) > COLLINEAR)) return false
  return true
}

/**
 * @param xy1 points in image 1, x y x y …
 * @param xy2 the same in image 2
 * @param sample four indices of pairs
 * @param models written: H, nine numbers row-major, Frobenius norm 1, positive third coordinate at the sample's points
 * @returns 1, or 0 for degenerate or mirrored samples
 */
export function homographyFourPoint(
  xy1: Float64Array,
  xy2: Float64Array,
  sample: Int32Array,
  models: Float64Array,
): number {
  const scale1 = relative(xy1, sample, from)
  const scale2 = relative(xy2, sample, to)
  if (scale1 === 0 || scale2 === 0) return 0
  if (!areas(from, fromWeights) || !areas(to, toWeights)) return 0
  // The depths of the four points up to a common factor: all of one sign, or the plane would cut the image plane between.
  const d0 = toWeights[0] / fromWeights[0]
  const d1 = toWeights[1] / fromWeights[1]
  const d2 = toWeights[2] / fromWeights[2]
  const d3 = toWeights[3] / fromWeights[3]
  if (d0 > 0 !== d1 > 0 || d0 > 0 !== d2 > 0 || d0 > 0 !== d3 > 0) return 0
  // H = Σ dᵢ (xᵢ' yᵢ' 1)ᵀ · row i of adj(x₀ x₁ x₂); point 0 is the origin on both sides.
  const x1 = from[2]
  const y1 = from[3]
  const x2 = from[4]
  const y2 = from[5]
  const u1 = to[2]
  const v1 = to[3]
  const u2 = to[4]
  const v2 = to[5]
  const sign = fromWeights[3] * d3 < 0 ? -1 : 1
  const a0 = sign * d0 * (y1 - y2)
  const b0 = sign * d0 * (x2 - x1)
  const c0 = sign * d0 * fromWeights[3]
  const a1 = sign * d1 * y2
  const b1 = sign * -d1 * x2
  const a2 = sign * -d2 * y1
  const b2 = sign * d2 * x1
  const h0 = u1 * a1 + u2 * a2
  const h1 = u1 * b1 + u2 * b2
  const h3 = v1 * a1 + v2 * a2
  const h4 = v1 * b1 + v2 * b2
  const h6 = a0 + a1 + a2
  const h7 = b0 + b1 + b2
  const h8 = c0
  // Undo the scales and the shifts: x̂ = scale (x − x₀).
  const px = xy1[2 * sample[0]]
  const py = xy1[2 * sample[0] + 1]
  const qx = xy2[2 * sample[0]]
  const qy = xy2[2 * sample[0] + 1]
  const back = 1 / scale2
  const g6 = h6 * scale1
  const g7 = h7 * scale1
  const g8 = h8 - (g6 * px + g7 * py)
  const f0 = back * h0 * scale1
  const f1 = back * h1 * scale1
  const f3 = back * h3 * scale1
  const f4 = back * h4 * scale1
  models[0] = f0 + qx * g6
  models[1] = f1 + qx * g7
  models[2] = -(f0 * px + f1 * py) + qx * g8
  models[3] = f3 + qy * g6
  models[4] = f4 + qy * g7
  models[5] = -(f3 * px + f4 * py) + qy * g8
  models[6] = g6
  models[7] = g7
  models[8] = g8
  return normalizeScale(models, 0) ? 1 : 0
}
