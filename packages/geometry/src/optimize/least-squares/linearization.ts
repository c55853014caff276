import { type LossKernel, lossKernel, lossValue, lossWeight } from '../loss.js'
import type { Manifold } from '../manifold.js'
import { numericJacobian } from '../numeric-jacobian.js'
import type { BlockProblem, ResidualTerm } from './problem.js'

/**
 * A problem at a value: weighted residuals r and Jacobians J of each term in the tangent spaces of its blocks, the gradient Jᵀr
 * and the diagonal of JᵀJ. All that the linear solvers need.
 */
export interface Linearization {
  readonly blocks: readonly Block[]
  readonly terms: readonly Term[]
  readonly residualCount: number
  /** Degrees of freedom. */
  readonly dimension: number
  readonly gradient: Float64Array
  /** Diagonal of JᵀJ. */
  readonly diagonal: Float64Array
  /** What damps the steps: the diagonal, but never less than a part of what it was a step before. */
  readonly scaling: Float64Array
}

export interface Block {
  readonly manifold: Manifold
  /** First stored number of the block in x. */
  readonly at: number
  /** First degree of freedom of the block in a step. */
  readonly row: number
  readonly dimension: number
  readonly differential: Float64Array
}

export interface Term {
  readonly problem: ResidualTerm
  readonly blocks: readonly Block[]
  readonly loss: LossKernel
  readonly lossBlock: number
  /** Weighted. */
  readonly r: Float64Array
  /** √ρ′ of each residual. */
  readonly weights: Float64Array
  /** Of a candidate, not weighted. */
  readonly trial: Float64Array
  /** Per block residuals × degrees of freedom, weighted. */
  readonly J: readonly Float64Array[]
  /** Per block residuals × stored numbers. */
  readonly ambient: readonly Float64Array[]
}

/**
 * What a parameter's damping keeps of itself from one accepted step to the next where the residuals have become flat in it. Moré's
 * rule keeps all, and a parameter that once mattered much is held for ever (MGH10 of NIST's problems); keeping nothing sets a
 * parameter free at once where an exponential dies (MGH17, BoxBOD).
 */
const SCALING_MEMORY = 0.5

export function linearization(problem: BlockProblem): Linearization {
  const blocks: Block[] = []
  let at = 0
  let row = 0
  for (const manifold of problem.blocks) {
    const { size, dimension } = manifold
    blocks.push({ manifold, at, row, dimension, differential: new Float64Array(size * dimension) })
    at += size
    row += dimension
  }
  const terms = problem.terms.map((term): Term => {
    const of = term.blocks.map((b) => blocks[b])
    const m = term.residualCount
    return {
      problem: term,
      blocks: of,
      loss: lossKernel(term.loss),
      lossBlock: term.lossBlock ?? 1,
      r: new Float64Array(m),
      weights: new Float64Array(m),
      trial: new Float64Array(m),
      J: of.map((block) => new Float64Array(m * block.dimension)),
      ambient: of.map((block) => new Float64Array(m * block.manifold.size)),
    }
  })
  return {
    blocks,
    terms,
    residualCount: terms.reduce((s, term) => s + term.r.length, 0),
    dimension: row,
    gradient: new Float64Array(row),
    diagonal: new Float64Array(row),
    scaling: new Float64Array(row),
  }
}

/** The values of each term's blocks, as views into x. */
export function termValues({ terms }: Linearization, x: Float64Array): Float64Array[][] {
  return terms.map((term) => term.blocks.map(({ at, manifold }) => x.subarray(at, at + manifold.size)))
}

/** x ⊞ step. */
export function plus({ blocks }: Linearization, x: Float64Array, step: Float64Array, out: Float64Array): void {
  for (const { manifold, at, row } of blocks) {
    const end = at + manifold.size
    manifold.plus(x.subarray(at, end), step.subarray(row, row + manifold.dimension), out.subarray(at, end))
  }
}

