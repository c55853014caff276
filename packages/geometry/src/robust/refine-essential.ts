import { so3Exp } from '../math/so3.js'
import { svd3 } from '../math/svd3.js'
import { type LocalProblem, minimizeLocally } from './levenberg.js'
import { sampsonCost, sampsonNormalEquations } from './sampson.js'

/**
 * Least squares of the Sampson distances over the five degrees of freedom of E, in place.
 *
 * @param w1 squared size of a pixel of image 1 in normalised units, 1/f²
 */
export function refineEssential(
  E: Float64Array,
  xy1: Float64Array,
  xy2: Float64Array,
  subset: Int32Array,
  w1: number,
  w2: number,
  maxIterations = 8,
): boolean {
  if (subset.length < 5) return false
  problem.start(E, xy1, xy2, subset, w1, w2)
  if (!minimizeLocally(problem, maxIterations, 1e-7)) return false
  problem.finish(E)
  return true
}

const factors = { U: new Float64Array(9), S: new Float64Array(3), V: new Float64Array(9) }

/** E = [t]ₓ R with t a unit vector; steps turn R from the right and move t in its tangent plane. */
class EssentialProblem implements LocalProblem {
  readonly dimension = 5
  #xy1: Float64Array = new Float64Array(0)
  #xy2: Float64Array = new Float64Array(0)
  #subset: Int32Array = new Int32Array(0)
  #w1 = 1
  #w2 = 1
  #R: Float64Array = new Float64Array(9)
  #t: Float64Array = new Float64Array(3)
  #E: Float64Array = new Float64Array(9)
  #trialR: Float64Array = new Float64Array(9)
  #trialT: Float64Array = new Float64Array(3)
  #trialE: Float64Array = new Float64Array(9)
  readonly #D = new Float64Array(45)
  readonly #tangent = new Float64Array(6)
  readonly #turn = new Float64Array(9)
  readonly #omega = new Float64Array(3)

  start(E: Float64Array, xy1: Float64Array, xy2: Float64Array, subset: Int32Array, w1: number, w2: number): void {
    this.#xy1 = xy1
    this.#xy2 = xy2
    this.#subset = subset
    this.#w1 = w1
    this.#w2 = w2
    // Any of the four decompositions has the same E up to sign: R = U W Vᵀ (a proper rotation up to sign), t = u₃.
    const { U, V } = svd3(E, factors)
    const R = this.#R
    for (let r = 0; r < 3; r++) {
      for (let c = 0; c < 3; c++) {
        R[3 * r + c] = U[3 * r + 1] * V[3 * c] - U[3 * r] * V[3 * c + 1] + U[3 * r + 2] * V[3 * c + 2]
      }
      this.#t[r] = U[3 * r + 2]
    }
    const det =
      R[0] * (R[4] * R[8] - R[5] * R[7]) - R[1] * (R[3] * R[8] - R[5] * R[6]) + R[2] * (R[3] * R[7] - R[4] * R[6])
    if (det < 0) for (let k = 0; k < 9; k++) R[k] = -R[k]
    crossRows(this.#t, R, this.#E)
  }

  finish(E: Float64Array): void {
    for (let k = 0; k < 9; k++) E[k] = this.#E[k] * Math.SQRT1_2
  }

  linearize(JtJ: Float64Array, Jtr: Float64Array): number {
    const E = this.#E
    const D = this.#D
    // dE/dω: E [e_k]ₓ
    for (let r = 0; r < 9; r += 3) {
      D[r] = 0
      D[r + 1] = E[r + 2]
      D[r + 2] = -E[r + 1]
      D[9 + r] = -E[r + 2]
      D[9 + r + 1] = 0
      D[9 + r + 2] = E[r]
      D[18 + r] = E[r + 1]
      D[18 + r + 1] = -E[r]
      D[18 + r + 2] = 0
    }
    tangentBasis(this.#t, this.#tangent)
    crossRows(this.#tangent.subarray(0, 3), this.#R, D.subarray(27, 36))
    crossRows(this.#tangent.subarray(3, 6), this.#R, D.subarray(36, 45))
    return sampsonNormalEquations(E, D, 5, this.#xy1, this.#xy2, this.#w1, this.#w2, this.#subset, JtJ, Jtr)
  }

  tryStep(step: Float64Array): number {
    for (let k = 0; k < 3; k++) this.#omega[k] = step[k]
    const turn = so3Exp(this.#omega, this.#turn)
    const R = this.#R
    const next = this.#trialR
    for (let r = 0; r < 9; r += 3) {
      for (let c = 0; c < 3; c++) {
        next[r + c] = R[r] * turn[c] + R[r + 1] * turn[3 + c] + R[r + 2] * turn[6 + c]
      }
    }
    const t = this.#trialT
    for (let k = 0; k < 3; k++) t[k] = this.#t[k] + step[3] * this.#tangent[k] + step[4] * this.#tangent[3 + k]
    const norm = 1 / Math.sqrt(t[0] * t[0] + t[1] * t[1] + t[2] * t[2])
    for (let k = 0; k < 3; k++) t[k] *= norm
    crossRows(t, next, this.#trialE)
    return sampsonCost(this.#trialE, this.#xy1, this.#xy2, this.#w1, this.#w2, this.#subset)
  }

  accept(): void {
    const R = this.#R
    const t = this.#t
    const E = this.#E
    this.#R = this.#trialR
    this.#t = this.#trialT
    this.#E = this.#trialE
    this.#trialR = R
    this.#trialT = t
    this.#trialE = E
  }
}

const problem = new EssentialProblem()

/** [t]ₓ R. */
function crossRows(t: Float64Array, R: Float64Array, out: Float64Array): void {
  for (let c = 0; c < 3; c++) {
    out[c] = t[1] * R[6 + c] - t[2] * R[3 + c]
    out[3 + c] = t[2] * R[c] - t[0] * R[6 + c]
    out[6 + c] = t[0] * R[3 + c] - t[1] * R[c]
  }
}

/** Two unit vectors orthogonal to the unit vector t and to each other. */
function tangentBasis(t: Float64Array, out: Float64Array): void {
  const x = t[0]
  const y = t[1]
  const z = t[2]
  // Duff et al., "Building an orthonormal basis, revisited" (JCGT 2017).
  const sign = z < 0 ? -1 : 1
  const a = -1 / (sign + z)
  const b = x * y * a
  out[0] = 1 + sign * x * x * a
  out[1] = sign * b
  out[2] = -sign * x
  out[3] = b
  out[4] = sign + y * y * a
  out[5] = -y
}
