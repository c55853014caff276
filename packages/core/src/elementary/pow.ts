import { f64, HIGH, i32, powerOfTwo, ROUND, SMALLEST_NORMAL, type Sum, scale, TWO_54 } from './bits.js'
import { expRational } from './exp.js'

/** log₂ of the last argument of `splitLog2`; the first has at most 24 bits. */
const log2: Sum = { high: 0, low: 0 }

/**
 * x to the power y, error below 1 ulp; special cases as in `Math.pow` (so 1 to the power ±∞ or NaN is NaN).
 *
 * |x|^y = 2^(y log₂|x|), the logarithm and the product carried to about 70 bits (fdlibm e_pow.c).
 */
export function pow(x: number, y: number): number {
  if (y === 0) return 1
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN
  const size = Math.abs(x)
  const ySize = Math.abs(y)
  if (ySize === Number.POSITIVE_INFINITY) {
    return size === 1 ? Number.NaN : size > 1 === y > 0 ? Number.POSITIVE_INFINITY : 0
  }
  const integer = Math.floor(ySize) === ySize
  const negative = (x < 0 || (x === 0 && 1 / x < 0)) && integer && ySize < 9007199254740992 && ySize % 2 === 1
  if (x < 0 && x !== Number.NEGATIVE_INFINITY && !integer) return Number.NaN
  const value = powPositive(size, y)
  return negative ? -value : value
}

function powPositive(x: number, y: number): number {
  if (x === 0 || x === Number.POSITIVE_INFINITY) return (x === 0) === y > 0 ? 0 : Number.POSITIVE_INFINITY
  if (y === 1 || x === 1) return x
  if (y === 2) return x * x
  if (y === -1) return 1 / x
  if (y === 0.5) return Math.sqrt(x)
  // Here even the double nearest to 1 overflows or underflows: |log₂ x| > 1.6e-16.
  if (y > 1e20 || y < -1e20) return x > 1 === y > 0 ? Number.POSITIVE_INFINITY : 0
  splitLog2(x)
  const yHead = Math.fround(y)
  const low = (y - yHead) * log2.high + y * log2.low
  const high = yHead * log2.high
  const sum = low + high
  if (sum > 1025) return Number.POSITIVE_INFINITY
  if (sum < -1080) return 0
  return exp2Sum(high, low, sum)
}

// 2/(3 ln 2) and log₂ 1.5, each a head of at most 24 bits and what it leaves.
const CP = 0.9617966939259756
const CP_HIGH = 0.9617967009544373
const CP_LOW = -7.028461650952758e-9
const LOG2_1_5_HIGH = 0.5849624872207642
const LOG2_1_5_LOW = 1.350039202129749e-8

function splitLog2(x: number): void {
  const subnormal = x < SMALLEST_NORMAL
  const normal = subnormal ? x * TWO_54 : x
  f64[0] = normal
  const exponent = ((i32[HIGH] as number) >> 20) - 1023
  // m in [√3/2, √3), near 1 or near 1.5, whichever it will be divided by.
  let m = exponent === 1023 ? normal * 0.5 * powerOfTwo(-1022) : normal * powerOfTwo(-exponent)
  let n = subnormal ? exponent - 54 : exponent
  let centre = 1
  if (m >= 1.7320508075688772) {
    n++
    m *= 0.5
  } else if (m > 1.224744871391589) centre = 1.5
  // s = (m − c)/(m + c) = sHigh + sLow; ln(m/c) = 2s + 2s³/3 + …
  const u = m - centre
  const v = 1 / (m + centre)
  const s = u * v
  const sHigh = Math.fround(s)
  const denominatorHigh = Math.fround(m + centre)
  const denominatorLow = m - (denominatorHigh - centre)
  const sLow = v * (u - sHigh * denominatorHigh - sHigh * denominatorLow)
  const s2 = s * s
  const tail =
    s2 *
      s2 *
      (0.5999999999999946 +
        s2 *
          (0.4285714285785502 +
            s2 *
              (0.33333332981837743 +
                s2 * (0.272728123808534 + s2 * (0.23066074577556175 + s2 * 0.20697501780033842))))) +
    sLow * (sHigh + s)
  const square = sHigh * sHigh
  const factorHigh = Math.fround(3 + square + tail)
  const factorLow = tail - (factorHigh - 3 - square)
  const pHead = sHigh * factorHigh
  const pTail = sLow * factorHigh + factorLow * s
  const pHigh = Math.fround(pHead + pTail)
  const pLow = pTail - (pHigh - pHead)
  const around = centre === 1 ? 0 : LOG2_1_5_HIGH
  const zHigh = CP_HIGH * pHigh
  const zLow = CP_LOW * pHigh + pLow * CP + (centre === 1 ? 0 : LOG2_1_5_LOW)
  log2.high = Math.fround(zHigh + zLow + around + n)
  log2.low = zLow - (log2.high - n - around - zHigh)
}

/** 2^(high + low), where sum = high + low rounded and |sum| < 1100. */
function exp2Sum(high: number, low: number, sum: number): number {
  const n = sum + ROUND - ROUND
  const h = high - n
  const t = Math.fround(low + h)
  const u = t * 0.6931471824645996
  const v = (low - (t - h)) * Math.LN2 + t * -1.904654299957768e-9
  const z = u + v
  const w = v - (z - u)
  const c = z - expRational(z * z)
  const r = (z * c) / (c - 2) - (w + z * w)
  return scale(1 - (r - z), n)
}
