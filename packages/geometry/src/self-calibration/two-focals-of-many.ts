import { exp, log } from '@epipole/core'
import { type CriticalMotion, criticalMotion, SIGNIFICANT } from './degeneracy.js'
import { type CentredEvidence, centre, defaultSize, type FundamentalEvidence } from './evidence.js'
import { informationWeight, kruppaCost, robustCost, robustWeight } from './kruppa-cost.js'
import { focalsFromFundamental, type TwoFocalOptions, type TwoFocalRefusal } from './two-focals.js'

/**
 * Problem: the focal lengths of two cameras from many fundamental matrices between photos of the one and photos of the other.
 * Equation: Σ ρ(gᵀ S⁻¹ g) → min over (ln f₁, ln f₂), g being Kruppa's conditions of each F (`kruppa.ts`), S their covariance, ρ Cauchy's loss.
 * Source: starts are Bougnoux's closed form of each F alone (ICCV 1998); the one of lowest cost is followed down by Gauss–Newton.
 * Preconditions: in one pair at least the optical axes are not coplanar; principal points are known, pixels square.
 * Solutions: one, or a refusal.
 */
export type TwoFocalsVerdict =
  | {
      readonly ok: true
      /** Pixels. */
      readonly focal1: number
      readonly focal2: number
      /** Of (ln f1, ln f2): 2 × 2, row-major. */
      readonly covariance: Float64Array
      readonly witnesses: readonly TwoFocalWitness[]
    }
  | {
      readonly ok: false
      readonly reason: TwoFocalRefusal
      /** As in `TwoFocalVerdict`, of the matrix that is farthest from a critical motion. */
      readonly value: number
      readonly threshold: number
      readonly witnesses: readonly TwoFocalWitness[]
    }

/** What one fundamental matrix said. */
export interface TwoFocalWitness {
  /** gᵀ S⁻¹ g at the result: about 1 where F is as good as its covariance; NaN without a result. */
  readonly cost: number
  /** Why it was not heard. */
  readonly degenerate?: CriticalMotion
}

const ITERATIONS = 50

/** @param evidence image 1 of each is by the first camera, image 2 by the second; empty evidence is `uncertain` */
export function focalsFromFundamentals(
  evidence: readonly FundamentalEvidence[],
  options: TwoFocalOptions = {},
): TwoFocalsVerdict {
  const size = options.size ?? defaultSize(evidence)
  const all = evidence.map((e) => centre(e, size))
  const critical = all.map(criticalMotion)
  const heard = all.filter((_, i) => critical[i] === undefined)
  const witnesses = (at?: readonly [number, number]) =>
    all.map((e, i): TwoFocalWitness => {
      const cost = at ? kruppaCost(e, exp(at[0]), exp(at[1])).cost : Number.NaN
      const found = critical[i]
      return found === undefined ? { cost } : { cost, degenerate: found.reason }
    })
  const refuse = (reason: TwoFocalRefusal, value: number, threshold: number, at?: readonly [number, number]) => ({
    ok: false as const,
    reason,
    value,
    threshold,
    witnesses: witnesses(at),
  })
  if (evidence.length === 0) return refuse('uncertain', Number.POSITIVE_INFINITY, 0)
  if (heard.length === 0) {
    const last = critical.reduce((a, b) => (a!.value >= b!.value ? a : b))!
    return refuse(last.reason, last.value, SIGNIFICANT)
  }
  const alone = { size, maxRelativeDeviation: Number.POSITIVE_INFINITY }
  let best: readonly [number, number] | undefined
  let lowest = Number.POSITIVE_INFINITY
  let offending = Number.NaN
  for (const [i, e] of evidence.entries()) {
    if (critical[i] !== undefined) continue
    const verdict = focalsFromFundamental(e, alone)
    if (!verdict.ok) {
      offending = verdict.value
      continue
    }
    const start = [log(verdict.focal1 / size), log(verdict.focal2 / size)] as const
    const cost = totalCost(heard, start)
    if (!(cost < lowest)) continue
    lowest = cost
    best = start
  }
  if (best === undefined) return refuse('imaginary', offending, 0)
  const at = descend(heard, best)
  const covariance = inverse(normalEquations(heard, at, informationWeight).information)
  const deviation = Math.sqrt(Math.max(covariance[0], covariance[3]))
  const most = options.maxRelativeDeviation ?? 0.25
  if (!(deviation <= most)) return refuse('uncertain', deviation, most, at)
  return { ok: true, focal1: exp(at[0]) * size, focal2: exp(at[1]) * size, covariance, witnesses: witnesses(at) }
}

function totalCost(evidence: readonly CentredEvidence[], [a, b]: readonly [number, number]): number {
  return evidence.reduce((sum, e) => sum + robustCost(kruppaCost(e, exp(a), exp(b)).cost), 0)
}

/** Gauss–Newton, halving steps that do not help. */
function descend(evidence: readonly CentredEvidence[], start: readonly [number, number]): readonly [number, number] {
  let at = start
  let cost = totalCost(evidence, at)
  let equations = normalEquations(evidence, at, robustWeight)
  for (let iteration = 0, length = 1; iteration < ITERATIONS && length > 1e-6; iteration++) {
    const C = inverse(equations.information)
    const [u, v] = equations.slope
    const step = [C[0] * u + C[1] * v, C[2] * u + C[3] * v]
    const next = [at[0] - length * step[0], at[1] - length * step[1]] as const
    const lower = totalCost(evidence, next)
    if (!(lower < cost)) {
      length *= 0.5
      continue
    }
    at = next
    cost = lower
    length = Math.min(1, 2 * length)
    equations = normalEquations(evidence, at, robustWeight)
  }
  return at
}

function normalEquations(
  evidence: readonly CentredEvidence[],
  [a, b]: readonly [number, number],
  weightOf: (cost: number) => number,
) {
  const information: [number, number, number] = [0, 0, 0]
  const slope: [number, number] = [0, 0]
  for (const e of evidence) {
    const said = kruppaCost(e, exp(a), exp(b))
    const weight = weightOf(said.cost)
    for (let k = 0; k < 3; k++) information[k] += weight * said.information[k]
    for (let k = 0; k < 2; k++) slope[k] += weight * said.slope[k]
  }
  return { information, slope }
}

/** Of a symmetric 2 × 2 matrix; infinite where it is singular. */
function inverse([a, b, c]: readonly [number, number, number]): Float64Array {
  const determinant = a * c - b * b
  if (!(determinant > 0)) return new Float64Array(4).fill(Number.POSITIVE_INFINITY)
  return Float64Array.of(c / determinant, -b / determinant, -b / determinant, a / determinant)
}
