import { choleskyFactor, choleskySolve } from '../../math/cholesky.js'
import { conjugateGradients, dot } from '../../math/conjugate-gradients.js'
import {
  addProduct,
  backSubstitute,
  type Elimination,
  eliminateBlocks,
  elimination,
  writeRightHandSide,
} from './elimination.js'
import type { LinearSolver } from './linear-solver.js'
import { dampingOf, type Linearization } from './linearization.js'
import { inverseOfReduced, subtractOuter } from './schur.js'

/** Of the preconditioned residual's norm: a step so exact is as good as an exact one, also for the last digits. */
const TOLERANCE = 1e-10

/**
 * The reduced equations S x = b by conjugate gradients, S x = Jᵀ(J x) + D x − W (Wᵀx) multiplied term by term (Agarwal et al.,
 * "Bundle adjustment in the large", 2010), preconditioned by the diagonal blocks of S.
 */
export function conjugateGradientSolver(lin: Linearization, eliminate: readonly number[]): LinearSolver {
  const parts = elimination(lin, eliminate)
  const { n, kept } = parts
  const x = new Float64Array(n)
  const residual = new Float64Array(n)
  const factors = kept.map(({ dimension }) => new Float64Array(dimension * dimension))
  let damping = Number.POSITIVE_INFINITY
  const system = {
    multiply: (v: Float64Array, out: Float64Array) => multiplyReduced(lin, parts, damping, v, out),
    precondition: (v: Float64Array, out: Float64Array) => {
      for (const [k, { row, dimension }] of kept.entries()) {
        choleskySolve(factors[k], dimension, v.subarray(row, row + dimension), out.subarray(row, row + dimension))
      }
    },
  }
  const limits = { tolerance: TOLERANCE, maxIterations: 2 * n + 20 }
  return {
    factor: (radius) => {
      damping = radius
      return eliminateBlocks(lin, parts, radius) && factorDiagonal(lin, parts, radius, factors)
    },
    solve: (r, step) => {
      writeRightHandSide(lin, parts, r)
      if (!conjugateGradients(system, parts.rhs, x, limits, residual)) return Number.NaN
      backSubstitute(parts, x, step)
      return 0.5 * dot(x, residual)
    },
    inverse: () => inverseOfReduced(lin, parts, new Float64Array(n * n)),
  }
}

function multiplyReduced(
  lin: Linearization,
  { kept, terms, eliminated }: Elimination,
  radius: number,
  x: Float64Array,
  out: Float64Array,
): void {
  for (const { block, row, dimension } of kept) {
    for (let c = 0; c < dimension; c++) out[row + c] = dampingOf(lin.scaling, block.row + c, radius) * x[row + c]
  }
  for (const { term, parts } of terms) {
    for (let m = 0; m < term.r.length; m++) {
      let s = 0
      for (const { J, kept: k } of parts) {
        for (let c = 0; c < k.dimension; c++) s += J[m * k.dimension + c] * x[k.row + c]
      }
      for (const { J, kept: k } of parts) {
        for (let c = 0; c < k.dimension; c++) out[k.row + c] += J[m * k.dimension + c] * s
      }
    }
  }
  for (const { block, couplings } of eliminated) {
    const d = block.dimension
    for (let c = 0; c < d; c++) {
      let s = 0
      for (const { kept: k, W } of couplings) for (let i = 0; i < k.dimension; i++) s += W[i * d + c] * x[k.row + i]
      for (const { kept: k, W } of couplings) for (let i = 0; i < k.dimension; i++) out[k.row + i] -= W[i * d + c] * s
    }
  }
}

/** Cholesky factors of the diagonal blocks of S. */
function factorDiagonal(
  lin: Linearization,
  { kept, terms, eliminated }: Elimination,
  radius: number,
  factors: readonly Float64Array[],
): boolean {
  const factorOf = new Map(kept.map((k, i) => [k, factors[i]] as const))
  for (const factor of factors) factor.fill(0)
  for (const { term, parts } of terms) {
    for (const { J, kept: k } of parts) {
      addProduct(J, k.dimension, J, k.dimension, term.r.length, factorOf.get(k)!, 0, k.dimension)
    }
  }
  for (const { block, couplings } of eliminated) {
    for (const { kept: k, W } of couplings) {
      subtractOuter(W, k.dimension, W, k.dimension, block.dimension, factorOf.get(k)!, 0, k.dimension)
    }
  }
  return kept.every(({ block, dimension }, i) => {
    for (let c = 0; c < dimension; c++) factors[i][c * (dimension + 1)] += dampingOf(lin.scaling, block.row + c, radius)
    return choleskyFactor(factors[i], dimension)
  })
}
