import { svd3 } from '../math/svd3.js'
import type { Numbers } from '../math/vec3.js'

/**
 * Problem: epipolar lines and epipoles.
 * Equation: l₂ = M x₁, l₁ = Mᵀ x₂; M e₁ = 0, Mᵀ e₂ = 0.
 * Source: Hartley and Zisserman, section 9.2.
 * Preconditions: M of rank two; a line through its epipole is not determined and comes as zeros.
 * Solutions: one.
 */

/** A line a x + b y + c = 0 with a² + b² = 1: a x + b y + c is the signed distance of a point. */
export type Line = Float64Array

/** The epipolar line M x1 in image 2; zeros where x1 is the epipole. */
export function epipolarLine2(M: Numbers, x1: number, y1: number, out: Float64Array = new Float64Array(3)): Line {
  return normalizeLine(M[0] * x1 + M[1] * y1 + M[2], M[3] * x1 + M[4] * y1 + M[5], M[6] * x1 + M[7] * y1 + M[8], out)
}

/** The epipolar line Mᵀ x2 in image 1; zeros where x2 is the epipole. */
export function epipolarLine1(M: Numbers, x2: number, y2: number, out: Float64Array = new Float64Array(3)): Line {
  return normalizeLine(M[0] * x2 + M[3] * y2 + M[6], M[1] * x2 + M[4] * y2 + M[7], M[2] * x2 + M[5] * y2 + M[8], out)
}

function normalizeLine(a: number, b: number, c: number, out: Float64Array): Line {
  const norm = Math.sqrt(a * a + b * b)
  const scale = norm > 0 ? 1 / norm : 0
  out[0] = a * scale
  out[1] = b * scale
  out[2] = c * scale
  return out
}

/**
 * The epipoles as unit homogeneous vectors: M e1 = 0 (camera 2 seen in image 1), Mᵀ e2 = 0 (camera 1 seen in image 2).
 * Dividing by the third coordinate gives the point, which may lie at infinity.
 */
export function epipoles(M: Numbers): { readonly e1: Float64Array; readonly e2: Float64Array } {
  const { U, V } = svd3(M)
  return { e1: Float64Array.of(V[2], V[5], V[8]), e2: Float64Array.of(U[2], U[5], U[8]) }
}

/**
 * The part of a line within 0 ≤ x ≤ width, 0 ≤ y ≤ height, for drawing.
 *
 * @returns x₀ y₀ x₁ y₁, or `undefined` where the line misses the rectangle
 */
export function clipLine(line: Numbers, width: number, height: number): Float64Array | undefined {
  const a = line[0]
  const b = line[1]
  const c = line[2]
  const square = a * a + b * b
  if (!(square > 0)) return undefined
  // The point nearest to the rectangle's centre, and how far one may go from it along the direction (−b, a).
  const away = (a * (width / 2) + b * (height / 2) + c) / square
  const x = width / 2 - a * away
  const y = height / 2 - b * away
  let low = Number.NEGATIVE_INFINITY
  let high = Number.POSITIVE_INFINITY
  for (const [at, step, limit] of [
    [x, -b, width],
    [y, a, height],
  ]) {
    if (step === 0) {
      if (at < 0 || at > limit) return undefined
      continue
    }
    const s = -at / step
    const t = (limit - at) / step
    low = Math.max(low, Math.min(s, t))
    high = Math.min(high, Math.max(s, t))
  }
  if (!(low < high)) return undefined
  return Float64Array.of(x - b * low, y + a * low, x - b * high, y + a * high)
}
