import { qrFactor } from '../math/qr.js'

/**
 * (JᵀJ)⁻¹ = R⁻¹ R⁻ᵀ with J = Q R; times σ² = 2·cost/(m − n) it is the covariance.
 *
 * @param J m × n, row-major, m ≥ n; overwritten
 * @returns n × n, or `undefined` where J has not full rank
 */
export function inverseOfSquare(J: Float64Array, m: number, n: number): Float64Array | undefined {
  qrFactor(J, m, n, new Float64Array(n))
  const inverse = new Float64Array(n * n)
  for (let c = 0; c < n; c++) {
    let square = 0
    for (let r = 0; r <= c; r++) square += J[r * n + c] * J[r * n + c]
    // A column in the span of those before it, to working precision.
    if (!(Math.abs(J[c * n + c]) > 1e-13 * Math.sqrt(square))) return undefined
    for (let r = c; r >= 0; r--) {
      let s = r === c ? 1 : 0
      for (let k = r + 1; k <= c; k++) s -= J[r * n + k] * inverse[k * n + c]
      inverse[r * n + c] = s / J[r * n + r]
    }
  }
  const out = new Float64Array(n * n)
  for (let r = 0; r < n; r++) {
    for (let c = 0; c < n; c++) {
      let s = 0
      for (let k = Math.max(r, c); k < n; k++) s += inverse[r * n + k] * inverse[c * n + k]
      out[r * n + c] = s
    }
  }
  return out.every(Number.isFinite) ? out : undefined
}
