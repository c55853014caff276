import { writeCenter, writeDirection } from './views.js'

/**
 * A point from two rays, in closed form; and the optimal correction of a match.
 *
 * Problem: the middle of the shortest segment between two rays; or the nearest match with x2ᵀ E x1 = 0.
 * Source: Lindstrom, "Triangulation made easy" (CVPR 2010) for the correction.
 * Preconditions: rays that are not parallel; for the correction a match that is not at both epipoles.
 * Solutions: one.
 */

const rays = new Float64Array(12)

/**
 * The middle of the shortest segment between two rays. Closed form; fast, and biased towards the cameras at small angles.
 *
 * @param poses `12 × n`, see `Views`
 * @param p1 offset of the first pose in `poses`, p2 of the second
 * @param out X, Y, Z in the world at `out[at…]`
 * @returns the sine of the angle between the rays, positive where both depths along the rays are; 0 and nothing written
 *   where the rays are parallel; negative where the rays meet behind a camera
 */
export function midpoint(
  poses: Float64Array,
  p1: number,
  u1: number,
  v1: number,
  p2: number,
  u2: number,
  v2: number,
  out: Float64Array,
  at: number,
): number {
  writeCenter(poses, p1, rays, 0)
  writeDirection(poses, p1, u1, v1, rays, 3)
  writeCenter(poses, p2, rays, 6)
  writeDirection(poses, p2, u2, v2, rays, 9)
  return midpointOfRays(rays, 0, 6, out, at)
}

/**
 * As `midpoint`, of two rays given as origin (3 numbers) and unit direction (3 numbers) at `rays[a…]` and `rays[b…]`.
 */
export function midpointOfRays(lines: Float64Array, a: number, b: number, out: Float64Array, at: number): number {
  const ax = lines[a + 3]
  const ay = lines[a + 4]
  const az = lines[a + 5]
  const bx = lines[b + 3]
  const by = lines[b + 4]
  const bz = lines[b + 5]
  // The cross product keeps full relative precision at small angles, where 1 − (a·b)² would cancel.
  const nx = ay * bz - az * by
  const ny = az * bx - ax * bz
  const nz = ax * by - ay * bx
  const nn = nx * nx + ny * ny + nz * nz
  if (!(nn > 1e-28)) return 0
  const tx = lines[b] - lines[a]
  const ty = lines[b + 1] - lines[a + 1]
  const tz = lines[b + 2] - lines[a + 2]
  const alongA = ((ty * bz - tz * by) * nx + (tz * bx - tx * bz) * ny + (tx * by - ty * bx) * nz) / nn
  const alongB = ((ty * az - tz * ay) * nx + (tz * ax - tx * az) * ny + (tx * ay - ty * ax) * nz) / nn
  out[at] = 0.5 * (lines[a] + alongA * ax + lines[b] + alongB * bx)
  out[at + 1] = 0.5 * (lines[a + 1] + alongA * ay + lines[b + 1] + alongB * by)
  out[at + 2] = 0.5 * (lines[a + 2] + alongA * az + lines[b + 2] + alongB * bz)
  return alongA > 0 && alongB > 0 ? Math.sqrt(nn) : -Math.sqrt(nn)
}

/**
 * Moves a match onto the nearest pair of points that satisfies x2ᵀ E x1 = 0 exactly, least in the sum of squares of both
 * moves: Lindstrom, "Triangulation made easy", CVPR 2010, algorithm `niter2`, whose two closed-form steps reach the optimum
 * of Hartley and Sturm's degree-six polynomial to about machine precision. The rays of the result meet.
 *
 * @param E essential matrix (or fundamental, for pixels), 9 numbers, row-major
 * @param match u1, v1, u2, v2; replaced
 */
export function correctMatch(E: ArrayLike<number>, match: Float64Array): void {
  const u1 = match[0]
  const v1 = match[1]
  const u2 = match[2]
  const v2 = match[3]
  // Epipolar lines: (n2x, n2y) of E x1 in image 2, (n1x, n1y) of Eᵀ x2 in image 1.
  let n2x = E[0] * u1 + E[1] * v1 + E[2]
  let n2y = E[3] * u1 + E[4] * v1 + E[5]
  const n2z = E[6] * u1 + E[7] * v1 + E[8]
  let n1x = E[0] * u2 + E[3] * v2 + E[6]
  let n1y = E[1] * u2 + E[4] * v2 + E[7]
  const a = n2x * (E[0] * n1x + E[1] * n1y) + n2y * (E[3] * n1x + E[4] * n1y)
  const b = 0.5 * (n1x * n1x + n1y * n1y + n2x * n2x + n2y * n2y)
  const c = u2 * n2x + v2 * n2y + n2z
  const d = Math.sqrt(Math.max(0, b * b - a * c))
  if (!(b + d > 0)) return
  let lambda = c / (b + d)
  const d2x = lambda * n2x
  const d2y = lambda * n2y
  const d1x = lambda * n1x
  const d1y = lambda * n1y
  n2x -= E[0] * d1x + E[1] * d1y
  n2y -= E[3] * d1x + E[4] * d1y
  n1x -= E[0] * d2x + E[3] * d2y
  n1y -= E[1] * d2x + E[4] * d2y
  const norm = n1x * n1x + n1y * n1y + n2x * n2x + n2y * n2y
  if (!(norm > 0)) return
  lambda *= (2 * d) / norm
  match[0] = u1 - lambda * n1x
  match[1] = v1 - lambda * n1y
  match[2] = u2 - lambda * n2x
  match[3] = v2 - lambda * n2y
}
