import { svd } from '../math/svd.js'
import type { Numbers } from '../math/vec3.js'

/**
 * Intrinsics from the homographies of planes of known shape, in closed form.
 *
 * Problem: H_i = λ K [r₁ r₂ t]; with ω = K⁻ᵀ K⁻¹ the orthonormality of r₁ and r₂ gives h₁ᵀ ω h₂ = 0 and h₁ᵀ ω h₁ = h₂ᵀ ω h₂,
 * linear in ω. Zhang, "A flexible new technique for camera calibration" (PAMI 2000), section 3.1 and appendix B, with zero skew.
 * Preconditions: with the principal point known one view that is not parallel to the image; without, two views of
 * different directions.
 * Solutions: one.
 */
export type PlanarIntrinsics =
  | { readonly ok: true; readonly fx: number; readonly fy: number; readonly cx: number; readonly cy: number }
  | {
      readonly ok: false
      /**
       * `rank`: the views do not determine the intrinsics (planes all parallel, or parallel to the image); the value is the
       * second smallest singular value over the largest. `imaginary`: the best solution has no real focal length; the value
       * is the square of one, in units of the image's half size.
       */
      readonly reason: 'rank' | 'imaginary'
      readonly value: number
      readonly threshold: number
    }

/** Noise of real corners leaves 1e-3 or less where the views say nothing. */
const MIN_GAP = 1e-4

/**
 * @param homographies pixel from plane, nine numbers each, any scale
 * @param width pixels; scales the equations
 * @param height pixels
 * @param principalPoint known, pixels; else it is found too
 */
export function planarIntrinsics(
  homographies: readonly Numbers[],
  width: number,
  height: number,
  principalPoint?: readonly [number, number],
): PlanarIntrinsics {
  const [cx, cy] = principalPoint ?? [width / 2, height / 2]
  const size = (width + height) / 2
  const unknowns = principalPoint === undefined ? 5 : 3
  const rows = Math.max(2 * homographies.length, unknowns)
  const A = new Float64Array(rows * unknowns)
  for (const [i, H] of homographies.entries()) {
    const N = centred(H, cx, cy, size)
    writeProduct(N, 0, 1, 1, A, 2 * i * unknowns, unknowns)
    writeProduct(N, 0, 0, 1, A, (2 * i + 1) * unknowns, unknowns)
    writeProduct(N, 1, 1, -1, A, (2 * i + 1) * unknowns, unknowns)
  }
  const { S, V } = svd(A, rows, unknowns)
  const gap = S[unknowns - 2] / S[0]
  if (!(gap > MIN_GAP)) return { ok: false, reason: 'rank', value: gap || 0, threshold: MIN_GAP }
  // ω = [[a, 0, d], [0, b, e], [d, e, c]] up to scale, in coordinates of the image's half size about the centre.
  const [a, b, c, d = 0, e = 0] = Array.from({ length: unknowns }, (_, r) => V[r * unknowns + unknowns - 1])
  const [u, v] = [-d / a, -e / b]
  const lambda = c - a * u * u - b * v * v
  const [fx2, fy2] = [lambda / a, lambda / b]
  const smallest = Math.min(fx2, fy2)
  if (!(smallest > 0 && Number.isFinite(fx2 + fy2 + u + v))) {
    return { ok: false, reason: 'imaginary', value: smallest, threshold: 0 }
  }
  return { ok: true, fx: size * Math.sqrt(fx2), fy: size * Math.sqrt(fy2), cx: cx + size * u, cy: cy + size * v }
}

/** The homography in coordinates about (cx, cy) in units of `size`, its first two columns of about unit length. */
function centred(H: Numbers, cx: number, cy: number, size: number): Float64Array {
  const N = new Float64Array(9)
  for (let c = 0; c < 3; c++) {
    N[c] = (H[c] - cx * H[6 + c]) / size
    N[3 + c] = (H[3 + c] - cy * H[6 + c]) / size
    N[6 + c] = H[6 + c]
  }
  let square = 0
  for (let r = 0; r < 3; r++) square += N[3 * r] ** 2 + N[3 * r + 1] ** 2
  const scale = 1 / Math.sqrt(square)
  return N.map((x) => x * scale)
}

/** Adds sign · (coefficients of h_iᵀ ω h_j) at `at`. */
function writeProduct(
  H: Float64Array,
  i: number,
  j: number,
  sign: number,
  A: Float64Array,
  at: number,
  unknowns: number,
): void {
  const [p, q] = [i, j].map((c) => [H[c], H[3 + c], H[6 + c]])
  for (let k = 0; k < 3; k++) A[at + k] += sign * p[k] * q[k]
  if (unknowns === 3) return
  A[at + 3] += sign * (p[0] * q[2] + p[2] * q[0])
  A[at + 4] += sign * (p[1] * q[2] + p[2] * q[1])
}
