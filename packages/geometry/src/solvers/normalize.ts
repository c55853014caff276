import type { Numbers } from '../math/vec3.js'

/**
 * Hartley's normalisation ("In defense of the eight-point algorithm", PAMI 1997): x̂ = scale · (x − cx), ŷ = scale · (y − cy),
 * which puts the centroid at the origin and the mean distance from it at √2. Without it the columns of the linear systems
 * differ by the square of the pixel coordinates.
 */
export interface Normalization {
  cx: number
  cy: number
  scale: number
}

/**
 * @param xy x y x y …
 * @param indices which points; default all
 * @returns false when all points coincide or one is not finite (`out` is then unspecified)
 */
export function normalization(xy: Numbers, indices: Numbers | undefined, out: Normalization): boolean {
  const n = indices ? indices.length : xy.length >> 1
  let cx = 0
  let cy = 0
  for (let i = 0; i < n; i++) {
    const k = 2 * (indices ? indices[i] : i)
    cx += xy[k]
    cy += xy[k + 1]
  }
  cx /= n
  cy /= n
  let sum = 0
  for (let i = 0; i < n; i++) {
    const k = 2 * (indices ? indices[i] : i)
    const dx = xy[k] - cx
    const dy = xy[k + 1] - cy
    sum += Math.sqrt(dx * dx + dy * dy)
  }
  out.cx = cx
  out.cy = cy
  out.scale = (Math.SQRT2 * n) / sum
  return sum > 1e-14 * n * (Math.abs(cx) + Math.abs(cy)) && out.scale < Number.POSITIVE_INFINITY && sum > 0
}

/** F ← T2ᵀ F T1: a bilinear form between normalised points becomes one between the original points. In place. */
export function denormalizeForm(F: Float64Array, at: number, T1: Normalization, T2: Normalization): void {
  for (let r = 0; r < 3; r++) {
    const k = at + 3 * r
    const x = F[k] * T1.scale
    const y = F[k + 1] * T1.scale
    F[k] = x
    F[k + 1] = y
    F[k + 2] -= x * T1.cx + y * T1.cy
  }
  for (let c = 0; c < 3; c++) {
    const k = at + c
    const x = F[k] * T2.scale
    const y = F[k + 3] * T2.scale
    F[k] = x
    F[k + 3] = y
    F[k + 6] -= x * T2.cx + y * T2.cy
  }
}

/** F ← T2⁻ᵀ F T1⁻¹: the inverse of `denormalizeForm`. In place. */
export function normalizeForm(F: Float64Array, at: number, T1: Normalization, T2: Normalization): void {
  for (let r = 0; r < 3; r++) {
    const k = at + 3 * r
    F[k + 2] += F[k] * T1.cx + F[k + 1] * T1.cy
    F[k] /= T1.scale
    F[k + 1] /= T1.scale
  }
  for (let c = 0; c < 3; c++) {
    const k = at + c
    F[k + 6] += F[k] * T2.cx + F[k + 3] * T2.cy
    F[k] /= T2.scale
    F[k + 3] /= T2.scale
  }
}

/** H ← T2⁻¹ H T1: a map between normalised points becomes one between the original points. In place. */
export function denormalizeMap(H: Float64Array, at: number, T1: Normalization, T2: Normalization): void {
  for (let r = 0; r < 3; r++) {
    const k = at + 3 * r
    const x = H[k] * T1.scale
    const y = H[k + 1] * T1.scale
    H[k] = x
    H[k + 1] = y
    H[k + 2] -= x * T1.cx + y * T1.cy
  }
  for (let c = 0; c < 3; c++) {
    const k = at + c
    const w = H[k + 6]
    H[k] = H[k] / T2.scale + T2.cx * w
    H[k + 3] = H[k + 3] / T2.scale + T2.cy * w
  }
}

/** H ← T2 H T1⁻¹: the inverse of `denormalizeMap`. In place. */
export function normalizeMap(H: Float64Array, at: number, T1: Normalization, T2: Normalization): void {
  for (let c = 0; c < 3; c++) {
    const k = at + c
    const w = H[k + 6]
    H[k] = T2.scale * (H[k] - T2.cx * w)
    H[k + 3] = T2.scale * (H[k + 3] - T2.cy * w)
  }
  for (let r = 0; r < 3; r++) {
    const k = at + 3 * r
    H[k + 2] += H[k] * T1.cx + H[k + 1] * T1.cy
    H[k] /= T1.scale
    H[k + 1] /= T1.scale
  }
}

/** Scales nine (or `length`) numbers to Frobenius norm 1; false when they are zero or not finite. In place. */
export function normalizeScale(M: Float64Array, at: number, length = 9): boolean {
  let square = 0
  for (let k = 0; k < length; k++) square += M[at + k] * M[at + k]
  const scale = 1 / Math.sqrt(square)
  if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) return false
  for (let k = 0; k < length; k++) M[at + k] *= scale
  return true
}
