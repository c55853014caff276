/** The bit pattern of a double, seen through shared views; each use is one store followed by loads, never across a call. */
export const f64 = new Float64Array(1)
export const i32 = new Int32Array(f64.buffer)
/** Which of the two words holds sign, exponent and the top 20 bits of the fraction. */
export const HIGH = new Uint8Array(Uint16Array.of(1).buffer)[0] === 1 ? 1 : 0
export const LOW = 1 - HIGH

/** Adding and subtracting 1.5 · 2⁵² rounds |x| < 2⁵¹ to the nearest integer, ties to even. */
export const ROUND = 6755399441055744

export const TWO_54 = 18014398509481984
export const SMALLEST_NORMAL = 2.2250738585072014e-308

// All normal powers of two: a table, since writing an exponent's word and reading the double back stalls the processor.
const POWERS = new Float64Array(2046)
for (let i = 0, power = SMALLEST_NORMAL; i < POWERS.length; i++, power *= 2) POWERS[i] = power

/** 2ᵏ for −1022 ≤ k ≤ 1023. */
export function powerOfTwo(k: number): number {
  return POWERS[k + 1022] as number
}

/** x · 2ᵏ for |k| ≤ 2000 and x near 1, rounded once where the result is subnormal. */
export function scale(x: number, k: number): number {
  if (k >= -1022 && k <= 1023) return x * powerOfTwo(k)
  return k > 0 ? x * powerOfTwo(k - 1000) * powerOfTwo(1000) : x * powerOfTwo(k + 1000) * powerOfTwo(-1000)
}

/** The two doubles of the function called last, for helpers whose result is a sum high + low. */
export interface Sum {
  high: number
  low: number
}
