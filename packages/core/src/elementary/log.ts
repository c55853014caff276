import { f64, HIGH, i32, powerOfTwo, type Sum, scale, TWO_54 } from './bits.js'

const LN2_HIGH = 0.6931471803691238
const LN2_LOW = 1.9082149292705877e-10

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

/** The k of x = m · 2ᵏ with √½ ≤ m < √2 (to a rounding), for finite x > 0. */
function exponentOf(x: number): number {
  f64[0] = x
  let high = i32[HIGH] as number
  let k = -1023
  if (high < 0x00100000) {
    k = -1077
    f64[0] = x * TWO_54
    high = i32[HIGH] as number
  }
  return k + ((high + 0x95f64) >> 20)
}

/** x · 2⁻ᵏ, exact for the k of `exponentOf`. */
function mantissa(x: number, k: number): number {
  return k >= -1022 && k <= 1022 ? x * powerOfTwo(-k) : scale(x, -k)
}

/** What a logarithm is where its argument is not a finite positive number. */
function edge(x: number): number {
  return x === 0 ? Number.NEGATIVE_INFINITY : x > 0 ? x : Number.NaN
}

/** ln x, error below 1 ulp. */
export function log(x: number): number {
  if (!(x > 0 && x < Number.POSITIVE_INFINITY)) return edge(x)
  const k = exponentOf(x)
  return sumLog(k, mantissa(x, k) - 1, 0)
}

/** ln(1 + x) without cancellation near zero, error below 1 ulp. */
export function log1p(x: number): number {
  if (!(x > -1 && x < Number.POSITIVE_INFINITY)) return edge(x + 1)
  if (Math.abs(x) < 5.6e-17) return x
  if (x > -0.2928 && x < 0.4142) return sumLog(0, x, 0)
  const u = 1 + x
  const k = exponentOf(u)
  // What 1 + x lost in rounding.
  const lost = x >= 1 ? 1 - (u - x) : x - (u - 1)
  return sumLog(k, mantissa(u, k) - 1, lost / u)
}

const SPLIT = 4294967297 // 2³² + 1 (Veltkamp)

/** ln m as high + low, the first of at most 21 bits so that the heads below multiply it exactly. */
const lnMantissa: Sum = { high: 0, low: 0 }

function splitLog(m: number): void {
  const f = m - 1
  const halfSquare = 0.5 * f * f
  const s = f / (2 + f)
  const tail = s * (halfSquare + logTail(s))
  const c = SPLIT * (f - halfSquare)
  const high = c - (c - (f - halfSquare))
  lnMantissa.high = high
  lnMantissa.low = f - high - halfSquare + tail
}

// 1/ln 2, 1/ln 10 and log₁₀ 2, each a short head and what it leaves.
const LOG2_E_HIGH = 1.4426950407214463
const LOG2_E_LOW = 1.6751713164886512e-10
const LOG10_E_HIGH = 0.4342944818781689
const LOG10_E_LOW = 2.5082946711645275e-11
const LOG10_2_HIGH = 0.30102999566361177
const LOG10_2_LOW = 3.694239077158931e-13

/** log₂ x, error below 1 ulp; exact for powers of two. */
export function log2(x: number): number {
  if (!(x > 0 && x < Number.POSITIVE_INFINITY)) return edge(x)
  const k = exponentOf(x)
  splitLog(mantissa(x, k))
  const { high, low } = lnMantissa
  const head = high * LOG2_E_HIGH
  const sum = k + head
  return low * LOG2_E_HIGH + (low + high) * LOG2_E_LOW + (k - sum + head) + sum
}

/** log₁₀ x, error below 1 ulp. */
export function log10(x: number): number {
  if (!(x > 0 && x < Number.POSITIVE_INFINITY)) return edge(x)
  const k = exponentOf(x)
  splitLog(mantissa(x, k))
  const { high, low } = lnMantissa
  const head = high * LOG10_E_HIGH
  const whole = k * LOG10_2_HIGH
  const sum = whole + head
  return k * LOG10_2_LOW + (low + high) * LOG10_E_LOW + low * LOG10_E_HIGH + (whole - sum + head) + sum
}
