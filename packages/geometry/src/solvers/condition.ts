import { epipolarTangents } from '../epipolar/tangents.js'
import { svd } from '../math/svd.js'
import { type Normalization, normalization, normalizeForm, normalizeMap, normalizeScale } from './normalize.js'

/**
 * Condition numbers: by how much a solver's answer multiplies errors of its data.
 *
 * Problem: the sample's residuals r(model, data) = 0, written so that an error ε of the data makes a residual of size ε. The model then moves by
 * J⁺ ε with J = ∂r/∂(model's degrees of freedom), so the factor is 1/σ_min(J). Data and model are first brought to magnitude one,
 * so the number is the relative condition and does not depend on units or origin.
 * Use: rounding alone makes an error of about 1e-16 times the condition number. It is infinite where the sample does not determine the model
 * (collinear points, a plane for F, a double root).
 */

/**
 * Of a fundamental or an essential matrix through the pairs of a sample.
 *
 * @param M nine numbers, row-major, fulfilled by the sample
 * @param xy1 pixels (fundamental) or normalised coordinates (essential), x y x y …
 * @param sample indices of at least seven (fundamental) or five (essential) pairs
 */
export function epipolarCondition(
  kind: 'fundamental' | 'essential',
  M: Float64Array,
  xy1: Float64Array,
  xy2: Float64Array,
  sample: ArrayLike<number>,
): number {
  const N = M.slice(0, 9)
  const T1: Normalization = { cx: 0, cy: 0, scale: 1 }
  const T2: Normalization = { cx: 0, cy: 0, scale: 1 }
  if (kind === 'fundamental') {
    if (!normalization(xy1, sample, T1) || !normalization(xy2, sample, T2)) return Number.POSITIVE_INFINITY
    normalizeForm(N, 0, T1, T2)
  }
  if (!normalizeScale(N, 0)) return Number.POSITIVE_INFINITY
  const D = epipolarTangents(N, kind)
  const d = D.length / 9
  const J = new Float64Array(sample.length * d)
  for (let i = 0; i < sample.length; i++) {
    const k = 2 * sample[i]
    const x1 = T1.scale * (xy1[k] - T1.cx)
    const y1 = T1.scale * (xy1[k + 1] - T1.cy)
    const x2 = T2.scale * (xy2[k] - T2.cx)
    const y2 = T2.scale * (xy2[k + 1] - T2.cy)
    const u0 = N[0] * x1 + N[1] * y1 + N[2]
    const u1 = N[3] * x1 + N[4] * y1 + N[5]
    const v0 = N[0] * x2 + N[3] * y2 + N[6]
    const v1 = N[1] * x2 + N[4] * y2 + N[7]
    // Sampson: the residual of a data error of size one is one.
    const w = 1 / Math.sqrt(u0 * u0 + u1 * u1 + v0 * v0 + v1 * v1)
    for (let p = 0; p < d; p++) {
      const a = 9 * p
      J[i * d + p] =
        w *
        (x2 * (D[a] * x1 + D[a + 1] * y1 + D[a + 2]) +
          y2 * (D[a + 3] * x1 + D[a + 4] * y1 + D[a + 5]) +
          (D[a + 6] * x1 + D[a + 7] * y1 + D[a + 8]))
    }
  }
  return amplification(J, sample.length, d)
}

/**
 * Of a homography x2 ~ H x1 through the pairs of a sample.
 *
 * @param sample indices of at least four pairs
 */