/** @param values of `termValues` */
export function costAt({ terms }: Linearization, values: readonly Float64Array[][]): number {
  let cost = 0
  for (const [i, { problem, trial, loss, lossBlock }] of terms.entries()) {
    problem.residuals(values[i], trial)
    for (let k = 0; k < trial.length; k += lossBlock) {
      cost += 0.5 * lossValue(loss.kind, loss.square, blockSquare(trial, k, lossBlock))
    }
  }
  return cost
}

/** Residuals and Jacobians at x, each loss block scaled by √ρ′; the gradient and the diagonal of JᵀJ. */
export function linearizeAt(lin: Linearization, x: Float64Array, values: readonly Float64Array[][]): void {
  const { blocks, terms, gradient, diagonal, scaling } = lin
  for (const { manifold, at, differential } of blocks) {
    manifold.differential(x.subarray(at, at + manifold.size), differential)
  }
  gradient.fill(0)
  diagonal.fill(0)
  for (const [i, term] of terms.entries()) {
    writeJacobians(term, values[i])
    term.problem.residuals(values[i], term.r)
    weigh(term, gradient, diagonal)
  }
  for (let c = 0; c < lin.dimension; c++) {
    scaling[c] = Math.max(diagonal[c], SCALING_MEMORY * scaling[c])
  }
}

function writeJacobians(term: Term, values: readonly Float64Array[]): void {
  const { problem, blocks, J, ambient } = term
  const m = problem.residualCount
  if (problem.jacobian === undefined) {
    for (const [k, { manifold }] of blocks.entries()) {
      const moved = values.slice()
      const residuals = (x: Float64Array, out: Float64Array) => {
        moved[k] = x
        problem.residuals(moved, out)
      }
      numericJacobian({ residualCount: m, residuals }, manifold, values[k], J[k])
    }
    return
  }
  problem.jacobian(values, ambient)
  for (const [k, { manifold, differential }] of blocks.entries()) {
    multiply(ambient[k], differential, m, manifold.size, manifold.dimension, J[k])
  }
}

/** out ← A B, A m × n, B n × d. */
function multiply(A: Float64Array, B: Float64Array, m: number, n: number, d: number, out: Float64Array): void {
  for (let i = 0; i < m; i++) {
    for (let c = 0; c < d; c++) {
      let s = 0
      for (let k = 0; k < n; k++) s += A[i * n + k] * B[k * d + c]
      out[i * d + c] = s
    }
  }
}

function weigh({ blocks, loss, lossBlock, r, weights, J }: Term, gradient: Float64Array, diagonal: Float64Array): void {
  for (let at = 0; at < r.length; at += lossBlock) {
    const weight = Math.sqrt(lossWeight(loss.kind, loss.square, blockSquare(r, at, lossBlock)))
    for (let i = at; i < at + lossBlock; i++) {
      r[i] *= weight
      weights[i] = weight
      for (let k = 0; k < J.length; k++) {
        const { row, dimension } = blocks[k]
        const rows = J[k]
        for (let c = 0; c < dimension; c++) {
          const v = rows[i * dimension + c] * weight
          rows[i * dimension + c] = v
          gradient[row + c] += v * r[i]
          diagonal[row + c] += v * v
        }
      }
    }
  }
}

function blockSquare(r: Float64Array, at: number, size: number): number {
  let s = 0
  for (let k = at; k < at + size; k++) s += r[k] * r[k]
  return s
}

/** Damping D of unknown c in a trust region, none in an infinite one; 1, which holds it, where it never mattered. */
export function dampingOf(scaling: Float64Array, c: number, radius: number): number {
  if (radius === Number.POSITIVE_INFINITY) return 0
  return scaling[c] > 0 ? scaling[c] / radius : 1
}

/** ½ δᵀ(Dδ − g): the decrease of the cost that the quadratic model predicts for a δ with (JᵀJ + D) δ = −g. */
export function predictedDecrease({ gradient, scaling }: Linearization, radius: number, step: Float64Array): number {
  let predicted = 0
  for (let c = 0; c < step.length; c++) {
    predicted += 0.5 * step[c] * (dampingOf(scaling, c, radius) * step[c] - gradient[c])
  }
  return predicted
}
