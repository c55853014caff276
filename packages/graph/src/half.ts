/*
 * IEEE 754 half precision, as bits: sign, five bits of exponent (bias 15), ten of fraction. f16 is storage, so these are all that is
 * computed with it.
 */

/** The number that 16 bits stand for. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 0x1f
  const fraction = bits & 0x3ff
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  // (Subnormal numbers have the exponent of the smallest normal ones, without the leading 1.)
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25)
}

/** The bits of the nearest half, halves between two to the even one; beyond 65520 infinity. */
export function toHalf(value: number): number {
  const sign = value < 0 || Object.is(value, -0) ? 0x8000 : 0
  const size = Math.abs(value)
  if (Number.isNaN(value)) return 0x7e00
  if (size >= 65520) return sign | 0x7c00
  // Steps between neighbours: 2⁻²⁴ up to 2⁻¹³, then twice as wide with each power of two.
  let exponent = 1
  while (size >= 2 ** (exponent - 14)) exponent++
  const steps = size * 2 ** (25 - exponent)
  const below = Math.floor(steps)
  const rest = steps - below
  const rounded = rest > 0.5 || (rest === 0.5 && below % 2 === 1) ? below + 1 : below
  // (Steps from 1024 on carry the leading 1, which is the exponent's first bit; a carry into the next power is right as it is.)
  return sign | (rounded + ((exponent - 1) << 10))
}
