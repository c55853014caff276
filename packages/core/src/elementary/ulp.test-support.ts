const f64 = new Float64Array(1)
const bits = new BigInt64Array(f64.buffer)

/** The distance from |x| to the next larger double. */
export function ulp(x: number): number {
  f64[0] = Math.abs(x)
  const here = f64[0]
  bits[0] = (bits[0] as bigint) + 1n
  return f64[0] - here
}

/** How many doubles lie between a and b (0 where they are the same, ±0 and NaN included). */
export function ulpDistance(a: number, b: number): number {
  if (Number.isNaN(a) || Number.isNaN(b)) return Number.isNaN(a) && Number.isNaN(b) ? 0 : Number.POSITIVE_INFINITY
  return Math.abs(Number(order(a) - order(b)))
}

/** Integers in the order of the doubles. */
function order(x: number): bigint {
  f64[0] = x
  const i = bits[0] as bigint
  return i >= 0n ? i : -(i & 0x7fffffffffffffffn)
}
