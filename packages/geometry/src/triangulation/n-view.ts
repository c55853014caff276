import { DEGENERATE, TOO_FEW_VIEWS, TRIANGULATED, type TriangulationStatus } from './status.js'
import { solveSym3 } from './sym3.js'
import { squaredPlaneError, type Views, writeCenter, writeDirection } from './views.js'

/**
 * A point from many posed views: a start, the optimum, and its uncertainty.
 *
 * Problem: minimise Σ ‖π(Rᵢ X + tᵢ) − xᵢ‖², the squared projection errors (Hartley & Zisserman, section 12.3).
 * Method: the point nearest to all rays, then damped Gauss–Newton; covariance σ² (JᵀJ)⁻¹.
 * Preconditions: rays that are not all parallel; the start lies in front of all used views.
 * Solutions: one (a local minimum, in practice the global one).
 */

const A = new Float64Array(6)
const damped = new Float64Array(6)
const b = new Float64Array(3)
const ray = new Float64Array(6)
const step = new Float64Array(3)

/**
 * The point nearest to all rays in the sum of squared distances: Σ (I − d dᵀ) X = Σ (I − d dᵀ) C. A good start for
 * `refinePoint`.
 *
 * @param out X, Y, Z in the world
 * @param use where given, only observations k with `use[k − start] = 1` count
 */
export function triangulateMidpoint(
  views: Views,
  start: number,
  count: number,
  out: Float64Array,
  use?: Uint8Array,
): TriangulationStatus {
  A.fill(0)
  b.fill(0)
  let used = 0
  // Relative to the first centre, so that a far origin costs no precision.
  let ox = 0
  let oy = 0
  let oz = 0
  for (let k = 0; k < count; k++) {
    if (use !== undefined && use[k] === 0) continue
    const p = 12 * views.images[start + k]
    writeCenter(views.poses, p, ray, 0)
    writeDirection(views.poses, p, views.xy[2 * (start + k)], views.xy[2 * (start + k) + 1], ray, 3)
    if (used === 0) {
      ox = ray[0]
      oy = ray[1]
      oz = ray[2]
    }
    used++
    addRay(ray[0] - ox, ray[1] - oy, ray[2] - oz)
  }
  if (used < 2) return TOO_FEW_VIEWS
  if (!solveSym3(A, b, step)) return DEGENERATE
  out[0] = ox + step[0]
  out[1] = oy + step[1]
  out[2] = oz + step[2]
  return TRIANGULATED
}

function addRay(cx: number, cy: number, cz: number): void {
  const x = ray[3]
  const y = ray[4]
  const z = ray[5]
  const along = cx * x + cy * y + cz * z
  A[0] += 1 - x * x
  A[1] -= x * y
  A[2] -= x * z
  A[3] += 1 - y * y
  A[4] -= y * z
  A[5] += 1 - z * z
  b[0] += cx - along * x
  b[1] += cy - along * y
  b[2] += cz - along * z
}

/** Half the sum of squared errors (in the unit of `scale`); infinite where the point is not in front of a used view. */
export function pointCost(
  views: Views,
  start: number,
  count: number,
  X: number,
  Y: number,
  Z: number,
  use?: Uint8Array,
): number {
  let sum = 0
  for (let k = start; k < start + count; k++) {
    if (use !== undefined && use[k - start] === 0) continue
    const s = views.scale === undefined ? 1 : views.scale[k]
    sum += s * s * squaredPlaneError(views.poses, 12 * views.images[k], views.xy[2 * k], views.xy[2 * k + 1], X, Y, Z)
  }
  return 0.5 * sum
}

