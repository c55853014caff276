import { choleskyFactor, choleskySolve } from '../../math/cholesky.js'
import type { BundleLayout } from './layout.js'
import type { BlockPattern } from './pattern.js'

/** Buffers of `conjugateGradients`. */
export interface PcgScratch {
  readonly direction: Float64Array
  readonly product: Float64Array
  readonly preconditioned: Float64Array
  /** Cholesky factors of the diagonal blocks, one after the other. */
  readonly factors: Float64Array[]
  readonly parts: Float64Array[]
}

export function pcgScratch(layout: BundleLayout): PcgScratch {
  const n = layout.blockRow[layout.blocks]
  const sizes = Array.from({ length: layout.blocks }, (_, b) => layout.blockRow[b + 1] - layout.blockRow[b])
  const preconditioned = new Float64Array(n)
  return {
    direction: new Float64Array(n),
    product: new Float64Array(n),
    preconditioned,
    factors: sizes.map((size) => new Float64Array(size * size)),
    parts: sizes.map((size, b) => preconditioned.subarray(layout.blockRow[b], layout.blockRow[b] + size)),
  }
}

/** y = S x of a symmetric block matrix of which blocks (a, b), a ≥ b, are stored. */
export function multiplySymmetric(
  layout: BundleLayout,
  pattern: BlockPattern,
  values: Float64Array,
  x: Float64Array,
  y: Float64Array,
): void {
  const { blockRow } = layout
  y.fill(0)
  for (let a = 0; a < layout.blocks; a++) {
    const ra = blockRow[a]
    const rows = blockRow[a + 1] - ra
    for (let k = pattern.rowStart[a]; k < pattern.rowStart[a + 1]; k++) {
      const b = pattern.column[k]
      const rb = blockRow[b]
      const columns = blockRow[b + 1] - rb
      let o = pattern.offset[k]
      for (let r = 0; r < rows; r++, o += columns) {
        const end = a === b ? r : columns
        const xr = x[ra + r]
        let sum = a === b ? values[o + r] * xr : 0
        for (let c = 0; c < end; c++) {
          const v = values[o + c]
          sum += v * x[rb + c]
          y[rb + c] += v * xr
        }
        y[ra + r] += sum
      }
    }
  }
}

/**
 * Preconditioned conjugate gradients (Golub & Van Loan, algorithm 11.5.1) with the diagonal blocks as preconditioner (Ceres'
 * SCHUR_JACOBI), from x = 0 until the preconditioned residual norm has fallen by `tolerance`.
 *
 * @param residual S x − rhs at the end
 * @returns false where a diagonal block or the matrix is found not positive definite
 */
export function conjugateGradients(
  layout: BundleLayout,
  pattern: BlockPattern,
  values: Float64Array,
  rhs: Float64Array,
  x: Float64Array,
  residual: Float64Array,
  scratch: PcgScratch,
  tolerance: number,
): boolean {
  const { direction, product, preconditioned } = scratch
  if (!factorDiagonal(layout, pattern, values, scratch)) return false
  const n = rhs.length
  x.fill(0)
  for (let i = 0; i < n; i++) residual[i] = -rhs[i]
  applyPreconditioner(layout, residual, scratch)
  let gamma = dot(residual, preconditioned)
  const target = gamma * tolerance * tolerance
  for (let i = 0; i < n; i++) direction[i] = -preconditioned[i]
  const maxIterations = 2 * n + 10
  for (let iteration = 0; iteration < maxIterations && gamma > target; iteration++) {
    multiplySymmetric(layout, pattern, values, direction, product)
    const curvature = dot(direction, product)
    if (!(curvature > 0)) return iteration > 0 && curvature === 0
    const alpha = gamma / curvature
    for (let i = 0; i < n; i++) {
      x[i] += alpha * direction[i]
      residual[i] += alpha * product[i]
    }
    applyPreconditioner(layout, residual, scratch)
    const next = dot(residual, preconditioned)
    const beta = next / gamma
    gamma = next
    for (let i = 0; i < n; i++) direction[i] = beta * direction[i] - preconditioned[i]
  }
  return true
}

function factorDiagonal(
  layout: BundleLayout,
  pattern: BlockPattern,
  values: Float64Array,
  scratch: PcgScratch,
): boolean {
  for (let a = 0; a < layout.blocks; a++) {
    const o = pattern.offset[pattern.rowStart[a + 1] - 1]
    const factor = scratch.factors[a]
    for (let k = 0; k < factor.length; k++) factor[k] = values[o + k]
    if (!choleskyFactor(factor, layout.blockRow[a + 1] - layout.blockRow[a])) return false
  }
  return true
}

function applyPreconditioner(layout: BundleLayout, residual: Float64Array, scratch: PcgScratch): void {
  scratch.preconditioned.set(residual)
  for (let a = 0; a < layout.blocks; a++) {
    const part = scratch.parts[a]
    choleskySolve(scratch.factors[a], part.length, part, part)
  }
}

function dot(a: Float64Array, b: Float64Array): number {
  let sum = 0
  for (let i = 0; i < a.length; i++) sum += a[i] * b[i]
  return sum
}
