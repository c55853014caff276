/** Elementary functions whose results have the same bits on every engine: only + − × ÷ √ and bit operations. */

export function log(x: number): number {
  return Math.log(x)
}
