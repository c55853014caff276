import { mat3Determinant } from './mat3.js'
import type { Sim3 } from './sim3.js'
import { svd3 } from './svd3.js'
import type { Numbers } from './vec3.js'

/**
 * Problem: the similarity (or motion) between two point sets with known correspondence.
 * Equation: min Σ ‖dst − (s R src + t)‖².
 * Source: Umeyama, PAMI 1991, equations 39–42.
 * Preconditions: three points or more that are not on a line.
 * Solutions: one.
 */

/**
 * Least-squares alignment of two point sets with known correspondence: minimise Σ ‖dst − (s R src + t)‖². Umeyama,
 * "Least-squares estimation of transformation parameters between two point patterns" (PAMI 1991), equations 39–42.
 */
export type AlignVerdict =
  | {
      readonly ok: true
      /** dstFromSrc. */
      readonly transform: Sim3
      /** Root of the mean squared distance after alignment, in units of dst. */
      readonly rmse: number
    }
  | {
      readonly ok: false
      /** `count`: too few points; `spread`: coincident, or (for a rotation) collinear points; `finite`: NaN or ∞ within. */
      readonly reason: 'count' | 'spread' | 'finite'
      readonly value: number
      readonly threshold: number
    }

/** Second extent relative to the first below which points count as collinear. */
const MIN_SPREAD = 1e-7

/**
 * dstFromSrc of two sets of at least three non-collinear points.
 *
 * @param src `3 × n` numbers, xyz after xyz
 * @param dst as many
 * @param fixedScale when given, the scale is this and only rotation and translation are found
 */
export function alignSim3(src: Numbers, dst: Numbers, fixedScale?: number): AlignVerdict {
  const n = Math.floor(Math.min(src.length, dst.length) / 3)
  if (n < 3) return { ok: false, reason: 'count', value: n, threshold: 3 }
  const meanSrc = mean(src, n)
  const meanDst = mean(dst, n)
  const cross = new Float64Array(9)
  const spreadSrc = new Float64Array(9)
  let varianceSrc = 0
  for (let k = 0; k < 3 * n; k += 3) {
    for (let r = 0; r < 3; r++) {
      const d = dst[k + r] - meanDst[r]
      const s = src[k + r] - meanSrc[r]
      varianceSrc += s * s
      for (let c = 0; c < 3; c++) {
        const other = src[k + c] - meanSrc[c]
        cross[3 * r + c] += (d * other) / n
        spreadSrc[3 * r + c] += (s * other) / n
      }
    }
  }
  varianceSrc /= n
  if (!(varianceSrc < Number.POSITIVE_INFINITY) || !cross.every((v) => Number.isFinite(v))) {
    return { ok: false, reason: 'finite', value: Number.NaN, threshold: 0 }
  }
  const extents = svd3(spreadSrc).S
  const { U, S, V } = svd3(cross)
  // Both sets must span a plane: the rotation about a line is not determined.
  const spread = Math.min(Math.sqrt(extents[1] / extents[0]), S[1] / S[0])
  if (!(spread > MIN_SPREAD)) return { ok: false, reason: 'spread', value: spread || 0, threshold: MIN_SPREAD }

  const sign = mat3Determinant(U) * mat3Determinant(V) < 0 ? -1 : 1
  const R = new Float64Array(9)
  for (let r = 0; r < 3; r++) {
    for (let c = 0; c < 3; c++) {
      R[3 * r + c] = U[3 * r] * V[3 * c] + U[3 * r + 1] * V[3 * c + 1] + sign * U[3 * r + 2] * V[3 * c + 2]
    }
  }
  const scale = fixedScale ?? (S[0] + S[1] + sign * S[2]) / varianceSrc
  const t = new Float64Array(3)
  for (let r = 0; r < 3; r++) {
    t[r] = meanDst[r] - scale * (R[3 * r] * meanSrc[0] + R[3 * r + 1] * meanSrc[1] + R[3 * r + 2] * meanSrc[2])
  }
  const transform: Sim3 = { scale, R, t }
  return { ok: true, transform, rmse: alignmentRmse(transform, src, dst, n) }
}

function mean(points: Numbers, n: number): [number, number, number] {
  const sum: [number, number, number] = [0, 0, 0]
  for (let k = 0; k < 3 * n; k += 3) for (let r = 0; r < 3; r++) sum[r] += points[k + r]
  return [sum[0] / n, sum[1] / n, sum[2] / n]
}

function alignmentRmse({ scale, R, t }: Sim3, src: Numbers, dst: Numbers, n: number): number {
  let sum = 0
  for (let k = 0; k < 3 * n; k += 3) {
    for (let r = 0; r < 3; r++) {
      const moved = scale * (R[3 * r] * src[k] + R[3 * r + 1] * src[k + 1] + R[3 * r + 2] * src[k + 2]) + t[r]
      sum += (dst[k + r] - moved) * (dst[k + r] - moved)
    }
  }
  return Math.sqrt(sum / n)
}
