import { acos, cbrt, cos } from '@epipole/core'

/**
 * Problem: real roots of polynomials of degree 2 to 4.
 * Equation: Σ c_k xᵏ = 0.
 * Source: closed forms, polished by Newton's method.
 * Preconditions: finite coefficients.
 * Solutions: up to the degree.
 */

/**
 * Real roots of polynomials of degree 2 to 4 in closed form, polished by Newton's method on the polynomial itself.
 * Coefficients ascend: c[k] belongs to xᵏ. Leading coefficients that vanish lower the degree. Roots ascend; multiple
 * roots may come once or as neighbours. Roots beyond about 1e75 times the unit are not looked for. Functions write the roots into `out` and return their number.
 */

/** p(x) for ascending coefficients. */
export function polynomialValue(c: ArrayLike<number>, degree: number, x: number): number {
  let p = c[degree]
  for (let k = degree - 1; k >= 0; k--) p = p * x + c[k]
  return p
}

/** Real roots of a x² + b x + c = 0 without cancellation. */
export function quadraticRoots(a: number, b: number, c: number, out: Float64Array): number {
  if (a === 0) {
    if (b === 0) return 0
    out[0] = -c / b
    return Number.isFinite(out[0]) ? 1 : 0
  }
  const discriminant = b * b - 4 * a * c
  if (!(discriminant >= 0)) return 0
  const q = -0.5 * (b + (b < 0 ? -1 : 1) * Math.sqrt(discriminant))
  if (q === 0) {
    out[0] = 0
    return 1
  }
  const first = q / a
  const second = c / q
  // Either may overflow for extreme coefficients.
  if (!Number.isFinite(first) || !Number.isFinite(second) || discriminant === 0) {
    out[0] = Number.isFinite(first) ? first : second
    return Number.isFinite(out[0]) ? 1 : 0
  }
  out[0] = Math.min(first, second)
  out[1] = Math.max(first, second)
  return 2
}

/** Newton steps on x³ + b x² + c x + d, stopped when they no longer lower |p|. */
function polishCubic(b: number, c: number, d: number, x: number): number {
  let value = ((x + b) * x + c) * x + d
  for (let step = 0; step < 4 && value !== 0; step++) {
    const slope = (3 * x + 2 * b) * x + c
    const next = x - value / slope
    const nextValue = ((next + b) * next + c) * next + d
    if (!(Math.abs(nextValue) < Math.abs(value))) break
    x = next
    value = nextValue
  }
  return x
}

/** Real roots of a x³ + b x² + c x + d = 0. */
export function cubicRoots(a: number, b: number, c: number, d: number, out: Float64Array): number {
  const reciprocal = 1 / a
  if (a === 0 || !Number.isFinite(reciprocal)) return quadraticRoots(b, c, d, out)
  b *= reciprocal
  c *= reciprocal
  d *= reciprocal
  const size = Math.max(Math.abs(b), Math.sqrt(Math.abs(c)), cbrt(Math.abs(d)))
  if (!(size < 1e100)) return 0
  if (size > 1e40 || (size < 1e-40 && size > 0)) {
    // x = size · y, so that no power of a coefficient over- or underflows.
    const n = cubicRoots(1, b / size, c / size / size, d / size / size / size, out)
    for (let k = 0; k < n; k++) out[k] *= size
    return n
  }
  const shift = b / 3
  const Q = shift * shift - c / 3
  const R = shift * (shift * shift - c / 2) + d / 2
  const Q3 = Q * Q * Q
  if (R * R < Q3) {
    const root = Math.sqrt(Q)
    const angle = acos(Math.min(1, Math.max(-1, R / (root * Q)))) / 3
    const third = (2 * Math.PI) / 3
    const x0 = polishCubic(b, c, d, -2 * root * cos(angle) - shift)
    const x1 = polishCubic(b, c, d, -2 * root * cos(angle - third) - shift)
    const x2 = polishCubic(b, c, d, -2 * root * cos(angle + third) - shift)
    out[0] = Math.min(x0, x1, x2)
    out[2] = Math.max(x0, x1, x2)
    out[1] = Math.max(Math.min(x0, x1), Math.min(Math.max(x0, x1), x2))
    return 3
  }
  const magnitude = cbrt(Math.abs(R) + Math.sqrt(R * R - Q3))
  const A = R > 0 ? -magnitude : magnitude
  const x = polishCubic(b, c, d, A + (A === 0 ? 0 : Q / A) - shift)
  out[0] = x
  return 1
}

const resolvent = new Float64Array(3)
const pair = new Float64Array(2)

function polishQuartic(b: number, c: number, d: number, e: number, x: number): number {
  let value = (((x + b) * x + c) * x + d) * x + e
  for (let step = 0; step < 6 && value !== 0; step++) {
    const slope = ((4 * x + 3 * b) * x + 2 * c) * x + d
    const next = x - value / slope
    const nextValue = (((next + b) * next + c) * next + d) * next + e
    if (!(Math.abs(nextValue) < Math.abs(value))) break
    x = next
    value = nextValue
  }
  return x
}

/** Real roots of a x⁴ + b x³ + c x² + d x + e = 0 (Ferrari, by the largest root of the resolvent cubic). */
export function quarticRoots(a: number, b: number, c: number, d: number, e: number, out: Float64Array): number {
  const reciprocal = 1 / a
  if (a === 0 || !Number.isFinite(reciprocal)) return cubicRoots(b, c, d, e, out)
  b *= reciprocal
  c *= reciprocal
  d *= reciprocal
  e *= reciprocal
  const size = Math.max(Math.abs(b), Math.sqrt(Math.abs(c)), cbrt(Math.abs(d)), Math.sqrt(Math.sqrt(Math.abs(e))))
  if (!(size < 1e75)) return 0
  if (size > 1e30 || (size < 1e-30 && size > 0)) {
    const n = quarticRoots(1, b / size, c / size / size, d / size / size / size, e / size / size / size / size, out)
    for (let k = 0; k < n; k++) out[k] *= size
    return n
  }
  // Depressed: y⁴ + p y² + q y + r with x = y − b/4.
  const shift = b / 4
  const bb = shift * shift
  const p = c - 6 * bb
  const q = d - 2 * c * shift + 8 * bb * shift
  const r = e - d * shift + c * bb - 3 * bb * bb
  let count = 0
  const roots = cubicRoots(1, p, (p * p) / 4 - r, (-q * q) / 8, resolvent)
  const m = roots > 0 ? resolvent[roots - 1] : 0
  if (m > 0) {
    const s = Math.sqrt(2 * m)
    for (const sign of SIGNS) {
      const n = quadraticRoots(1, sign * s, p / 2 + m - (sign * q) / (2 * s), pair)
      for (let k = 0; k < n; k++) out[count++] = pair[k]
    }
  } else {
    // q = 0: a quadratic in y².
    const n = quadraticRoots(1, p, r, pair)
    const squares = [pair[0], pair[1]]
    for (let k = 0; k < n; k++) {
      if (!(squares[k] >= 0)) continue
      out[count++] = Math.sqrt(squares[k])
      if (squares[k] > 0) out[count++] = -out[count - 2]
    }
  }
  for (let k = 0; k < count; k++) out[k] = polishQuartic(b, c, d, e, out[k] - shift)
  sortAscending(out, count)
  return count
}

const SIGNS = [1, -1] as const

function sortAscending(x: Float64Array, n: number): void {
  for (let i = 1; i < n; i++) {
    const value = x[i]
    let j = i - 1
    for (; j >= 0 && x[j] > value; j--) x[j + 1] = x[j]
    x[j + 1] = value
  }
}
