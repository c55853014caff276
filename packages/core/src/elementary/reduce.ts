import { f64, HIGH, i32, LOW, powerOfTwo, ROUND, type Sum } from './bits.js'

/** The remainder of the last `reduce`, as an unevaluated sum `high + low`. */
export const remainder: Sum = { high: 0, low: 0 }

// π/2 in three steps of 33 bits, each with what it leaves: n · STEP is exact for |n| < 2²⁰ (Cody and Waite; fdlibm e_rem_pio2.c).
const TWO_OVER_PI = 0.6366197723675814
const STEP1 = 1.5707963267341256
const REST1 = 6.077100506506192e-11
const STEP2 = 6.077100506303966e-11
const REST2 = 2.0222662487959506e-21
const STEP3 = 2.0222662487111665e-21
const REST3 = 8.4784276603689e-32
const MEDIUM = 1647099 // below 2²⁰ π/2

/**
 * Brings finite x to the quarter turn around zero: x = n π/2 + remainder, |remainder| ≤ π/4 (by a hair more at the ends).
 *
 * @returns n modulo 4, in 0..3
 */
export function reduce(x: number): number {
  const size = Math.abs(x)
  if (size >= MEDIUM) return reduceLarge(x)
  const n = x * TWO_OVER_PI + ROUND - ROUND
  let r = x - n * STEP1
  let w = n * REST1
  let high = r - w
  if (Math.abs(high) < size * 1.52587890625e-5) {
    // More than 16 bits cancelled: a second step, and a third where even those 118 bits cancel.
    let t = r
    w = n * STEP2
    r = t - w
    w = n * REST2 - (t - r - w)
    high = r - w
    if (Math.abs(high) < size * 1.7763568394002505e-15) {
      t = r
      w = n * STEP3
      r = t - w
      w = n * REST3 - (t - r - w)
      high = r - w
    }
  }
  remainder.high = high
  remainder.low = r - high - w
  return n & 3
}

// floor(2/π · 2¹¹⁸⁴) and floor(π/2 · 2¹²⁸).
const TWO_OVER_PI_BITS =
  0xa2f9836e4e441529fc2757d1f534ddc0db6295993c439041fe5163abdebbc561b7246e3a424dd2e006492eea09d1921cfe1deb1cb129a73ee88235f52ebb4484e99c7026b45f7e413991d639835339f49c845f8bbdf9283b1ff897ffde05980fef2f118b5a0a6d1f6d367ecf27cb09b74f463f669e5fea2d7527bac7ebe5f17b3d0739f78a5292ea6bfb5fb11f8d5d0856033046n
const HALF_PI_BITS = 0x1921fb54442d18469898cc51701b839a2n
const UNIT = 200n
const UNIT_MASK = (1n << UNIT) - 1n
const TWO_M328 = powerOfTwo(-328)

/**
 * The same for any size, in integers: x = m · 2ᵉ needs only the bits of 2/π from 2^(1−e) down (Payne and Hanek, SIGNUM
 * Newsletter 18, 1983). 200 bits stay behind the point, where a double comes no closer than 2⁻⁶² to a multiple of π/2.
 */
function reduceLarge(x: number): number {
  f64[0] = Math.abs(x)
  const word = i32[HIGH] as number
  const e = (word >> 20) - 1075
  const m = ((word & 0xfffff) | 0x100000) * 0x100000000 + ((i32[LOW] as number) >>> 0)
  const turns = BigInt(m) * (TWO_OVER_PI_BITS >> BigInt(984 - e))
  let n = Number((turns >> UNIT) & 3n)
  let fraction = turns & UNIT_MASK
  if (fraction >> (UNIT - 1n)) {
    fraction -= UNIT_MASK + 1n
    n = (n + 1) & 3
  }
  const scaled = fraction * HALF_PI_BITS
  const high = Number(scaled)
  const low = Number(scaled - BigInt(high))
  const sign = x < 0 ? -1 : 1
  remainder.high = sign * high * TWO_M328
  remainder.low = sign * low * TWO_M328
  return x < 0 ? (4 - n) & 3 : n
}
