import type { CentredEvidence } from './evidence.js'

/**
 * The arrangements of two cameras that say nothing, or too little, about their focal lengths (Sturm, "Critical motion sequences for
 * the self-calibration of cameras and stereo systems with variable focal length", BMVC 1999; Sturm, Cheng, Chen, Poo, "Focal
 * length calibration from two views: method and analysis of singular cases", CVIU 2005). Each is a linear condition on F in
 * coordinates with the principal points at the origin, whatever the focal lengths:
 *
 * - `pure-translation`: F is antisymmetric.
 * - `parallel-axes` (the camera moved and turned about its axis): F₃₃ = 0 and the upper left block is a scaled rotation.
 * - `coplanar-axes` (the optical axes meet, or both cameras stand upright on level ground): F₃₃ = 0, as the principal points
 *   correspond. Two focal lengths cannot be told; one can, unless
 * - `fixating`: the axes meet at one distance from both cameras, as when a camera circles an object.
 */
export type CriticalMotion = 'pure-translation' | 'parallel-axes' | 'coplanar-axes' | 'fixating'

/** A condition is taken to hold where F is nearer to it than this many standard deviations. */
export const SIGNIFICANT = 3

/** Coefficients of the nine entries of F, one row a condition. */
const SYMMETRIC_PART = [
  [1, 0, 0, 0, 0, 0, 0, 0, 0],
  [0, 0, 0, 0, 1, 0, 0, 0, 0],
  [0, 0, 0, 0, 0, 0, 0, 0, 1],
  [0, 0.5, 0, 0.5, 0, 0, 0, 0, 0],
  [0, 0, 0.5, 0, 0, 0, 0.5, 0, 0],
  [0, 0, 0, 0, 0, 0.5, 0, 0.5, 0],
]
const PRINCIPAL_POINTS_CORRESPOND = [[0, 0, 0, 0, 0, 0, 0, 0, 1]]
const AXES_PARALLEL = [...PRINCIPAL_POINTS_CORRESPOND, [1, 0, 0, 0, -1, 0, 0, 0, 0], [0, 1, 0, 1, 0, 0, 0, 0, 0]]

/** ‖s‖/√(tr cov s) of s = rows · F: how many standard deviations F is away from s = 0. */
export function significance({ F, covariance: C }: CentredEvidence, rows: readonly (readonly number[])[]): number {
  let square = 0
  let variance = 0
  for (const row of rows) {
    let s = 0
    for (let i = 0; i < 9; i++) {
      s += row[i] * F[i]
      for (let j = 0; j < 9; j++) variance += row[i] * C[9 * i + j] * row[j]
    }
    square += s * s
  }
  return Math.sqrt(square / variance)
}

/** The narrowest of the conditions on F alone that F fulfils within its uncertainty. */
export function criticalMotion(
  evidence: CentredEvidence,
): { readonly reason: Exclude<CriticalMotion, 'fixating'>; readonly value: number } | undefined {
  for (const [reason, rows] of [
    ['pure-translation', SYMMETRIC_PART],
    ['parallel-axes', AXES_PARALLEL],
    ['coplanar-axes', PRINCIPAL_POINTS_CORRESPOND],
  ] as const) {
    const value = significance(evidence, rows)
    if (value < SIGNIFICANT) return { reason, value }
  }
  return undefined
}
