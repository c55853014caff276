import { choleskyFactor, choleskySolve } from '../math/cholesky.js'

/** Normal equations of a small least-squares problem, gathered row by row: Gauss–Newton's inner step. */
export class NormalEquations {
  readonly size: number
  readonly #A: Float64Array
  readonly #b: Float64Array
  /** One row of the Jacobian, filled by the caller before each `add`. */
  readonly row: Float64Array
  /** The step that `solve` found. */
  readonly step: Float64Array

  constructor(size: number) {
    this.size = size
    this.#A = new Float64Array(size * size)
    this.#b = new Float64Array(size)
    this.row = new Float64Array(size)
    this.step = new Float64Array(size)
  }

  clear(): void {
    this.#A.fill(0)
    this.#b.fill(0)
  }

  /** Adds the residual of the current `row`. */
  add(residual: number): void {
    const { size, row } = this
    for (let i = 0; i < size; i++) {
      const ri = row[i]
      this.#b[i] -= ri * residual
      for (let j = 0; j <= i; j++) this.#A[i * size + j] += ri * row[j]
    }
  }

  /** Adds `value` to diagonal element i: a prior that the step is small there. */
  damp(i: number, value: number): void {
    this.#A[i * this.size + i] += value
  }

  /** The step −(JᵀJ)⁻¹ Jᵀ r into `step`; false where the problem does not determine it. */
  solve(): boolean {
    if (!choleskyFactor(this.#A, this.size)) return false
    choleskySolve(this.#A, this.size, this.#b, this.step)
    return this.step.every(Number.isFinite)
  }
}
