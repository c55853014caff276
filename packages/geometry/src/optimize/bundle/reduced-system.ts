import { choleskyFactor, choleskySolve } from '../../math/cholesky.js'
import type { BundleLayout } from './layout.js'
import { type BlockPattern, blockPattern } from './pattern.js'
import { conjugateGradients, type PcgScratch, pcgScratch } from './pcg.js'

/**
 * The symmetric matrix of poses and intrinsics that remains when the points are eliminated. Only blocks (a, b) with a ≥ b
 * are kept, of diagonal blocks only the lower triangle counts; dense storage is n × n row-major.
 */
export interface ReducedSystem {
  readonly n: number
  readonly values: Float64Array
  /** Absent: dense. */
  readonly pattern?: BlockPattern
  readonly pcg?: PcgScratch
}

/** An inexact step is as good for the next linearisation; tighter costs more iterations than it saves. */
const PCG_TOLERANCE = 1e-3

/** Up to here a dense Cholesky factorisation is faster than iterating. */
const DENSE_LIMIT = 600

export function reducedSystem(
  layout: BundleLayout,
  imageCamera: Int32Array,
  solver: 'auto' | 'dense' | 'iterative',
): ReducedSystem {
  const n = layout.blockRow[layout.blocks]
  if (solver === 'dense' || (solver === 'auto' && n <= DENSE_LIMIT)) return { n, values: new Float64Array(n * n) }
  const pattern = blockPattern(layout, imageCamera)
  const values = new Float64Array(pattern.offset[pattern.column.length])
  return { n, values, pattern, pcg: pcgScratch(layout) }
}

/** Index of the first number of block (a, b), a ≥ b. */
export function blockOffset(system: ReducedSystem, layout: BundleLayout, a: number, b: number): number {
  const { pattern } = system
  if (pattern === undefined) return layout.blockRow[a] * system.n + layout.blockRow[b]
  let low = pattern.rowStart[a]
  let high = pattern.rowStart[a + 1] - 1
  while (low < high) {
    const middle = (low + high) >> 1
    if (pattern.column[middle] < b) low = middle + 1
    else high = middle
  }
  return pattern.offset[low]
}

/** Distance of two rows of block (…, b). */
export function blockStride(system: ReducedSystem, layout: BundleLayout, b: number): number {
  return system.pattern === undefined ? system.n : layout.blockRow[b + 1] - layout.blockRow[b]
}

/**
 * Solves S x = rhs; the dense matrix is overwritten by its factor.
 *
 * @param residual S x − rhs, what conjugate gradients left over
 * @param tolerance relative, of conjugate gradients
 * @returns false where S is not positive definite
 */
export function solveReduced(
  system: ReducedSystem,
  layout: BundleLayout,
  rhs: Float64Array,
  x: Float64Array,
  residual: Float64Array,
  tolerance = PCG_TOLERANCE,
): boolean {
  residual.fill(0)
  if (system.pattern !== undefined && system.pcg !== undefined) {
    return conjugateGradients(layout, system.pattern, system.values, rhs, x, residual, system.pcg, tolerance)
  }
  if (!choleskyFactor(system.values, system.n)) return false
  choleskySolve(system.values, system.n, rhs, x)
  return true
}
