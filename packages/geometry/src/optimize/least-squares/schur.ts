import { choleskyFactor, choleskyInverse, choleskySolve } from '../../math/cholesky.js'
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

/** A pivot this small against its diagonal is rounding: the parameter is not determined. */
const DEPENDENT = 1e-13

/** The reduced equations S x = b, S = U + D − W Wᵀ, formed and factored by Cholesky. */
export function schurSolver(lin: Linearization, eliminate: readonly number[]): LinearSolver {
  const parts = elimination(lin, eliminate)
  const { n } = parts
  const S = new Float64Array(n * n)
  const x = new Float64Array(n)
  return {
    factor: (radius) => {
      if (!eliminateBlocks(lin, parts, radius)) return false
      writeReduced(lin, parts, radius, S)
      return choleskyFactor(S, n)
    },
    solve: (r, step) => {
      writeRightHandSide(lin, parts, r)
      choleskySolve(S, n, parts.rhs, x)
      backSubstitute(parts, x, step)
      return 0
    },
    inverse: () => inverseOfReduced(lin, parts, S),
  }
}

/** S⁻¹ without damping: (JᵀJ)⁻¹ of the kept blocks. */
export function inverseOfReduced(lin: Linearization, parts: Elimination, S: Float64Array): Float64Array | undefined {
  const { n } = parts
  if (!eliminateBlocks(lin, parts, Number.POSITIVE_INFINITY)) return undefined
  writeReduced(lin, parts, Number.POSITIVE_INFINITY, S)
  const diagonal = parts.kept.flatMap(({ block, dimension }) => [
    ...lin.diagonal.subarray(block.row, block.row + dimension),
  ])
  if (!choleskyFactor(S, n)) return undefined
  for (let c = 0; c < n; c++) if (!(S[c * n + c] ** 2 > DEPENDENT * diagonal[c])) return undefined
  return choleskyInverse(S, n)
}

/** The lower triangle of S. */
function writeReduced(lin: Linearization, parts: Elimination, radius: number, S: Float64Array): void {
  const { n, kept, eliminated, terms } = parts
  S.fill(0)
  for (const { term, parts: of } of terms) {
    for (const { J: A, kept: a } of of) {
      for (const { J: B, kept: b } of of) {
        if (b.row <= a.row) addProduct(A, a.dimension, B, b.dimension, term.r.length, S, a.row * n + b.row, n)
      }
    }
  }
  for (const { block, row, dimension } of kept) {
    for (let c = 0; c < dimension; c++) S[(row + c) * (n + 1)] += dampingOf(lin.scaling, block.row + c, radius)
  }
  for (const { block, couplings } of eliminated) {
    for (const { kept: a, W: A } of couplings) {
      for (const { kept: b, W: B } of couplings) {
        if (b.row <= a.row) subtractOuter(A, a.dimension, B, b.dimension, block.dimension, S, a.row * n + b.row, n)
      }
    }
  }
}

/** out[i][j] −= Σ A[i][c] B[j][c]. */
export function subtractOuter(
  A: Float64Array,
  a: number,
  B: Float64Array,
  b: number,
  d: number,
  out: Float64Array,
  at: number,
  stride: number,
): void {
  for (let i = 0; i < a; i++) {
    for (let j = 0; j < b; j++) {
      let s = 0
      for (let c = 0; c < d; c++) s += A[i * d + c] * B[j * d + c]
      out[at + i * stride + j] -= s
    }
  }
}
