import { EpipoleError } from '@epipole/core'
import { mat3Multiply } from '../math/mat3.js'
import { orthonormalize, so3Exp } from '../math/so3.js'

/**
 * Where parameters live when not every vector of numbers is a valid value: `size` stored numbers with `dimension` degrees of
 * freedom. Steps are taken in the tangent space at the current value.
 */
export interface Manifold {
  /** Stored numbers. */
  readonly size: number
  /** Degrees of freedom. */
  readonly dimension: number
  /** out = x ⊞ step; `out` may be x. */
  readonly plus: (x: Float64Array, step: Float64Array, out: Float64Array) => void
  /** ∂(x ⊞ step)/∂step at step = 0: size × dimension, row-major. */
  readonly differential: (x: Float64Array, out: Float64Array) => void
}

/** All of ℝⁿ. */
export function euclidean(n: number): Manifold {
  return subset(
    n,
    Array.from({ length: n }, (_, i) => i),
  )
}

/** ℝⁿ with all but the given coordinates constant. */
export function subset(n: number, free: readonly number[]): Manifold {
  if (free.some((i) => !(Number.isInteger(i) && i >= 0 && i < n))) {
    throw new EpipoleError('usage', `Free coordinates must lie in 0 … ${n - 1}, not ${free.join(', ')}.`, { n, free })
  }
  return {
    size: n,
    dimension: free.length,
    plus: (x, step, out) => {
      if (out !== x) out.set(x.subarray(0, n))
      for (let k = 0; k < free.length; k++) out[free[k]] += step[k]
    },
    differential: (_x, out) => {
      out.fill(0, 0, n * free.length)
      for (let k = 0; k < free.length; k++) out[free[k] * free.length + k] = 1
    },
  }
}

/** Rotation matrices, 9 numbers row-major: R ⊞ ω = Exp(ω) R. */
export const rotations: Manifold = {
  size: 9,
  dimension: 3,
  plus: (x, step, out) => {
    mat3Multiply(so3Exp(step), x, out)
    orthonormalize(out)
  },
  differential: (x, out) => {
    // Column k of R moves by e_axis × column: rows of [e]ₓ R.
    for (let c = 0; c < 3; c++) {
      const a = x[c]
      const b = x[3 + c]
      const d = x[6 + c]
      out.set([0, d, -b], 3 * c)
      out.set([-d, 0, a], 9 + 3 * c)
      out.set([b, -a, 0], 18 + 3 * c)
    }
  },
}

/** Vectors of unit length (directions): steps in the tangent plane, then back to unit length. */
export function unitVectors(n: number): Manifold {
  return {
    size: n,
    dimension: n - 1,
    plus: (x, step, out) => {
      const H = tangentBasis(x, n)
      let norm = 0
      const moved = Array.from({ length: n }, (_, r) => {
        let v = x[r]
        for (let k = 0; k < n - 1; k++) v += H[r * (n - 1) + k] * step[k]
        norm += v * v
        return v
      })
      const scale = 1 / Math.sqrt(norm)
      for (let r = 0; r < n; r++) out[r] = moved[r] * scale
    },
    differential: (x, out) => {
      out.set(tangentBasis(x, n))
    },
  }
}

/** Orthonormal basis of the vectors orthogonal to x, in the columns: all but the first of the Householder reflection of x. */
function tangentBasis(x: Float64Array, n: number): Float64Array {
  const sign = x[0] < 0 ? -1 : 1
  const v = Array.from({ length: n }, (_, i) => x[i] + (i === 0 ? sign : 0))
  const beta = 2 / v.reduce((s, a) => s + a * a, 0)
  const out = new Float64Array(n * (n - 1))
  for (let r = 0; r < n; r++) {
    for (let k = 1; k < n; k++) out[r * (n - 1) + k - 1] = (r === k ? 1 : 0) - beta * v[r] * v[k]
  }
  return out
}

/** Several values one after the other, each on its own manifold: a pose is `product(rotations, euclidean(3))`. */
export function product(...parts: readonly Manifold[]): Manifold {
  const size = parts.reduce((s, p) => s + p.size, 0)
  const dimension = parts.reduce((s, p) => s + p.dimension, 0)
  return {
    size,
    dimension,
    plus: (x, step, out) => {
      let at = 0
      let from = 0
      for (const part of parts) {
        part.plus(
          x.subarray(at, at + part.size),
          step.subarray(from, from + part.dimension),
          out.subarray(at, at + part.size),
        )
        at += part.size
        from += part.dimension
      }
    },
    differential: (x, out) => {
      out.fill(0, 0, size * dimension)
      let at = 0
      let from = 0
      for (const part of parts) {
        const block = new Float64Array(part.size * part.dimension)
        part.differential(x.subarray(at, at + part.size), block)
        for (let r = 0; r < part.size; r++) {
          for (let c = 0; c < part.dimension; c++) {
            out[(at + r) * dimension + from + c] = block[r * part.dimension + c]
          }
        }
        at += part.size
        from += part.dimension
      }
    },
  }
}
