import { denormalizeMap, normalizeMap, normalizeScale } from '../solvers/normalize.js'
import { type ConditionedPair, conditionPair } from './conditioning.js'
import { type LocalProblem, minimizeLocally } from './levenberg.js'

/**
 * Squared Sampson distances of the pairs subset[begin … end) from x2 ~ H x1 into out[begin … end): cᵀ (J Jᵀ)⁻¹ c with
 * c = (x2 w − p, y2 w − q), (p, q, w) = H x1, and J = dc/d(x1, y1, x2, y2). Hartley & Zisserman, section 4.2.6; Chum,
 * Pajdla, Sturm (CVIU 2005).
 */
export function homographySquares(
  H: Float64Array,
  xy1: Float64Array,
  xy2: Float64Array,
  subset: Int32Array,
  begin: number,
  end: number,
  out: Float64Array,
): void {
  const h0 = H[0]
  const h1 = H[1]
  const h2 = H[2]
  const h3 = H[3]
  const h4 = H[4]
  const h5 = H[5]
  const h6 = H[6]
  const h7 = H[7]
  const h8 = H[8]
  for (let i = begin; i < end; i++) {
    const k = 2 * subset[i]
    const x1 = xy1[k]
    const y1 = xy1[k + 1]
    const x2 = xy2[k]
    const y2 = xy2[k + 1]
    const w = h6 * x1 + h7 * y1 + h8
    const c0 = x2 * w - (h0 * x1 + h1 * y1 + h2)
    const c1 = y2 * w - (h3 * x1 + h4 * y1 + h5)
    const a0 = x2 * h6 - h0
    const a1 = x2 * h7 - h1
    const b0 = y2 * h6 - h3
    const b1 = y2 * h7 - h4
    const m00 = a0 * a0 + a1 * a1 + w * w
    const m11 = b0 * b0 + b1 * b1 + w * w
    const m01 = a0 * b0 + a1 * b1
    const square = (m11 * c0 * c0 - 2 * m01 * c0 * c1 + m00 * c1 * c1) / (m00 * m11 - m01 * m01)
    out[i] = w > 0 ? square : Number.POSITIVE_INFINITY
  }
}

/** Least squares of the Sampson distances over the eight degrees of freedom of H, in place. */
export function refineHomography(
  H: Float64Array,
  xy1: Float64Array,
  xy2: Float64Array,
  subset: Int32Array,
  maxIterations = 8,
): boolean {
  const conditioned = conditionPair(xy1, xy2)
  return conditioned !== undefined && refineConditionedHomography(H, conditioned, subset, maxIterations)
}

/** The same for correspondences already conditioned; H is in pixels. */
export function refineConditionedHomography(
  H: Float64Array,
  pair: ConditionedPair,
  subset: Int32Array,
  maxIterations = 8,
): boolean {
  if (subset.length < 4) return false
  normalizeMap(H, 0, pair.T1, pair.T2)
  if (!normalizeScale(H, 0)) return false
  problem.start(H, pair.xy1, pair.xy2, subset)
  if (!minimizeLocally(problem, maxIterations, 1e-7)) return false
  problem.finish(H)
  denormalizeMap(H, 0, pair.T1, pair.T2)
  return normalizeScale(H, 0)
}

const row = new Float64Array(16)

/** Steps change all entries of H but the largest. The weights (J Jᵀ)⁻¹ count as constant within a step. */
class HomographyProblem implements LocalProblem {
  readonly dimension = 8
  #xy1: Float64Array = new Float64Array(0)
  #xy2: Float64Array = new Float64Array(0)
  #subset: Int32Array = new Int32Array(0)
  #squares: Float64Array = new Float64Array(0)
  #H: Float64Array = new Float64Array(9)
  #trial: Float64Array = new Float64Array(9)
  #fixed = 8

  start(H: Float64Array, xy1: Float64Array, xy2: Float64Array, subset: Int32Array): void {
    this.#xy1 = xy1
    this.#xy2 = xy2
    this.#subset = subset
    if (this.#squares.length < subset.length) this.#squares = new Float64Array(2 * subset.length)
    this.#H.set(H)
    this.#fixed = 0
    for (let k = 1; k < 9; k++) if (Math.abs(H[k]) > Math.abs(H[this.#fixed])) this.#fixed = k
  }

  finish(H: Float64Array): void {
    H.set(this.#H)
  }

  linearize(JtJ: Float64Array, Jtr: Float64Array): number {
    const H = this.#H
    let sum = 0
    for (let i = 0; i < this.#subset.length; i++) {
      const k = 2 * this.#subset[i]
      const x1 = this.#xy1[k]
      const y1 = this.#xy1[k + 1]
      const x2 = this.#xy2[k]
      const y2 = this.#xy2[k + 1]
      const w = H[6] * x1 + H[7] * y1 + H[8]
      const c0 = x2 * w - (H[0] * x1 + H[1] * y1 + H[2])
      const c1 = y2 * w - (H[3] * x1 + H[4] * y1 + H[5])
      const a0 = x2 * H[6] - H[0]
      const a1 = x2 * H[7] - H[1]
      const b0 = y2 * H[6] - H[3]
      const b1 = y2 * H[7] - H[4]
      // L Lᵀ = J Jᵀ; the residual is L⁻¹ c.
      const l00 = Math.sqrt(a0 * a0 + a1 * a1 + w * w)
      const l10 = (a0 * b0 + a1 * b1) / l00
      const l11 = Math.sqrt(b0 * b0 + b1 * b1 + w * w - l10 * l10)
      if (!(l00 > 0 && l11 > 0)) continue
      const r0 = c0 / l00
      const r1 = (c1 - l10 * r0) / l11
      sum += r0 * r0 + r1 * r1
      this.#row(x1, y1, x2, y2, 1 / l00, l10 / (l00 * l11), 1 / l11)
      accumulate(r0, r1, JtJ, Jtr)
    }
    return sum
  }

  /** Rows of L⁻¹ dc/dH, without the fixed entry. */
  #row(x1: number, y1: number, x2: number, y2: number, p: number, q: number, s: number): void {
    let at = 0
    for (let k = 0; k < 9; k++) {
      if (k === this.#fixed) continue
      const j = k % 3
      const x = j === 0 ? x1 : j === 1 ? y1 : 1
      const d0 = k < 3 ? -x : k < 6 ? 0 : x2 * x
      const d1 = k < 3 ? 0 : k < 6 ? -x : y2 * x
      row[at] = p * d0
      row[8 + at] = s * d1 - q * d0
      at++
    }
  }

  tryStep(step: Float64Array): number {
    let at = 0
    for (let k = 0; k < 9; k++) this.#trial[k] = this.#H[k] + (k === this.#fixed ? 0 : step[at++])
    const n = this.#subset.length
    homographySquares(this.#trial, this.#xy1, this.#xy2, this.#subset, 0, n, this.#squares)
    let sum = 0
    for (let i = 0; i < n; i++) sum += this.#squares[i]
    return sum
  }

  accept(): void {
    const H = this.#H
    this.#H = this.#trial
    this.#trial = H
  }
}

function accumulate(r0: number, r1: number, JtJ: Float64Array, Jtr: Float64Array): void {
  for (let p = 0; p < 8; p++) {
    const u = row[p]
    const v = row[8 + p]
    Jtr[p] += u * r0 + v * r1
    for (let l = 0; l <= p; l++) JtJ[8 * p + l] += u * row[l] + v * row[8 + l]
  }
}

const problem = new HomographyProblem()
