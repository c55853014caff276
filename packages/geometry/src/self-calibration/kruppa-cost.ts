import { log1p } from '@epipole/core'
import type { CentredEvidence } from './evidence.js'
import { kruppaConditions, kruppaScratch } from './kruppa.js'

/**
 * Problem: how well two focal lengths agree with a fundamental matrix of known covariance, and what it says about them.
 * Equation: gᵀ S⁻¹ g of Kruppa's conditions g (`kruppa.ts`), with S = A C Aᵀ, A = ∂g/∂F; JᵀS⁻¹J and JᵀS⁻¹g with J = ∂g/∂(ln f₁, ln f₂).
 * Source: Hartley and Zisserman, section 5.2 (first-order propagation of covariance).
 * Preconditions: positive focal lengths; S is regular where C is not zero.
 * Solutions: one.
 */
export interface KruppaCost {
  /** gᵀ S⁻¹ g. */
  readonly cost: number
  /** JᵀS⁻¹J: entries (1, 1), (1, 2), (2, 2). */
  readonly information: readonly [number, number, number]
  /** JᵀS⁻¹g. */
  readonly slope: readonly [number, number]
}

const scratch = kruppaScratch()

/** Of both focal lengths in units of the evidence's size. */
export function kruppaCost({ F, covariance: C }: CentredEvidence, f1: number, f2: number): KruppaCost {
  kruppaConditions(F, f1, f2, scratch)
  const { value: g, byF: A, byFocal1: p, byFocal2: q } = scratch
  let [s00, s01, s11] = [0, 0, 0]
  for (let i = 0; i < 9; i++) {
    for (let j = 0; j < 9; j++) {
      const c = C[9 * i + j]
      s00 += A[i] * c * A[j]
      s01 += A[i] * c * A[9 + j]
      s11 += A[9 + i] * c * A[9 + j]
    }
  }
  const reciprocal = 1 / (s00 * s11 - s01 * s01)
  const [w00, w01, w11] = [s11 * reciprocal, -s01 * reciprocal, s00 * reciprocal]
  const product = (a: Float64Array, b: Float64Array) =>
    a[0] * b[0] * w00 + (a[0] * b[1] + a[1] * b[0]) * w01 + a[1] * b[1] * w11
  return {
    cost: g * g * w00,
    information: [product(p, p), product(p, q), product(q, q)],
    slope: [g * (p[0] * w00 + p[1] * w01), g * (q[0] * w00 + q[1] * w01)],
  }
}

/** Cauchy's scale: a cost of nine is three standard deviations. */
const LOSS = 9

/** Cauchy's loss of a cost, so that a wrong F among many does not count, and the weight that it gives. */
export const robustCost = (cost: number) => LOSS * log1p(cost / LOSS)
export const robustWeight = (cost: number) => 1 / (1 + cost / LOSS)
/**
 * The part of its information that an F adds to what is known at the minimum: all while its cost is no more than its covariance explains,
 * for there the estimate is nearly as exact as without weights.
 */
export const informationWeight = (cost: number) => (cost <= LOSS ? 1 : robustWeight(cost))
