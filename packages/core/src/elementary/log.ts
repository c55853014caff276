import { f64, HIGH, i32, LOW } from './bits.js'

const LN2_HIGH = 0.6931471803691238
const LN2_LOW = 1.9082149292705877e-10
const TWO_54 = 18014398509481984

/** ln((1 + s) / (1 − s)) / s − 2 as a polynomial in s² (fdlibm e_log.c; error below 2⁻⁵⁸·⁴⁵ for |s| ≤ 0.1716). */
function logTail(s: number): number {
  const z = s * s
  const w = z * z
  const even = w * (0.3999999999940942 + w * (0.22222198432149784 + w * 0.15313837699209373))
  const odd = z * (0.6666666666666735 + w * (0.2857142874366239 + w * (0.1818357216161805 + w * 0.14798198605116586)))
  return even + odd
}

/** k ln 2 + ln(1 + f) + c, for √½ < 1 + f < √2. */
function sumLog(k: number, f: number, c: number): number {
  const halfSquare = 0.5 * f * f
  const s = f / (2 + f)
  const tail = s * (halfSquare + logTail(s))
  if (k === 0) return f - (halfSquare - tail)
  return k * LN2_HIGH - (halfSquare - (tail + (k * LN2_LOW + c)) - f)
}

let exponent = 0

/** Returns m with x = m · 2^exponent and √½ < m < √2, for finite x > 0; sets `exponent`. */
function mantissa(x: number): number {
  f64[0] = x
  let high = i32[HIGH] as number
  let k = -1023
  if (high < 0x00100000) {
    k = -1077
    f64[0] = x * TWO_54
    high = i32[HIGH] as number
  }
  const carry = ((high & 0xfffff) + 0x95f64) & 0x100000
  i32[HIGH] = (high & 0xfffff) | (carry ^ 0x3ff00000)
  exponent = k + (high >> 20) + (carry >> 20)
  return f64[0] as number
}

/** What a logarithm is where its argument is not a finite positive number. */
function edge(x: number): number {
  return x === 0 ? Number.NEGATIVE_INFINITY : x > 0 ? x : Number.NaN
}

/** ln x, error below 1 ulp. */
export function log(x: number): number {
  if (!(x > 0 && x < Number.POSITIVE_INFINITY)) return edge(x)
  const f = mantissa(x) - 1
  return sumLog(exponent, f, 0)
}

/** ln(1 + x) without cancellation near zero, error below 1 ulp. */
export function log1p(x: number): number {
  if (!(x > -1 && x < Number.POSITIVE_INFINITY)) return edge(x + 1)
  if (Math.abs(x) < 5.6e-17) return x
  if (x > -0.2928 && x < 0.4142) return sumLog(0, x, 0)
  const u = 1 + x
  const f = mantissa(u) - 1
  // What 1 + x lost in rounding.
  const lost = exponent > 0 ? 1 - (u - x) : x - (u - 1)
  return sumLog(exponent, f, lost / u)
}

/** log₂ x, error below 1 ulp; exact for powers of two. */
export function log2(x: number): number {
  if (!(x > 0 && x < Number.POSITIVE_INFINITY)) return edge(x)
  split(x)
  const high = splitHigh * 1.4426950407214463
  const low = (splitLow + splitHigh) * 1.6751713164886512e-10 + splitLow * 1.4426950407214463
  const sum = exponent + high
  return low + (exponent - sum + high) + sum
}

/** log₁₀ x, error below 1 ulp. */
export function log10(x: number): number {
  if (!(x > 0 && x < Number.POSITIVE_INFINITY)) return edge(x)
  split(x)
  const high = splitHigh * 0.4342944818781689
  const exponentHigh = exponent * 0.30102999566361177
  const low =
    exponent * 3.694239077158931e-13 + (splitLow + splitHigh) * 2.5082946711645275e-11 + splitLow * 0.4342944818781689
  const sum = exponentHigh + high
  return low + (exponentHigh - sum + high) + sum
}

let splitHigh = 0
let splitLow = 0

/** ln of the mantissa as splitHigh + splitLow, the first with its low word clear so that a 32-bit factor multiplies it exactly. */
function split(x: number): void {
  const f = mantissa(x) - 1
  const halfSquare = 0.5 * f * f
  const s = f / (2 + f)
  const tail = s * (halfSquare + logTail(s))
  f64[0] = f - halfSquare
  i32[LOW] = 0
  splitHigh = f64[0] as number
  splitLow = f - splitHigh - halfSquare + tail
}
