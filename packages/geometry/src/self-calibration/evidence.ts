import { EpipoleError } from '@epipole/core'
import type { Numbers } from '../math/vec3.js'
import { type Normalization, normalizeForm } from '../solvers/normalize.js'

/** A fundamental matrix as a witness of focal lengths. */
export interface FundamentalEvidence {
  /** Nine numbers row-major, in pixels, x2ᵀ F x1 = 0. */
  readonly F: Numbers
  /** Pixels. */
  readonly principalPoint1: Numbers
  /** Default: that of image 1. */
  readonly principalPoint2?: Numbers
  /**
   * Of the entries of F at unit norm, 9 × 9, from `fundamentalCovariance`: weighs both equations, and several matrices, against
   * each other. Default: each entry of F, in coordinates where the image is about a unit wide, is off by 1e-4 of its norm.
   */
  readonly covariance?: Numbers
}

/** F of norm one and its covariance, with principal points at the origin and lengths in units of `size`. */
export interface CentredEvidence {
  readonly F: Float64Array
  readonly covariance: Float64Array
}

const DEFAULT_NOISE = 1e-4
/** Rounding, which no covariance undercuts. */
const ROUNDING = 1e-14

/** The length of `size` where none is given: the larger coordinate of the principal points, about half an image. */
export function defaultSize(evidence: readonly FundamentalEvidence[]): number {
  let size = 0
  for (const { principalPoint1: p, principalPoint2: q = p } of evidence) {
    size = Math.max(size, Math.abs(p[0]), Math.abs(p[1]), Math.abs(q[0]), Math.abs(q[1]))
  }
  return size > 0 ? size : 1
}

/** @throws EpipoleError `usage` for numbers that are missing, not finite, or all zero */
export function centre(evidence: FundamentalEvidence, size: number): CentredEvidence {
  const { principalPoint1: p, principalPoint2: q = p, covariance } = evidence
  const F = Float64Array.from(evidence.F)
  if (F.length !== 9 || (covariance !== undefined && covariance.length !== 81) || !(size > 0 && size < 1 / 0)) {
    throw new EpipoleError(
      'usage',
      `Self-calibration wants nine numbers of F, 81 of its covariance and a positive size.`,
      {
        F: F.length,
        covariance: covariance?.length,
        size,
      },
    )
  }
  const unit = 1 / norm(F)
  const T1: Normalization = { cx: p[0], cy: p[1], scale: 1 / size }
  const T2: Normalization = { cx: q[0], cy: q[1], scale: 1 / size }
  for (let k = 0; k < 9; k++) F[k] *= unit
  normalizeForm(F, 0, T1, T2)
  const scale = 1 / norm(F)
  if (!F.every(Number.isFinite) || !(unit < 1 / 0) || !(scale < 1 / 0)) {
    throw new EpipoleError('usage', 'Self-calibration wants a fundamental matrix of finite numbers, not all zero.', {
      F: Array.from(evidence.F),
    })
  }
  for (let k = 0; k < 9; k++) F[k] *= scale
  const C = new Float64Array(81)
  if (covariance === undefined) {
    for (let k = 0; k < 9; k++) C[10 * k] = DEFAULT_NOISE * DEFAULT_NOISE
  } else {
    C.set(covariance)
    // F ↦ T2⁻ᵀ F T1⁻¹ of the rows, then of the columns.
    for (let pass = 0; pass < 2; pass++) {
      for (let r = 0; r < 9; r++) normalizeForm(C, 9 * r, T1, T2)
      transpose(C)
    }
    for (let k = 0; k < 81; k++) C[k] *= scale * scale
  }
  projectOut(C, F)
  for (let k = 0; k < 9; k++) C[10 * k] += ROUNDING * ROUNDING
  return { F, covariance: C }
}

function norm(F: Float64Array): number {
  return Math.sqrt(F.reduce((s, v) => s + v * v, 0))
}

function transpose(C: Float64Array): void {
  for (let r = 0; r < 9; r++) {
    for (let c = 0; c < r; c++) {
      const swap = C[9 * r + c]
      C[9 * r + c] = C[9 * c + r]
      C[9 * c + r] = swap
    }
  }
}

/** C ← P C P with P = I − F Fᵀ: the scale of F says nothing. */
function projectOut(C: Float64Array, F: Float64Array): void {
  for (let pass = 0; pass < 2; pass++) {
    for (let r = 0; r < 9; r++) {
      let along = 0
      for (let k = 0; k < 9; k++) along += C[9 * r + k] * F[k]
      for (let k = 0; k < 9; k++) C[9 * r + k] -= along * F[k]
    }
    transpose(C)
  }
}
