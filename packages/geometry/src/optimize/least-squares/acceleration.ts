import type { LinearSolver } from './linear-solver.js'
import { type Linearization, plus } from './linearization.js'

/**
 * Along a step v the residuals bend: r(x + v) ≈ r + J v + ½ r″, and the least-squares step of the bend is the acceleration
 * a, solved for with the damping of v. A step whose acceleration is longer than half of this part of it (lengths by the damping's scaling)
 * leaves the region where the model means anything, though it may lower the cost: into the plateau of dead exponentials, say.
 * Transtrum & Sethna, "Improvements to the Levenberg–Marquardt algorithm for nonlinear least-squares minimization" (2012),
 * whose values these are.
 */
const MOST_ACCELERATION = 0.75
/** Part of the step after which the bend is measured. */
const BEND_AT = 0.1
/** Bends below so many roundings of the residuals are noise. */
const BEND_NOISE = 1e3 * Number.EPSILON

/** Room for `accelerate`. */
export interface Acceleration {
  readonly vector: Float64Array
  /** r″ of each term. */
  readonly bend: readonly Float64Array[]
}

export function accelerationOf({ dimension, terms }: Linearization): Acceleration {
  return { vector: new Float64Array(dimension), bend: terms.map(({ r }) => new Float64Array(r.length)) }
}

/**
 * Adds half the acceleration to a step that the solver has just found.
 *
 * @param place room for parameters, and `values` its views
 * @returns false where the step is too long for its bend
 */
export function accelerate(
  lin: Linearization,
  solver: LinearSolver,
  { vector, bend }: Acceleration,
  x: Float64Array,
  step: Float64Array,
  place: Float64Array,
  values: readonly Float64Array[][],
): boolean {
  for (let c = 0; c < step.length; c++) vector[c] = BEND_AT * step[c]
  plus(lin, x, vector, place)
  let square = 0
  let size = 0
  for (const [i, { problem, r, trial, weights, J, blocks }] of lin.terms.entries()) {
    problem.residuals(values[i], trial)
    for (let m = 0; m < r.length; m++) {
      let along = 0
      for (let k = 0; k < J.length; k++) {
        const { row, dimension } = blocks[k]
        for (let c = 0; c < dimension; c++) along += J[k][m * dimension + c] * step[row + c]
      }
      const second = (2 / BEND_AT) * ((weights[m] * trial[m] - r[m]) / BEND_AT - along)
      bend[i][m] = second
      square += second * second
      size += r[m] * r[m]
    }
  }
  if (!(square < Number.POSITIVE_INFINITY)) return false
  const noise = (2 * BEND_NOISE) / (BEND_AT * BEND_AT)
  if (square <= noise * noise * size) return true
  if (Number.isNaN(solver.solve(bend, vector))) return false
  let first = 0
  let second = 0
  for (let c = 0; c < step.length; c++) {
    first += lin.scaling[c] * step[c] * step[c]
    second += lin.scaling[c] * vector[c] * vector[c]
  }
  if (!(4 * second <= MOST_ACCELERATION * MOST_ACCELERATION * first)) return false
  for (let c = 0; c < step.length; c++) step[c] += 0.5 * vector[c]
  return true
}
