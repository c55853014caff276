import { f64, HIGH, i32, LOW } from './bits.js'

const TWO_54 = 18014398509481984

/** Cube root, error below 0.7 ulp: a guess from the exponent, a quartic to 23 bits, one Newton step (FreeBSD s_cbrt.c). */
export function cbrt(x: number): number {
  const size = Math.abs(x)
  if (!(size > 0 && size < Number.POSITIVE_INFINITY)) return x
  // A third of the biased exponent, with the bias put back; subnormals are first scaled by 2⁵⁴.
  const subnormal = size < 2.2250738585072014e-308
  f64[0] = subnormal ? size * TWO_54 : size
  i32[HIGH] = Math.floor((i32[HIGH] as number) / 3) + (subnormal ? 696219795 : 715094163)
  i32[LOW] = 0
  const guess = f64[0] as number
  const r = guess * guess * (guess / size)
  const better =
    guess *
    (1.87595182427177 +
      r * (-1.8849797954337717 + r * 1.6214297201053545) +
      r * r * r * (-0.758397934778766 + r * 0.14599619288661245))
  // Shortened to 26 bits, so that its square is exact.
  const c = 134217729 * better
  const t = c - (c - better)
  const quotient = size / (t * t)
  const value = t + t * ((quotient - t) / (t + t + quotient))
  return x < 0 ? -value : value
}

const BIG = 2 ** 600
const SMALL = 2 ** -600

/**
 * √(x² + y² + …), summed from the left, without overflow or underflow on the way; error below 1 ulp for two arguments.
 * An infinite argument gives ∞ even beside NaN, as in `Math.hypot`.
 */
export function hypot(x: number, y = 0, z = 0, ...rest: readonly number[]): number {
  let sum = x * x + y * y + z * z
  for (const v of rest) sum += v * v
  if (sum > 1e-290 && sum < Number.POSITIVE_INFINITY) return Math.sqrt(sum)
  return hypotScaled([x, y, z, ...rest])
}

function hypotScaled(values: readonly number[]): number {
  let largest = 0
  let invalid = false
  for (const v of values) {
    if (Math.abs(v) === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY
    if (Number.isNaN(v)) invalid = true
    largest = Math.max(largest, Math.abs(v))
  }
  if (invalid) return Number.NaN
  if (largest === 0) return 0
  const scale = largest > 1 ? SMALL : BIG
  let sum = 0
  for (const v of values) sum += v * scale * (v * scale)
  return Math.sqrt(sum) * (largest > 1 ? BIG : SMALL)
}
