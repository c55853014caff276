/**
 * Observations of one point or of many, as flat arrays. Observation k was made by image `images[k]` at
 * `xy[2k], xy[2k + 1]` on the plane z = 1 of that camera (distortion removed). A point's observations are contiguous:
 * functions take `start` and `count`.
 */
export interface Views {
  /** `12 × n`: camFromWorld of each image, R row-major (9 numbers), then t. */
  readonly poses: Float64Array
  /** Image of each observation. */
  readonly images: Int32Array
  /** `2 × observations`, normalised. */
  readonly xy: Float64Array
  /**
   * Pixels per unit of the plane z = 1 at each observation (the focal length, for a pinhole): turns errors into pixels and
   * weighs cameras against each other. Default: 1, errors are then on the plane.
   */
  readonly scale?: Float64Array
}

/** Centre C = −Rᵀ t of the pose at `poses[p…]`, into `out[at…]`. */
export function writeCenter(poses: Float64Array, p: number, out: Float64Array, at: number): void {
  const tx = poses[p + 9]
  const ty = poses[p + 10]
  const tz = poses[p + 11]
  out[at] = -(poses[p] * tx + poses[p + 3] * ty + poses[p + 6] * tz)
  out[at + 1] = -(poses[p + 1] * tx + poses[p + 4] * ty + poses[p + 7] * tz)
  out[at + 2] = -(poses[p + 2] * tx + poses[p + 5] * ty + poses[p + 8] * tz)
}

/** Unit direction Rᵀ (u, v, 1) in the world, into `out[at…]`. */
export function writeDirection(
  poses: Float64Array,
  p: number,
  u: number,
  v: number,
  out: Float64Array,
  at: number,
): void {
  const scale = 1 / Math.sqrt(u * u + v * v + 1)
  out[at] = (poses[p] * u + poses[p + 3] * v + poses[p + 6]) * scale
  out[at + 1] = (poses[p + 1] * u + poses[p + 4] * v + poses[p + 7]) * scale
  out[at + 2] = (poses[p + 2] * u + poses[p + 5] * v + poses[p + 8]) * scale
}

/** Depth of a world point in the pose at `poses[p…]`. */
export function depthOf(poses: Float64Array, p: number, X: number, Y: number, Z: number): number {
  return poses[p + 6] * X + poses[p + 7] * Y + poses[p + 8] * Z + poses[p + 11]
}

/**
 * Squared distance between a world point's projection and (u, v) on the plane z = 1; infinite where the point is not in
 * front.
 */
export function squaredPlaneError(
  poses: Float64Array,
  p: number,
  u: number,
  v: number,
  X: number,
  Y: number,
  Z: number,
): number {
  const depth = poses[p + 6] * X + poses[p + 7] * Y + poses[p + 8] * Z + poses[p + 11]
  if (!(depth > 0)) return Number.POSITIVE_INFINITY
  const x = (poses[p] * X + poses[p + 1] * Y + poses[p + 2] * Z + poses[p + 9]) / depth - u
  const y = (poses[p + 3] * X + poses[p + 4] * Y + poses[p + 5] * Z + poses[p + 10]) / depth - v
  return x * x + y * y
}

/**
 * The largest angle between two of the rays from a point to its cameras, as the smallest cosine; 1 for fewer than two.
 *
 * @param use where given, only observations k with `use[k − start] = 1` count
 */
export function smallestRayCosine(
  views: Views,
  start: number,
  count: number,
  point: Float64Array,
  at: number,
  rays: Float64Array,
  use?: Uint8Array,
): number {
  let n = 0
  for (let k = 0; k < count; k++) {
    if (use !== undefined && use[k] === 0) continue
    const o = 3 * n
    writeCenter(views.poses, 12 * views.images[start + k], rays, o)
    const x = rays[o] - point[at]
    const y = rays[o + 1] - point[at + 1]
    const z = rays[o + 2] - point[at + 2]
    const norm = Math.sqrt(x * x + y * y + z * z)
    const scale = norm > 0 ? 1 / norm : 0
    rays[o] = x * scale
    rays[o + 1] = y * scale
    rays[o + 2] = z * scale
    n++
  }
  let cosine = 1
  for (let i = 1; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const c = rays[3 * i] * rays[3 * j] + rays[3 * i + 1] * rays[3 * j + 1] + rays[3 * i + 2] * rays[3 * j + 2]
      if (c < cosine) cosine = c
    }
  }
  return cosine
}
