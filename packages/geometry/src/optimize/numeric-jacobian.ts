import { type BlockProblem, inBlocks, type LeastSquaresProblem } from './least-squares/problem.js'
import type { Manifold } from './manifold.js'

/** ε^(1/3): balances the truncation of central differences against rounding. */
const RELATIVE_STEP = 6e-6

/** ∂residuals/∂step at x by central differences: residualCount × dimension, row-major. */
export function numericJacobian(
  problem: Pick<LeastSquaresProblem, 'residualCount' | 'residuals'>,
  manifold: Manifold,
  x: Float64Array,
  out: Float64Array,
): void {
  const m = problem.residualCount
  const d = manifold.dimension
  const step = new Float64Array(d)
  const moved = new Float64Array(x.length)
  const plus = new Float64Array(m)
  const minus = new Float64Array(m)
  for (let c = 0; c < d; c++) {
    const h = stepLength(manifold, x, c)
    step.fill(0)
    step[c] = h
    manifold.plus(x, step, moved)
    problem.residuals(moved, plus)
    step[c] = -h
    manifold.plus(x, step, moved)
    problem.residuals(moved, minus)
    for (let i = 0; i < m; i++) out[i * d + c] = (plus[i] - minus[i]) / (2 * h)
  }
}

function stepLength(manifold: Manifold, x: Float64Array, c: number): number {
  return RELATIVE_STEP * (manifold.dimension === x.length ? Math.max(Math.abs(x[c]), 1e-4) : 1)
}

/** Where an analytic Jacobian differs most from a numeric one. */
export interface JacobianCheck {
  /** Whether all entries agree to `tolerance`. */
  readonly ok: boolean
  /** |analytic − numeric| / max(|analytic|, |numeric|, 1e-3 of the column's largest), at the worst entry. */
  readonly relativeError: number
  readonly row: number
  /** Degree of freedom. */
  readonly column: number
  readonly analytic: number
  readonly numeric: number
  readonly tolerance: number
}

/**
 * Compares the Jacobians of a problem (of each term that has one) with Ridders' extrapolated central differences ("Accurate
 * computation of F′(x) and F″(x)", 1982), good to about ten digits.
 *
 * @param tolerance default 1e-6
 */
export function checkJacobian(
  problem: LeastSquaresProblem | BlockProblem,
  x: Float64Array,
  tolerance = 1e-6,
): JacobianCheck {
  const { blocks, terms } = inBlocks(problem)
  const starts = startsOf(blocks.map((block) => block.size))
  const columns = startsOf(blocks.map((block) => block.dimension))
  let worst: JacobianCheck = { ok: true, relativeError: 0, row: 0, column: 0, analytic: 0, numeric: 0, tolerance }
  let rows = 0
  for (const term of terms) {
    const values = term.blocks.map((b) => x.slice(starts[b], starts[b] + blocks[b].size))
    const ambient = values.map((value) => new Float64Array(term.residualCount * value.length))
    term.jacobian?.(values, ambient)
    for (const [k, b] of term.jacobian === undefined ? [] : term.blocks.entries()) {
      const residuals = (moved: Float64Array, out: Float64Array) =>
        term.residuals(
          values.map((value, j) => (j === k ? moved : value)),
          out,
        )
      const check = checkBlock(
        { residualCount: term.residualCount, residuals },
        blocks[b],
        values[k],
        ambient[k],
        tolerance,
      )
      if (check.relativeError > worst.relativeError || Number.isNaN(check.relativeError)) {
        worst = { ...check, row: rows + check.row, column: columns[b] + check.column }
      }
    }
    rows += term.residualCount
  }
  return worst
}

function startsOf(sizes: readonly number[]): number[] {
  let at = 0
  return sizes.map((size) => {
    at += size
    return at - size
  })
}

/** The worst entry of ∂residuals/∂x, `ambient`, in the tangent space of x. */
function checkBlock(
  problem: Pick<LeastSquaresProblem, 'residualCount' | 'residuals'>,
  manifold: Manifold,
  x: Float64Array,
  ambient: Float64Array,
  tolerance: number,
): JacobianCheck {
  const { size: n, dimension: d } = manifold
  const m = problem.residualCount
  const differential = new Float64Array(n * d)
  const numeric = new Float64Array(m)
  let worst = { ok: true, relativeError: 0, row: 0, column: 0, analytic: 0, numeric: 0, tolerance }
  manifold.differential(x, differential)
  for (let column = 0; column < d; column++) {
    riddersColumn(problem, manifold, x, column, numeric)
    const floor = 1e-3 * numeric.reduce((s, v) => Math.max(s, Math.abs(v)), 0)
    for (let row = 0; row < m; row++) {
      let analytic = 0
      for (let k = 0; k < n; k++) analytic += ambient[row * n + k] * differential[k * d + column]
      const scale = Math.max(Math.abs(analytic), Math.abs(numeric[row]), floor)
      const relativeError = scale > 0 ? Math.abs(analytic - numeric[row]) / scale : 0
      if (relativeError > worst.relativeError || Number.isNaN(relativeError)) {
        const ok = relativeError <= tolerance
        worst = { ok, relativeError, row, column, analytic, numeric: numeric[row], tolerance }
      }
    }
  }
  return worst
}

const RIDDERS_ROWS = 8
const RIDDERS_SHRINK = 1.6

/** One column of derivatives: central differences of shrinking steps, extrapolated to step zero, the steadiest kept. */
function riddersColumn(
  problem: Pick<LeastSquaresProblem, 'residualCount' | 'residuals'>,
  manifold: Manifold,
  x: Float64Array,
  column: number,
  out: Float64Array,
): void {
  const m = problem.residualCount
  const step = new Float64Array(manifold.dimension)
  const moved = new Float64Array(x.length)
  const plus = new Float64Array(m)
  const minus = new Float64Array(m)
  const errors = new Float64Array(m).fill(Number.POSITIVE_INFINITY)
  let previous: Float64Array[] = []
  let h = 400 * stepLength(manifold, x, column)
  for (let row = 0; row < RIDDERS_ROWS; row++, h /= RIDDERS_SHRINK) {
    step[column] = h
    manifold.plus(x, step, moved)
    problem.residuals(moved, plus)
    step[column] = -h
    manifold.plus(x, step, moved)
    problem.residuals(moved, minus)
    const current = [plus.map((v, i) => (v - minus[i]) / (2 * h))]
    let factor = 1
    for (let k = 0; k < previous.length; k++) {
      factor *= RIDDERS_SHRINK * RIDDERS_SHRINK
      const [coarse, fine] = [previous[k], current[k]]
      const better = fine.map((v, i) => (v * factor - coarse[i]) / (factor - 1))
      current.push(better)
      for (let i = 0; i < m; i++) {
        const error = Math.max(Math.abs(better[i] - fine[i]), Math.abs(better[i] - coarse[i]))
        if (error < errors[i]) {
          errors[i] = error
          out[i] = better[i]
        }
      }
    }
    if (row === 0) out.set(current[0])
    previous = current
  }
}
