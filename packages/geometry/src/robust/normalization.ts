import { type Normalization, normalization } from '../solvers/normalize.js'

/** Coordinates of two images moved to their centroids and scaled alike to order 1, so that residuals keep their meaning. */
export interface NormalizedPair {
  readonly xy1: Float64Array
  readonly xy2: Float64Array
  /** Both with the same scale. */
  readonly T1: Normalization
  readonly T2: Normalization
}

/** Hartley's normalisation with one scale for both images (Hartley, "In defense of the eight-point algorithm", PAMI 1997). */
export function normalizePair(xy1: ArrayLike<number>, xy2: ArrayLike<number>): NormalizedPair {
  const T1: Normalization = { cx: 0, cy: 0, scale: 1 }
  const T2: Normalization = { cx: 0, cy: 0, scale: 1 }
  const ok1 = normalization(xy1, undefined, T1)
  const ok2 = normalization(xy2, undefined, T2)
  const scale = ok1 && ok2 ? Math.sqrt(T1.scale * T2.scale) : 1
  T1.scale = scale
  T2.scale = scale
  const move = (xy: ArrayLike<number>, T: Normalization) =>
    Float64Array.from(xy, (v, i) => scale * (v - (i % 2 === 0 ? T.cx : T.cy)))
  return { xy1: move(xy1, T1), xy2: move(xy2, T2), T1, T2 }
}

/** A 3 × 3 form or map with unit norm, or with its last element 1 where `last` asks for it and it is not near 0. */
export function scaleMatrix(M: Float64Array, last: boolean): Float64Array {
  let square = 0
  for (const v of M) square += v * v
  const norm = Math.sqrt(square)
  const divisor = last && Math.abs(M[8]) > 1e-12 * norm ? M[8] : norm
  return M.map((v) => v / divisor)
}
