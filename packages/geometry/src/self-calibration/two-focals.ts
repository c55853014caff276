import { type CriticalMotion, criticalMotion, SIGNIFICANT } from './degeneracy.js'
import { centre, defaultSize, type FundamentalEvidence } from './evidence.js'
import { kruppaConditions, kruppaScratch } from './kruppa.js'

/**
 * The focal lengths of two cameras from one fundamental matrix.
 *
 * Problem: E = K2 F K1 is essential for Kᵢ = diag(fᵢ, fᵢ, 1) about the known principal points.
 * Equation: f1² = −(pᵀ [e2]ₓ Ĩ F p)(pᵀ Fᵀ p) / (pᵀ [e2]ₓ Ĩ F Ĩ Fᵀ p) with p = (0, 0, 1), Ĩ = diag(1, 1, 0), and f2² of the transposed F.
 * Bougnoux, "From projective to Euclidean space under any practical situation, a criticism of self-calibration" (ICCV 1998).
 * Preconditions: the optical axes are not coplanar, which includes parallel and intersecting ones and pure translation.
 * Solutions: one, which noise can make imaginary.
 */

export interface TwoFocalOptions {
  /** A length of about half an image, pixels. Default: the largest coordinate of the principal points. */
  readonly size?: number
  /** Largest relative standard deviation of either that passes. Default 0.25. */
  readonly maxRelativeDeviation?: number
}

/** `imaginary`: the square of a focal length came out negative or infinite. `uncertain`: too little information. */
export type TwoFocalRefusal = Exclude<CriticalMotion, 'fixating'> | 'imaginary' | 'uncertain'

export type TwoFocalVerdict =
  | {
      readonly ok: true
      /** Pixels. */
      readonly focal1: number
      readonly focal2: number
      /** Of (ln f1, ln f2): 2 × 2, row-major. */
      readonly covariance: Float64Array
    }
  | {
      readonly ok: false
      readonly reason: TwoFocalRefusal
      /**
       * A critical motion: how many standard deviations F is away from it. `imaginary`: the offending f², in squared sizes.
       * `uncertain`: the larger relative standard deviation.
       */
      readonly value: number
      readonly threshold: number
    }

const scratch = kruppaScratch()

export function focalsFromFundamental(evidence: FundamentalEvidence, options: TwoFocalOptions = {}): TwoFocalVerdict {
  const size = options.size ?? defaultSize([evidence])
  const centred = centre(evidence, size)
  const critical = criticalMotion(centred)
  if (critical !== undefined) return { ok: false, ...critical, threshold: SIGNIFICANT }
  const { F } = centred
  const square1 = bougnoux(F, (r, c) => F[3 * r + c])
  const square2 = bougnoux(F, (r, c) => F[3 * c + r])
  for (const square of [square1, square2]) {
    if (!(square > 0 && square < Number.POSITIVE_INFINITY)) {
      return { ok: false, reason: 'imaginary', value: square, threshold: 0 }
    }
  }
  const [f1, f2] = [Math.sqrt(square1), Math.sqrt(square2)]
  const covariance = focalCovariance(F, centred.covariance, f1, f2)
  const deviation = Math.sqrt(Math.max(covariance[0], covariance[3]))
  const most = options.maxRelativeDeviation ?? 0.25
  if (!(deviation <= most)) return { ok: false, reason: 'uncertain', value: deviation, threshold: most }
  return { ok: true, focal1: f1 * size, focal2: f2 * size, covariance }
}

/** f1² of the matrix whose entries `at` gives: F for camera 1, Fᵀ for camera 2. */
function bougnoux(F: Float64Array, at: (r: number, c: number) => number): number {
  // pᵀ [e2]ₓ has the entries (−e_y, e_x, 0): what stays of the left null vector e2 of F, which is a cross product of columns.
  const e = leftNull(at)
  const row = (c: number) => -e[1] * at(0, c) + e[0] * at(1, c)
  const numerator = row(2) * F[8]
  const denominator = row(0) * at(2, 0) + row(1) * at(2, 1)
  return -numerator / denominator
}

/** The longest of the cross products of two columns. */
function leftNull(at: (r: number, c: number) => number): readonly number[] {
  let best: readonly number[] = [0, 0, 0]
  let longest = 0
  for (const [a, b] of [
    [0, 1],
    [1, 2],
    [2, 0],
  ]) {
    const e = [0, 1, 2].map((i) => {
      const [j, k] = [(i + 1) % 3, (i + 2) % 3]
      return at(j, a) * at(k, b) - at(k, a) * at(j, b)
    })
    const square = e[0] * e[0] + e[1] * e[1] + e[2] * e[2]
    if (square > longest) {
      longest = square
      best = e
    }
  }
  return best
}

/** J⁻¹ S J⁻ᵀ with J = ∂g/∂(ln f1, ln f2) and S the covariance of g; infinite where J is singular. */
function focalCovariance(F: Float64Array, C: Float64Array, f1: number, f2: number): Float64Array {
  kruppaConditions(F, f1, f2, scratch)
  const { byF: A, byFocal1: p, byFocal2: q } = scratch
  const reciprocal = 1 / (p[0] * q[1] - q[0] * p[1])
  // Rows of −J⁻¹ ∂g/∂F = ∂(ln f1, ln f2)/∂F.
  const G = new Float64Array(18)
  for (let k = 0; k < 9; k++) {
    G[k] = -reciprocal * (q[1] * A[k] - q[0] * A[9 + k])
    G[9 + k] = -reciprocal * (p[0] * A[9 + k] - p[1] * A[k])
  }
  const out = new Float64Array(4)
  for (let i = 0; i < 9; i++) {
    for (let j = 0; j < 9; j++) {
      for (let r = 0; r < 2; r++)
        for (let c = 0; c < 2; c++) out[2 * r + c] += G[9 * r + i] * C[9 * i + j] * G[9 * c + j]
    }
  }
  return out.every(Number.isFinite) ? out : out.fill(Number.POSITIVE_INFINITY)
}
