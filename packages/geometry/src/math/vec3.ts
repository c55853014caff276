/**
 * Three-vectors as anything indexable (Float64Array, number[]). Functions that return a vector take a trailing `out`,
 * which may be one of the inputs.
 */

/** Anything that can be read as a vector or a row-major matrix. */
export type Numbers = ArrayLike<number>

/** aᵀ b. */
export function vec3Dot(a: Numbers, b: Numbers): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]
}

/** a × b. */
export function vec3Cross(a: Numbers, b: Numbers, out: Float64Array = new Float64Array(3)): Float64Array {
  const x = a[1] * b[2] - a[2] * b[1]
  const y = a[2] * b[0] - a[0] * b[2]
  const z = a[0] * b[1] - a[1] * b[0]
  out[0] = x
  out[1] = y
  out[2] = z
  return out
}

/** ‖a‖². */
export function vec3SquaredNorm(a: Numbers): number {
  return a[0] * a[0] + a[1] * a[1] + a[2] * a[2]
}

/** ‖a‖, safe against overflow and underflow of the squares. */
export function vec3Norm(a: Numbers): number {
  const square = a[0] * a[0] + a[1] * a[1] + a[2] * a[2]
  if (square > 1e-280 && square < 1e280) return Math.sqrt(square)
  const scale = Math.max(Math.abs(a[0]), Math.abs(a[1]), Math.abs(a[2]))
  if (!(scale > 0) || scale === Number.POSITIVE_INFINITY) return scale
  const x = a[0] / scale
  const y = a[1] / scale
  const z = a[2] / scale
  return scale * Math.sqrt(x * x + y * y + z * z)
}

/** ‖a − b‖. */
export function vec3Distance(a: Numbers, b: Numbers): number {
  const x = a[0] - b[0]
  const y = a[1] - b[1]
  const z = a[2] - b[2]
  return Math.sqrt(x * x + y * y + z * z)
}

/** a / ‖a‖; the zero vector stays zero. */
export function vec3Normalize(a: Numbers, out: Float64Array = new Float64Array(3)): Float64Array {
  const norm = vec3Norm(a)
  return vec3Scale(a, norm > 0 ? 1 / norm : 0, out)
}

/** s · a. */
export function vec3Scale(a: Numbers, s: number, out: Float64Array = new Float64Array(3)): Float64Array {
  out[0] = a[0] * s
  out[1] = a[1] * s
  out[2] = a[2] * s
  return out
}

/** a + b. */
export function vec3Add(a: Numbers, b: Numbers, out: Float64Array = new Float64Array(3)): Float64Array {
  out[0] = a[0] + b[0]
  out[1] = a[1] + b[1]
  out[2] = a[2] + b[2]
  return out
}

/** a − b. */
export function vec3Subtract(a: Numbers, b: Numbers, out: Float64Array = new Float64Array(3)): Float64Array {
  out[0] = a[0] - b[0]
  out[1] = a[1] - b[1]
  out[2] = a[2] - b[2]
  return out
}
