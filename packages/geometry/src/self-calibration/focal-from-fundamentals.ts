import { exp, log } from '@epipole/core'
import { type CriticalMotion, criticalMotion, SIGNIFICANT, significance } from './degeneracy.js'
import { type CentredEvidence, centre, defaultSize, type FundamentalEvidence } from './evidence.js'
import { kruppaConditions, kruppaScratch } from './kruppa.js'
import { informationWeight, kruppaCost, robustCost, robustWeight } from './kruppa-cost.js'

/**
 * The focal length of a camera from one or many fundamental matrices between its photos.
 *
 * Problem: E = K F K is essential for K = diag(f, f, 1) about the known principal point (zero skew, square pixels, equal
 * intrinsics in both images).
 * Method: Kruppa's equations (`kruppa.ts`), two for each F, solved in the sense of least squares for ln f: with S the covariance of
 * g(F, f) that the covariance of F makes, Σ ρ(gᵀ S⁻¹ g) is scanned over three orders of magnitude of f and its lowest valley followed
 * to the bottom by Gauss–Newton. ρ is Cauchy's loss, so that a wrong F among many does not count.
 * Preconditions: a motion that is none of `CriticalMotion`.
 * Solutions: one, or a refusal. A motion with coplanar axes can leave two, which the refusal `ambiguous` tells.
 */

export interface FocalOptions {
  /** A length of about half an image, pixels; f is sought from 0.05 to 50 times it. Default: the largest coordinate of the principal points. */
  readonly size?: number
  /** Largest relative standard deviation that passes. Default 0.25. */
  readonly maxRelativeDeviation?: number
}

/** What one fundamental matrix said. */
export interface FocalWitness {
  /** Its part of all information on f, 0 … 1. */
  readonly weight: number
  /** gᵀ S⁻¹ g at the result: about 1 where F is as good as its covariance. */
  readonly cost: number
  /** Why it was not heard. */
  readonly degenerate?: CriticalMotion
}

/** `ambiguous`: another focal length does nearly as well. `range`: none from 0.05 to 50 sizes does. `uncertain`: too little information. */
export type FocalRefusal = CriticalMotion | 'ambiguous' | 'range' | 'uncertain'

export type FocalVerdict =
  | {
      readonly ok: true
      /** Pixels. */
      readonly focal: number
      /** Standard deviation of f over f. */
      readonly relativeDeviation: number
      readonly witnesses: readonly FocalWitness[]
    }
  | {
      readonly ok: false
      readonly reason: FocalRefusal
      /**
       * A critical motion: how many standard deviations ∂g/∂f is from zero. `ambiguous`: by how much the cost of the other focal
       * length is higher. `range`: f in sizes. `uncertain`: the relative standard deviation.
       */
      readonly value: number
      readonly threshold: number
      readonly witnesses: readonly FocalWitness[]
    }

/** The focal length from one fundamental matrix. */
export function focalFromFundamental(evidence: FundamentalEvidence, options: FocalOptions = {}): FocalVerdict {
  return focalFromFundamentals([evidence], options)
}

const LOWEST = 0.05
const HIGHEST = 50
const SCAN_STEPS = 200
/** Costs that differ by less are not told apart (two standard deviations). */
const DISTINCT = 4

/** The focal length that all fundamental matrices agree on; empty evidence is `uncertain`. */
export function focalFromFundamentals(
  evidence: readonly FundamentalEvidence[],
  options: FocalOptions = {},
): FocalVerdict {
  const size = options.size ?? defaultSize(evidence)
  const all = evidence.map((e) => centre(e, size))
  let heard = all
  let valleys = findValleys(heard)
  let degenerate = all.map((e) => degeneracyAt(e, valleys[0]))
  // Where nothing is determined the equations hold for any f up to noise, which would only blur the others.
  if (degenerate.some((d) => d !== undefined) && degenerate.includes(undefined)) {
    heard = all.filter((_, i) => degenerate[i] === undefined)
    valleys = findValleys(heard)
    degenerate = all.map((e, i) => (heard.includes(e) ? undefined : degenerate[i]))
  }
  const lnf = valleys[0]
  const information = all.map((e, i) => (degenerate[i] === undefined ? informationAt(e, lnf) : 0))
  const total = information.reduce((s, v) => s + v, 0)
  const witnesses = all.map((e, i): FocalWitness => {
    const witness = { weight: total > 0 ? information[i] / total : 0, cost: evaluate(e, lnf).cost }
    const found = degenerate[i]
    return found === undefined ? witness : { ...witness, degenerate: found.reason }
  })
  const refuse = (reason: FocalRefusal, value: number, threshold: number): FocalVerdict => ({
    ok: false,
    reason,
    value,
    threshold,
    witnesses,
  })
  const first = degenerate[0]
  if (first !== undefined && !degenerate.includes(undefined)) return refuse(first.reason, first.value, SIGNIFICANT)
  const focal = exp(lnf)
  if (valleys.length === 0) return refuse('uncertain', Number.POSITIVE_INFINITY, 0)
  if (!(focal > 1.05 * LOWEST)) return refuse('range', focal, LOWEST)
  if (!(focal < HIGHEST / 1.05)) return refuse('range', focal, HIGHEST)
  const relativeDeviation = 1 / Math.sqrt(total)
  const most = options.maxRelativeDeviation ?? 0.25
  if (!(relativeDeviation <= most)) return refuse('uncertain', relativeDeviation, most)
  if (valleys.length > 1) {
    const margin = totalCost(heard, valleys[1]) - totalCost(heard, lnf)
    if (!(margin > DISTINCT)) return refuse('ambiguous', margin, DISTINCT)
  }
  return { ok: true, focal: focal * size, relativeDeviation, witnesses }
}

