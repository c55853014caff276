/** Adds to four sums what two vectors of descriptor elements contribute: products of i16 or f32, or differing bits. */
@inline
export function accumulate<T>(sum: v128, a: v128, b: v128): v128 {
  if (sizeof<T>() == 2) return i32x4.add(sum, i32x4.dot_i16x8_s(a, b))
  if (sizeof<T>() == 4) return f32x4.add(sum, f32x4.mul(a, b))
  const bits = i8x16.popcnt(v128.xor(a, b))
  return i32x4.add(sum, i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(bits)))
}
