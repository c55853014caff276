import { so3Exp } from '../math/so3.js'
import { svd3 } from '../math/svd3.js'
import { denormalizeForm, normalizeForm, normalizeScale } from '../solvers/normalize.js'
import { type ConditionedPair, conditionPair } from './conditioning.js'
import { type LocalProblem, minimizeLocally } from './levenberg.js'
import { sampsonCost, sampsonNormalEquations } from './sampson.js'

/** Least squares of the Sampson distances in pixels over the seven degrees of freedom of F, in place. */
export function refineFundamental(
  F: Float64Array,
  xy1: Float64Array,
  xy2: Float64Array,
  subset: Int32Array,
  maxIterations = 8,
): boolean {
  const conditioned = conditionPair(xy1, xy2)
  return conditioned !== undefined && refineConditionedFundamental(F, conditioned, subset, maxIterations)
}

/** The same for correspondences already conditioned; F is in pixels. */
export function refineConditionedFundamental(
  F: Float64Array,
  pair: ConditionedPair,
  subset: Int32Array,
  maxIterations = 8,
): boolean {
  if (subset.length < 7) return false
  normalizeForm(F, 0, pair.T1, pair.T2)
  if (!normalizeScale(F, 0) || !problem.start(F, pair.xy1, pair.xy2, subset)) return false
  if (!minimizeLocally(problem, maxIterations, 1e-7)) return false
  problem.finish(F)
  denormalizeForm(F, 0, pair.T1, pair.T2)
  return normalizeScale(F, 0)
}

const factors = { U: new Float64Array(9), S: new Float64Array(3), V: new Float64Array(9) }

/**
 * F = U diag(1, s, 0) Vᵀ; steps turn U and V from the right and add to s. Bartoli & Sturm, "Nonlinear estimation of the
 * fundamental matrix with minimal parameters" (PAMI 2004).
 */
class FundamentalProblem implements LocalProblem {
  readonly dimension = 7
  #xy1: Float64Array = new Float64Array(0)
  #xy2: Float64Array = new Float64Array(0)
  #subset: Int32Array = new Int32Array(0)
  #U: Float64Array = new Float64Array(9)
  #V: Float64Array = new Float64Array(9)
  #s = 0
  #F: Float64Array = new Float64Array(9)
  #trialU: Float64Array = new Float64Array(9)
  #trialV: Float64Array = new Float64Array(9)
  #trialS = 0
  #trialF: Float64Array = new Float64Array(9)
  readonly #D = new Float64Array(63)
  readonly #omega = new Float64Array(3)
  readonly #turn = new Float64Array(9)

  start(F: Float64Array, xy1: Float64Array, xy2: Float64Array, subset: Int32Array): boolean {
    this.#xy1 = xy1
    this.#xy2 = xy2
    this.#subset = subset
    const { U, S, V } = svd3(F, factors)
    if (!(S[1] > 0)) return false
    this.#U.set(U)
    this.#V.set(V)
    this.#s = S[1] / S[0]
    combine(this.#U, this.#s, this.#V, this.#F)
    return true
  }

  finish(F: Float64Array): void {
    F.set(this.#F)
  }

  linearize(JtJ: Float64Array, Jtr: Float64Array): number {
    const U = this.#U
    const V = this.#V
    const s = this.#s
    const D = this.#D
    for (let i = 0; i < 3; i++) {
      const ux = U[3 * i]
      const uy = U[3 * i + 1]
      const uz = U[3 * i + 2]
      for (let j = 0; j < 3; j++) {
        const vx = V[3 * j]
        const vy = V[3 * j + 1]
        const vz = V[3 * j + 2]
        const k = 3 * i + j
        // U [e_k]ₓ diag(1, s, 0) Vᵀ
        D[k] = s * uz * vy
        D[9 + k] = -uz * vx
        D[18 + k] = uy * vx - s * ux * vy
        // −U diag(1, s, 0) [e_k]ₓ Vᵀ
        D[27 + k] = s * uy * vz
        D[36 + k] = -ux * vz
        D[45 + k] = ux * vy - s * uy * vx
        D[54 + k] = uy * vy
      }
    }
    return sampsonNormalEquations(this.#F, D, 7, this.#xy1, this.#xy2, 1, 1, this.#subset, JtJ, Jtr)
  }

  tryStep(step: Float64Array): number {
    this.#rotate(this.#U, step, 0, this.#trialU)
    this.#rotate(this.#V, step, 3, this.#trialV)
    this.#trialS = this.#s + step[6]
    combine(this.#trialU, this.#trialS, this.#trialV, this.#trialF)
    return sampsonCost(this.#trialF, this.#xy1, this.#xy2, 1, 1, this.#subset)
  }

  accept(): void {
    const U = this.#U
    const V = this.#V
    const F = this.#F
    this.#U = this.#trialU
    this.#V = this.#trialV
    this.#F = this.#trialF
    this.#s = this.#trialS
    this.#trialU = U
    this.#trialV = V
    this.#trialF = F
  }

  #rotate(Q: Float64Array, step: Float64Array, at: number, out: Float64Array): void {
    for (let k = 0; k < 3; k++) this.#omega[k] = step[at + k]
    const turn = so3Exp(this.#omega, this.#turn)
    for (let r = 0; r < 9; r += 3) {
      for (let c = 0; c < 3; c++) out[r + c] = Q[r] * turn[c] + Q[r + 1] * turn[3 + c] + Q[r + 2] * turn[6 + c]
    }
  }
}

const problem = new FundamentalProblem()

/** U diag(1, s, 0) Vᵀ. */
function combine(U: Float64Array, s: number, V: Float64Array, out: Float64Array): void {
  for (let i = 0; i < 3; i++) {
    for (let j = 0; j < 3; j++) out[3 * i + j] = U[3 * i] * V[3 * j] + s * U[3 * i + 1] * V[3 * j + 1]
  }
}