export function homographyCondition(
  H: Float64Array,
  xy1: Float64Array,
  xy2: Float64Array,
  sample: ArrayLike<number>,
): number {
  const N = H.slice(0, 9)
  const T1: Normalization = { cx: 0, cy: 0, scale: 1 }
  const T2: Normalization = { cx: 0, cy: 0, scale: 1 }
  if (!normalization(xy1, sample, T1) || !normalization(xy2, sample, T2)) return Number.POSITIVE_INFINITY
  normalizeMap(N, 0, T1, T2)
  if (!normalizeScale(N, 0)) return Number.POSITIVE_INFINITY
  const J = new Float64Array(18 * sample.length + 9)
  for (let i = 0; i < sample.length; i++) {
    const k = 2 * sample[i]
    const x = T1.scale * (xy1[k] - T1.cx)
    const y = T1.scale * (xy1[k + 1] - T1.cy)
    const w = 1 / (N[6] * x + N[7] * y + N[8])
    const u = w * (N[0] * x + N[1] * y + N[2])
    const v = w * (N[3] * x + N[4] * y + N[5])
    const row = 18 * i
    J.set([w * x, w * y, w, 0, 0, 0, -u * w * x, -u * w * y, -u * w], row)
    J.set([0, 0, 0, w * x, w * y, w, -v * w * x, -v * w * y, -v * w], row + 9)
    whiten(J, row, 9, [w * (N[0] - u * N[6]), w * (N[1] - u * N[7]), w * (N[3] - v * N[6]), w * (N[4] - v * N[7])])
  }
  // The scale of H is no degree of freedom: a row along it makes up for that.
  J.set(N, 18 * sample.length)
  return amplification(J, 2 * sample.length + 1, 9)
}

/**
 * Of a camera's pose, and of its focal length where the model has a thirteenth number, through the points of a sample.
 *
 * @param model camFromWorld as twelve numbers, R row-major then t; then f
 * @param xy normalised coordinates (with f: pixels relative to the principal point), x y x y …
 * @param points world points, xyz xyz …
 * @param sample indices of at least three (with f: four) of both
 */
export function absolutePoseCondition(
  model: Float64Array,
  xy: Float64Array,
  points: Float64Array,
  sample: ArrayLike<number>,
): number {
  const f = model.length > 12 ? model[12] : 1
  const d = model.length > 12 ? 7 : 6
  const R = model
  const n = sample.length
  const camera = new Float64Array(3 * n)
  let unit = 0
  for (let i = 0; i < n; i++) {
    const p = 3 * sample[i]
    for (let r = 0; r < 3; r++) {
      const turned = R[3 * r] * points[p] + R[3 * r + 1] * points[p + 1] + R[3 * r + 2] * points[p + 2]
      camera[3 * i + r] = turned + R[9 + r]
    }
    unit = Math.max(unit, Math.abs(camera[3 * i + 2]))
  }
  const J = new Float64Array(2 * n * d)
  for (let i = 0; i < n; i++) {
    const u = xy[2 * sample[i]] / f
    const v = xy[2 * sample[i] + 1] / f
    const [x, y, z] = [camera[3 * i] / unit, camera[3 * i + 1] / unit, camera[3 * i + 2] / unit]
    const w = 1 / z
    // Projection by camera coordinates; those move by ω × X + δ.
    const row = 2 * d * i
    J.set([-u * w * y, w * z + u * w * x, -w * y, w, 0, -u * w], row)
    J.set([-w * z - v * w * y, v * w * x, w * x, 0, w, -v * w], row + d)
    if (d === 7) {
      J[row + 6] = u
      J[row + d + 6] = v
    }
    whiten(J, row, d, [w, 0, -u * w, 0, w, -v * w])
  }
  return amplification(J, 2 * n, d)
}

/** Divides two rows by the Cholesky factor of I + A Aᵀ, A being the two rows of derivatives by the other data. */
function whiten(J: Float64Array, at: number, n: number, A: readonly number[]): void {
  const m = A.length / 2
  let [s00, s01, s11] = [1, 0, 1]
  for (let k = 0; k < m; k++) {
    s00 += A[k] * A[k]
    s01 += A[k] * A[m + k]
    s11 += A[m + k] * A[m + k]
  }
  const l00 = Math.sqrt(s00)
  const l10 = s01 / l00
  const l11 = Math.sqrt(Math.max(0, s11 - l10 * l10))
  for (let k = at; k < at + n; k++) {
    J[k] /= l00
    J[k + n] = (J[k + n] - l10 * J[k]) / l11
  }
}

/** 1/σ_min of an m × n matrix; infinite where it has not n independent rows. */
function amplification(J: Float64Array, m: number, n: number): number {
  if (m < n || !J.every(Number.isFinite)) return Number.POSITIVE_INFINITY
  return 1 / svd(J, m, n).S[n - 1]
}
