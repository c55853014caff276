import type { RandomStream } from '@epipole/core'
import { homographySquares } from '../epipolar/homography-residuals.js'
import { homographyFourPoint } from '../solvers/homography-four-point.js'
import { denormalizeForm, normalizeMap, normalizeScale } from '../solvers/normalize.js'
import { type ConditionedPair, conditionPair } from './conditioning.js'
import { refineConditionedHomography } from './refine-homography.js'
import { drawDistinct } from './sampler.js'
import { sampsonSquares } from './sampson.js'
import { requiredTrials } from './stopping.js'

/**
 * Fundamental matrices when a plane dominates the scene. Chum, Werner, Matas, "Two-view geometry estimation unaffected by a
 * dominant plane" (CVPR 2005): a sample with five pairs or more on one plane leaves F undetermined, yet what it gives
 * explains the whole plane and looks good. Here such an F is recognised by its inliers: when a homography explains most of
 * them, F is laid anew through that homography and two pairs off it ("plane and parallax"), and the one with the most
 * support off the plane is offered.
 */

/** Share of F's inliers on one homography that makes F suspect: four in seven is what a sample may hold harmlessly. */
const SUSPECT = 0.6
/** Inliers that the homography is looked for among; trials of which one hits the plane with probability 0.98. */
const LOOKED_AT = 100
const PLANE_TRIALS = 30
const MIN_PLANE = 8
const PARALLAX_TRIALS = 500

const H = new Float64Array(9)
const trialH = new Float64Array(9)
const conditionedH = new Float64Array(9)
const candidate = new Float64Array(9)
const sample = new Int32Array(4)

/** Completes the fundamental matrices of one set of correspondences. */
export class PlaneAndParallax {
  readonly #xy1: Float64Array
  readonly #xy2: Float64Array
  readonly #pair: ConditionedPair | undefined
  readonly #squares: Float64Array
  readonly #inliers: Int32Array
  readonly #all: Int32Array

  /** @param xy1 pixels in image 1, x y x y … */
  constructor(xy1: Float64Array, xy2: Float64Array) {
    const count = xy1.length >> 1
    this.#xy1 = xy1
    this.#xy2 = xy2
    this.#pair = conditionPair(xy1, xy2)
    this.#squares = new Float64Array(count)
    this.#inliers = new Int32Array(count)
    this.#all = Int32Array.from({ length: count }, (_, i) => i)
  }

  /**
   * @param F in pixels
   * @param maxResidual of F's inliers and of the homography's, pixels
   * @param out written: a better F, in pixels, norm 1
   * @returns false when no plane dominates, or nothing off the plane supports an F
   */
  complete(F: Float64Array, maxResidual: number, random: RandomStream, out: Float64Array): boolean {
    if (this.#pair === undefined) return false
    const limit = maxResidual * maxResidual
    const n = this.#all.length
    const list = this.#inliers
    sampsonSquares(F, this.#xy1, this.#xy2, 1, 1, this.#all, 0, n, this.#squares)
    let inliers = 0
    for (let i = 0; i < n; i++) if (this.#squares[i] <= limit) list[inliers++] = i
    if (inliers < MIN_PLANE || !this.#findPlane(inliers, limit, random)) return false
    const on = this.#partition(limit, true)
    if (on < MIN_PLANE || !refineConditionedHomography(H, this.#pair, list.slice(0, on), 4)) return false
    const off = this.#partition(limit, false)
    return off >= 3 && this.#searchParallax(this.#pair, off, limit, random, out)
  }

  /** A homography that most of the listed inliers lie on, into H. */
  #findPlane(inliers: number, limit: number, random: RandomStream): boolean {
    const list = this.#inliers
    const looked = Math.min(inliers, LOOKED_AT)
    // Evenly spread, and moved to the front so that indices below `looked` are the ones looked at.
    for (let i = 0; i < looked; i++) list[i] = list[Math.floor((i * inliers) / looked)]
    let best = SUSPECT * looked
    let found = false
    for (let trial = 0; trial < PLANE_TRIALS; trial++) {
      drawDistinct(sample, 0, 4, looked, random)
      for (let i = 0; i < 4; i++) sample[i] = list[sample[i]]
      if (homographyFourPoint(this.#xy1, this.#xy2, sample, trialH) === 0) continue
      homographySquares(trialH, this.#xy1, this.#xy2, list, 0, looked, this.#squares)
      let support = 0
      for (let i = 0; i < looked; i++) if (this.#squares[i] <= limit) support++
      if (support <= best) continue
      best = support
      found = true
      H.set(trialH)
    }
    return found
  }

  /** Lists all pairs on (or off) H; returns their number. */
  #partition(limit: number, on: boolean): number {
    homographySquares(H, this.#xy1, this.#xy2, this.#all, 0, this.#all.length, this.#squares)
    let n = 0
    for (let i = 0; i < this.#all.length; i++) if (this.#squares[i] <= limit === on) this.#inliers[n++] = i
    return n
  }

  /** F = [e₂]ₓ H with e₂ where the parallaxes of two of the listed pairs meet; the one that most of them support. */
  #searchParallax(pair: ConditionedPair, off: number, limit: number, random: RandomStream, out: Float64Array): boolean {
    const list = this.#inliers
    conditionedH.set(H)
    normalizeMap(conditionedH, 0, pair.T1, pair.T2)
    let best = 2
    for (let trial = 0; trial < PARALLAX_TRIALS && trial < requiredTrials(best, off, 2, 0.9999); trial++) {
      drawDistinct(sample, 0, 2, off, random)
      if (!formFromParallax(pair, list[sample[0]], list[sample[1]])) continue
      sampsonSquares(candidate, this.#xy1, this.#xy2, 1, 1, list, 0, off, this.#squares)
      let support = 0
      for (let k = 0; k < off; k++) if (this.#squares[k] <= limit) support++
      if (support <= best) continue
      best = support
      for (let k = 0; k < 9; k++) out[k] = candidate[k]
    }
    return best > 2
  }
}

/** [(x2ᵢ × H x1ᵢ) × (x2ⱼ × H x1ⱼ)]ₓ H into `candidate`, in pixels; the products lose nothing in conditioned coordinates. */
function formFromParallax(pair: ConditionedPair, i: number, j: number): boolean {
  const a = parallaxLine(pair, i)
  const b = parallaxLine(pair, j)
  const e = [a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]]
  const G = conditionedH
  for (let c = 0; c < 3; c++) {
    candidate[c] = e[1] * G[6 + c] - e[2] * G[3 + c]
    candidate[3 + c] = e[2] * G[c] - e[0] * G[6 + c]
    candidate[6 + c] = e[0] * G[3 + c] - e[1] * G[c]
  }
  if (!normalizeScale(candidate, 0)) return false
  denormalizeForm(candidate, 0, pair.T1, pair.T2)
  return normalizeScale(candidate, 0)
}

/** x2 × H x1: the line through the pair's point in image 2 and where the plane would put it. */
function parallaxLine(pair: ConditionedPair, i: number): [number, number, number] {
  const G = conditionedH
  const x1 = pair.xy1[2 * i]
  const y1 = pair.xy1[2 * i + 1]
  const x2 = pair.xy2[2 * i]
  const y2 = pair.xy2[2 * i + 1]
  const p = G[0] * x1 + G[1] * y1 + G[2]
  const q = G[3] * x1 + G[4] * y1 + G[5]
  const r = G[6] * x1 + G[7] * y1 + G[8]
  return [y2 * r - q, p - x2 * r, x2 * q - y2 * p]
}
