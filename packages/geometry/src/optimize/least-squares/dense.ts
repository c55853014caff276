import { qrFactor, qrSolve } from '../../math/qr.js'
import { inverseOfSquare } from '../covariance.js'
import type { LinearSolver } from './linear-solver.js'
import { dampingOf, type Linearization } from './linearization.js'

/** min ‖J δ + r‖² + ‖√D δ‖² by QR of J with √D below it. Golub & Van Loan, section 5.3. */
export function denseSolver(lin: Linearization, eliminate: readonly number[]): LinearSolver {
  const { residualCount: m, dimension: d, scaling } = lin
  const A = new Float64Array((m + d) * d)
  const b = new Float64Array(m + d)
  const betas = new Float64Array(d)
  let rows = m
  return {
    factor: (radius) => {
      const damped = radius < Number.POSITIVE_INFINITY
      rows = damped ? m + d : m
      writeJacobian(lin, A)
      if (damped) for (let c = 0; c < d; c++) A[(m + c) * d + c] = Math.sqrt(dampingOf(scaling, c, radius))
      qrFactor(A, rows, d, betas)
      return true
    },
    solve: (residuals, step) => {
      let at = 0
      for (const r of residuals) for (let i = 0; i < r.length; i++) b[at++] = -r[i]
      b.fill(0, at)
      return qrSolve(A, rows, d, betas, b, step) ? 0 : Number.NaN
    },
    inverse: () => {
      writeJacobian(lin, A)
      const inverse = m < d ? undefined : inverseOfSquare(A, m, d)
      return inverse && keptPart(lin, inverse, eliminate)
    },
  }
}

/** J with zeros below. */
function writeJacobian({ terms, dimension: d }: Linearization, A: Float64Array): void {
  A.fill(0)
  let top = 0
  for (const { blocks, r, J } of terms) {
    for (const [k, { row, dimension }] of blocks.entries()) {
      for (let i = 0; i < r.length; i++) {
        for (let c = 0; c < dimension; c++) A[(top + i) * d + row + c] = J[k][i * dimension + c]
      }
    }
    top += r.length
  }
}

function keptPart({ blocks, dimension: d }: Linearization, full: Float64Array, eliminate: readonly number[]) {
  if (eliminate.length === 0) return full
  const first = new Set(eliminate)
  const kept = blocks.flatMap(({ row, dimension }, b) =>
    first.has(b) ? [] : Array.from({ length: dimension }, (_, c) => row + c),
  )
  return Float64Array.from(kept.flatMap((r) => kept.map((c) => full[r * d + c])))
}
