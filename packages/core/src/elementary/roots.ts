import { f64, HIGH, i32, powerOfTwo, SMALLEST_NORMAL, TWO_54 } from './bits.js'

/**
 * Cube root, error below 0.7 ulp: x = m · 8ʲ with 2 ≤ m < 16, a quadratic guess (1.6 %), a quartic correction to 23 bits and
 * one Newton step (the last two as in FreeBSD's s_cbrt.c).
 */
export function cbrt(x: number): number {
  const size = Math.abs(x)
  if (!(size > 0 && size < Number.POSITIVE_INFINITY)) return x
  const subnormal = size < SMALLEST_NORMAL
  const normal = subnormal ? size * TWO_54 : size
  f64[0] = normal
  const j = Math.floor((((i32[HIGH] as number) >> 20) - 1) / 3) - 341
  const m = normal * powerOfTwo(-3 * j)
  const guess = 0.960693 + m * (0.168877 - m * 0.004620968)
  const r = (guess * guess * guess) / m
  const better =
    guess *
    (1.87595182427177 +
      r * (-1.8849797954337717 + r * 1.6214297201053545) +
      r * r * r * (-0.758397934778766 + r * 0.14599619288661245))
  // Shortened to 24 bits, so that its square is exact.
  const t = Math.fround(better)
  const quotient = m / (t * t)
  const root = (t + t * ((quotient - t) / (t + t + quotient))) * powerOfTwo(subnormal ? j - 18 : j)
  return x < 0 ? -root : root
}

const BIG = powerOfTwo(600)
const SMALL = powerOfTwo(-600)

/**
 * √(x² + y² + …), summed from the left, without overflow or underflow on the way; error below 1.1 ulp for two arguments.
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
