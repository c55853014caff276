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

const meanSrc = new Float64Array(3)
const meanDst = new Float64Array(3)
const cross = new Float64Array(9)
const spreadSrc = new Float64Array(9)
const extents = { U: new Float64Array(9), S: new Float64Array(3), V: new Float64Array(9) }
const factors = { U: new Float64Array(9), S: new Float64Array(3), V: new Float64Array(9) }
/** What `alignSubset` found: the second extent relative to the first, of the set where that is smaller. */
const spread = new Float64Array(1)

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
  const all = Int32Array.from({ length: n }, (_, i) => i)
  const model = new Float64Array(13)
  const reason = alignSubset(src, dst, all, model, fixedScale)
  if (reason === 'finite') return { ok: false, reason, value: Number.NaN, threshold: 0 }
  if (reason === 'spread') return { ok: false, reason, value: spread[0] || 0, threshold: MIN_SPREAD }
  const transform: Sim3 = { scale: model[12], R: model.slice(0, 9), t: model.slice(9, 12) }
  return { ok: true, transform, rmse: alignmentRmse(transform, src, dst, n) }
}

/**
 * The same for the points `subset` of both sets; allocates nothing.
 *
 * @param out thirteen numbers: R row-major, t, scale
 * @returns why there is none
 */
export function alignSubset(
  src: Numbers,
  dst: Numbers,
  subset: Int32Array,
  out: Float64Array,
  fixedScale?: number,
): 'spread' | 'finite' | undefined {
  const n = subset.length
  writeMean(src, subset, meanSrc)
  writeMean(dst, subset, meanDst)
  cross.fill(0)
  spreadSrc.fill(0)
  for (let i = 0; i < n; i++) {
    const k = 3 * subset[i]
    for (let r = 0; r < 3; r++) {
      const d = dst[k + r] - meanDst[r]
      const s = src[k + r] - meanSrc[r]
      for (let c = 0; c < 3; c++) {
        const other = src[k + c] - meanSrc[c]
        cross[3 * r + c] += (d * other) / n
        spreadSrc[3 * r + c] += (s * other) / n
      }
    }
  }
  const varianceSrc = spreadSrc[0] + spreadSrc[4] + spreadSrc[8]
  let size = varianceSrc
  for (let k = 0; k < 9; k++) size += Math.abs(cross[k])
  if (!(size < Number.POSITIVE_INFINITY)) return 'finite'
  svd3(spreadSrc, extents)
  const { U, S, V } = svd3(cross, factors)
  // Both sets must span a plane: the rotation about a line is not determined.
  spread[0] = Math.min(Math.sqrt(extents.S[1] / extents.S[0]), S[1] / S[0])
  if (!(spread[0] > MIN_SPREAD)) return 'spread'

  const sign = isReflection(U) !== isReflection(V) ? -1 : 1
  for (let r = 0; r < 3; r++) {
    for (let c = 0; c < 3; c++) {
      out[3 * r + c] = U[3 * r] * V[3 * c] + U[3 * r + 1] * V[3 * c + 1] + sign * U[3 * r + 2] * V[3 * c + 2]
    }
  }
  if (fixedScale === undefined) out[12] = (S[0] + S[1] + sign * S[2]) / varianceSrc
  else out[12] = fixedScale
  for (let r = 0; r < 3; r++) {
    const turned = out[3 * r] * meanSrc[0] + out[3 * r + 1] * meanSrc[1] + out[3 * r + 2] * meanSrc[2]
    out[9 + r] = meanDst[r] - out[12] * turned
  }
  return undefined
}

/** Whether the determinant is negative. A function that returns a double may allocate it. */
function isReflection(Q: Float64Array): boolean {
  const x = Q[4] * Q[8] - Q[5] * Q[7]
  const y = Q[3] * Q[8] - Q[5] * Q[6]
  const z = Q[3] * Q[7] - Q[4] * Q[6]
  return Q[0] * x - Q[1] * y + Q[2] * z < 0
}

function writeMean(points: Numbers, subset: Int32Array, out: Float64Array): void {
  out.fill(0)
  for (let i = 0; i < subset.length; i++) for (let r = 0; r < 3; r++) out[r] += points[3 * subset[i] + r]
  for (let r = 0; r < 3; r++) out[r] /= subset.length
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