const scratch = kruppaScratch()

interface Evaluation {
  /** gᵀ S⁻¹ g. */
  cost: number
  /** dᵀ S⁻¹ d and dᵀ S⁻¹ g with d = dg/d ln f. */
  curvature: number
  slope: number
}

/** Both focal lengths are one: along (1, 1). */
function evaluate(evidence: CentredEvidence, lnf: number): Evaluation {
  const f = exp(lnf)
  const { cost, information, slope } = kruppaCost(evidence, f, f)
  return { cost, curvature: information[0] + 2 * information[1] + information[2], slope: slope[0] + slope[1] }
}

function totalCost(evidence: readonly CentredEvidence[], lnf: number): number {
  return evidence.reduce((sum, e) => sum + robustCost(evaluate(e, lnf).cost), 0)
}

function informationAt(e: CentredEvidence, lnf: number): number {
  const { cost, curvature } = evaluate(e, lnf)
  return informationWeight(cost) * curvature
}

/** Bottoms of the valleys of the total cost, ln f, the lowest first. */
function findValleys(evidence: readonly CentredEvidence[]): number[] {
  if (evidence.length === 0) return []
  const from = log(LOWEST)
  const step = (log(HIGHEST) - from) / SCAN_STEPS
  const costs = Array.from({ length: SCAN_STEPS + 1 }, (_, i) => totalCost(evidence, from + i * step))
  const bottoms: { lnf: number; cost: number }[] = []
  for (let i = 0; i <= SCAN_STEPS; i++) {
    if (costs[i] > (costs[i - 1] ?? 1 / 0) || costs[i] >= (costs[i + 1] ?? 1 / 0)) continue
    const low = from + Math.max(0, i - 1) * step
    const lnf = descend(evidence, low, from + Math.min(SCAN_STEPS, i + 1) * step)
    bottoms.push({ lnf, cost: totalCost(evidence, lnf) })
  }
  return bottoms.sort((a, b) => a.cost - b.cost).map((b) => b.lnf)
}

const GOLDEN = (Math.sqrt(5) - 1) / 2

/** Golden sections to the width where the cost's rounding begins, then Gauss–Newton, which needs no differences of costs. */
function descend(evidence: readonly CentredEvidence[], low: number, high: number): number {
  let [a, b] = [low, high]
  let x = b - GOLDEN * (b - a)
  let y = a + GOLDEN * (b - a)
  let fx = totalCost(evidence, x)
  let fy = totalCost(evidence, y)
  while (b - a > 1e-4) {
    if (fx < fy) {
      b = y
      y = x
      fy = fx
      x = b - GOLDEN * (b - a)
      fx = totalCost(evidence, x)
    } else {
      a = x
      x = y
      fx = fy
      y = a + GOLDEN * (b - a)
      fy = totalCost(evidence, y)
    }
  }
  let lnf = 0.5 * (a + b)
  for (let iteration = 0; iteration < 8; iteration++) {
    let [slope, curvature] = [0, 0]
    for (const e of evidence) {
      const at = evaluate(e, lnf)
      slope += robustWeight(at.cost) * at.slope
      curvature += robustWeight(at.cost) * at.curvature
    }
    const step = slope / curvature
    if (!(Math.abs(step) < 1e-3)) break
    lnf = Math.min(high, Math.max(low, lnf - step))
    if (Math.abs(step) < 1e-15) break
  }
  return lnf
}

/** The critical motion of an F whose equations do not change with f beyond their noise. */
function degeneracyAt(
  evidence: CentredEvidence,
  lnf: number,
): { readonly reason: CriticalMotion; readonly value: number } | undefined {
  const f = exp(lnf)
  kruppaConditions(evidence.F, f, f, scratch)
  // dg/d ln f as a linear function of F: both stretches count, so the upper left block twice.
  const rows = [0, 9].map((at) =>
    Array.from({ length: 9 }, (_, k) => scratch.byF[at + k] * ((k % 3 < 2 ? 1 : 0) + (k < 6 ? 1 : 0))),
  )
  const value = significance(evidence, rows)
  const critical = criticalMotion(evidence)
  if (critical?.reason === 'pure-translation' || critical?.reason === 'parallel-axes') return critical
  // Without any of them what is missing is information, which the deviation tells.
  return value >= SIGNIFICANT || critical === undefined ? undefined : { reason: 'fixating', value }
}