/** JᵀJ into A and Jᵀr into b, of the projection errors at a point in front of all used views. */
function linearizePoint(
  views: Views,
  start: number,
  count: number,
  X: number,
  Y: number,
  Z: number,
  use?: Uint8Array,
): void {
  A.fill(0)
  b.fill(0)
  const { poses } = views
  for (let k = start; k < start + count; k++) {
    if (use !== undefined && use[k - start] === 0) continue
    const p = 12 * views.images[k]
    const inverse = 1 / (poses[p + 6] * X + poses[p + 7] * Y + poses[p + 8] * Z + poses[p + 11])
    const u = (poses[p] * X + poses[p + 1] * Y + poses[p + 2] * Z + poses[p + 9]) * inverse
    const v = (poses[p + 3] * X + poses[p + 4] * Y + poses[p + 5] * Z + poses[p + 10]) * inverse
    const s = views.scale === undefined ? 1 : views.scale[k]
    const w = s * inverse
    const ux = w * (poses[p] - u * poses[p + 6])
    const uy = w * (poses[p + 1] - u * poses[p + 7])
    const uz = w * (poses[p + 2] - u * poses[p + 8])
    const vx = w * (poses[p + 3] - v * poses[p + 6])
    const vy = w * (poses[p + 4] - v * poses[p + 7])
    const vz = w * (poses[p + 5] - v * poses[p + 8])
    const ru = s * (u - views.xy[2 * k])
    const rv = s * (v - views.xy[2 * k + 1])
    A[0] += ux * ux + vx * vx
    A[1] += ux * uy + vx * vy
    A[2] += ux * uz + vx * vz
    A[3] += uy * uy + vy * vy
    A[4] += uy * uz + vy * vz
    A[5] += uz * uz + vz * vz
    b[0] -= ux * ru + vx * rv
    b[1] -= uy * ru + vy * rv
    b[2] -= uz * ru + vz * rv
  }
}

/**
 * Moves a point to the least sum of squared projection errors: Gauss–Newton, damped where a step does not help. The start
 * must lie in front of all used views, or nothing happens. Allocates nothing.
 *
 * @param point X, Y, Z in the world; replaced
 * @returns half the sum of squared errors at the result (infinite where the start was behind a view)
 */
export function refinePoint(
  views: Views,
  start: number,
  count: number,
  point: Float64Array,
  use?: Uint8Array,
  maxIterations = 10,
): number {
  let cost = pointCost(views, start, count, point[0], point[1], point[2], use)
  if (!Number.isFinite(cost)) return cost
  let damping = 0
  let stale = true
  for (let iteration = 0; iteration < maxIterations; iteration++) {
    if (stale) linearizePoint(views, start, count, point[0], point[1], point[2], use)
    damped.set(A)
    damped[0] *= 1 + damping
    damped[3] *= 1 + damping
    damped[5] *= 1 + damping
    stale = false
    let next = Number.POSITIVE_INFINITY
    if (solveSym3(damped, b, step)) {
      next = pointCost(views, start, count, point[0] + step[0], point[1] + step[1], point[2] + step[2], use)
    }
    if (!(next < cost)) {
      // At the minimum a Gauss–Newton step changes nothing but the last bits.
      if (damping === 0 && next - cost <= 1e-12 * cost) break
      damping = damping === 0 ? 1e-3 : damping * 10
      if (damping > 1e6) break
      continue
    }
    point[0] += step[0]
    point[1] += step[1]
    point[2] += step[2]
    const decrease = cost - next
    cost = next
    damping = damping < 1e-4 ? 0 : damping * 0.1
    stale = true
    if (decrease <= 1e-10 * cost) break
  }
  return cost
}

/**
 * Covariance of a triangulated point, (Σ JᵀJ)⁻¹ σ², for independent errors of standard deviation σ in each coordinate of
 * each observation.
 *
 * @param sigma in the unit of `scale` (pixels where scale is a focal length)
 * @param out 3×3, row-major, world units squared
 * @returns false where the views do not determine the point
 */
export function pointCovariance(
  views: Views,
  start: number,
  count: number,
  point: Float64Array,
  sigma: number,
  out: Float64Array,
  use?: Uint8Array,
): boolean {
  linearizePoint(views, start, count, point[0], point[1], point[2], use)
  for (let c = 0; c < 3; c++) {
    b.fill(0)
    b[c] = sigma * sigma
    if (!solveSym3(A, b, step)) return false
    for (let r = 0; r < 3; r++) out[3 * r + c] = step[r]
  }
  return true
}
