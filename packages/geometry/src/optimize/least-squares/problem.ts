import { EpipoleError } from '@epipole/core'
import type { Loss } from '../loss.js'
import { euclidean, type Manifold } from '../manifold.js'

/** min over x of ½ Σ ρ(‖r_b(x)‖²), with all residuals written by one function. */
export interface LeastSquaresProblem {
  /** Number of residuals. */
  readonly residualCount: number
  /** Number of stored parameters. */
  readonly parameterCount: number
  /** Writes the residuals at x; a residual that is not finite makes the solver take a shorter step. */
  readonly residuals: (x: Float64Array, out: Float64Array) => void
  /** Writes ∂residuals/∂x, residualCount × parameterCount, row-major. Default: central differences. */
  readonly jacobian?: (x: Float64Array, out: Float64Array) => void
  /** Default: all of ℝⁿ. */
  readonly manifold?: Manifold
  /** Default: trivial. */
  readonly loss?: Loss
  /** Residuals that are judged together by the loss, one block after the other (2 for pixels). Default 1. */
  readonly lossBlock?: number
}

/**
 * The same sum in terms that each depend on a few blocks of parameters only, as an observation does on its camera and its point:
 * what makes large problems sparse. x is the blocks' values one after the other.
 */
export interface BlockProblem {
  /** Where the value of each block lives. */
  readonly blocks: readonly Manifold[]
  readonly terms: readonly ResidualTerm[]
  /**
   * Indices of blocks that are expressed by the others before the linear system is solved (the points of bundle adjustment): no
   * term may depend on two of them. Default none.
   */
  readonly eliminate?: readonly number[]
}

/** A part of the residuals and the blocks it depends on. */
export interface ResidualTerm {
  /** Indices into the problem's blocks, each once. */
  readonly blocks: readonly number[]
  readonly residualCount: number
  /** @param x the values of the term's blocks, in its order */
  readonly residuals: (x: readonly Float64Array[], out: Float64Array) => void
  /** Writes ∂residuals/∂x[k] into out[k], residualCount × size of the block, row-major. Default: central differences. */
  readonly jacobian?: (x: readonly Float64Array[], out: readonly Float64Array[]) => void
  /** Default: trivial. */
  readonly loss?: Loss
  /** As above. Default 1. */
  readonly lossBlock?: number
}

/** A plain problem is one term that depends on one block. */
export function inBlocks(problem: LeastSquaresProblem | BlockProblem): BlockProblem {
  if ('terms' in problem) return problem
  const { residuals, jacobian, manifold, parameterCount, residualCount, loss, lossBlock } = problem
  const term: ResidualTerm = {
    blocks: [0],
    residualCount,
    residuals: ([x], out) => residuals(x, out),
    ...(jacobian && { jacobian: ([x], [out]) => jacobian(x, out) }),
    ...(loss && { loss }),
    ...(lossBlock !== undefined && { lossBlock }),
  }
  return { blocks: [manifold ?? euclidean(parameterCount)], terms: [term] }
}

/** @throws EpipoleError `usage` where sizes or indices do not fit */
export function checkSizes(problem: LeastSquaresProblem | BlockProblem, x: Float64Array): void {
  if (!('terms' in problem) && problem.manifold && problem.manifold.size !== problem.parameterCount) {
    fail(`a problem of ${problem.parameterCount} parameters on a manifold of ${problem.manifold.size}.`)
  }
  const { blocks, terms, eliminate = [] } = inBlocks(problem)
  const size = blocks.reduce((s, block) => s + block.size, 0)
  if (x.length !== size) fail(`${x.length} parameters were given for a problem of ${size}.`)
  const isBlock = (b: number) => Number.isInteger(b) && b >= 0 && b < blocks.length
  if (!eliminate.every(isBlock)) fail(`blocks to eliminate must lie in 0 … ${blocks.length - 1}, not ${eliminate}.`)
  const first = new Set(eliminate)
  for (const [i, { blocks: of, residualCount, lossBlock = 1 }] of terms.entries()) {
    if (!of.every(isBlock) || new Set(of).size !== of.length) {
      fail(`term ${i} depends on blocks ${of}; they must be different and lie in 0 … ${blocks.length - 1}.`)
    }
    if (!(lossBlock >= 1 && residualCount % lossBlock === 0)) {
      fail(`term ${i} has ${residualCount} residuals, which are not blocks of ${lossBlock}.`)
    }
    const both = of.filter((b) => first.has(b))
    if (both.length > 1) fail(`term ${i} depends on blocks ${both}, of which at most one can be eliminated.`)
  }
}

function fail(message: string): never {
  throw new EpipoleError('usage', `Least squares: ${message}`)
}
