import type { Rigid } from '../math/rigid.js'
import { clampedAcos, degrees } from '../math/so3.js'
import { pointCovariance, refinePoint } from './n-view.js'
import type { TriangulationReason } from './status.js'
import { midpoint } from './two-view.js'
import { smallestRayCosine, squaredPlaneError, type Views } from './views.js'

/**
 * A point from a match of two posed views, with verdicts.
 *
 * Problem: minimise the squared projection errors in both views, and tell whether the point can be trusted.
 * Method: midpoint of the rays, then Gauss–Newton (`n-view.ts`); the minimum is that of Hartley & Sturm, "Triangulation" (CVIU 1997).
 * Preconditions: none; small angles, points behind a camera, large errors and parallel rays are refused by name.
 * Solutions: one or a refusal.
 */

export interface PairTriangulationOptions {
  /** Least angle between the rays, degrees. Default 1.5. */
  readonly minAngleDeg?: number
  /** Largest projection error in either view, on the plane z = 1. Default: not tested. */
  readonly maxError?: number
  /** Standard deviation of a coordinate on the plane z = 1: adds the covariance of the point. */
  readonly sigma?: number
}

/** A point, or the test it failed. */
export type PointVerdict =
  | {
      readonly ok: true
      /** World. */
      readonly point: Float64Array
      /** Between the rays. */
      readonly angleDeg: number
      /** The larger of both projection errors, on the plane z = 1. */
      readonly error: number
      /** With `sigma`: 3 × 3, row-major, world units squared. Absent where the rays do not determine the point. */
      readonly covariance?: Float64Array
    }
  | {
      readonly ok: false
      readonly reason: TriangulationReason
      /** `angle`: degrees; `error`: on the plane z = 1; `behind`: number of cameras it is in front of; else the sine of the angle. */
      readonly value: number
      readonly threshold: number
    }

/**
 * The point of match `i` of two posed views: least squares of the projection errors, with verdicts.
 *
 * @param xy1 `2 × n`, normalised; the match is `xy1[2i], xy1[2i + 1]`
 * @param xy2 as xy1, in the second view
 */
export function triangulate(
  cam1FromWorld: Rigid,
  cam2FromWorld: Rigid,
  xy1: ArrayLike<number>,
  xy2: ArrayLike<number>,
  i: number,
  options: PairTriangulationOptions = {},
): PointVerdict {
  const minAngleDeg = options.minAngleDeg ?? 1.5
  const maxError = options.maxError ?? Number.POSITIVE_INFINITY
  const views = pairViews(cam1FromWorld, cam2FromWorld)
  views.xy.set([xy1[2 * i], xy1[2 * i + 1], xy2[2 * i], xy2[2 * i + 1]])
  const point = new Float64Array(3)
  const sine = midpoint(views.poses, 0, views.xy[0], views.xy[1], 12, views.xy[2], views.xy[3], point, 0)
  if (sine === 0) return { ok: false, reason: 'degenerate', value: 0, threshold: 1e-14 }
  const cost = refinePoint(views, 0, 2, point)
  // Nearly parallel rays of a noisy match meet behind the cameras as easily as far in front.
  const angleDeg =
    sine < 0
      ? degrees(clampedAcos(Math.sqrt(1 - sine * sine)))
      : degrees(clampedAcos(smallestRayCosine(views, 0, 2, point, 0, new Float64Array(6))))
  if (angleDeg < minAngleDeg) return { ok: false, reason: 'angle', value: angleDeg, threshold: minAngleDeg }
  if (!Number.isFinite(cost)) return { ok: false, reason: 'behind', value: inFront(views, point), threshold: 2 }
  const error = Math.sqrt(Math.max(planeError(views, 0, point), planeError(views, 1, point)))
  if (error > maxError) return { ok: false, reason: 'error', value: error, threshold: maxError }
  const found = { ok: true, point, angleDeg, error } as const
  if (options.sigma === undefined) return found
  const covariance = new Float64Array(9)
  return pointCovariance(views, 0, 2, point, options.sigma, covariance) ? { ...found, covariance } : found
}

function pairViews(cam1FromWorld: Rigid, cam2FromWorld: Rigid): Views {
  const poses = new Float64Array(24)
  poses.set(cam1FromWorld.R, 0)
  poses.set(cam1FromWorld.t, 9)
  poses.set(cam2FromWorld.R, 12)
  poses.set(cam2FromWorld.t, 21)
  return { poses, images: Int32Array.of(0, 1), xy: new Float64Array(4) }
}

function planeError(views: Views, k: number, p: Float64Array): number {
  return squaredPlaneError(views.poses, 12 * k, views.xy[2 * k], views.xy[2 * k + 1], p[0], p[1], p[2])
}

function inFront(views: Views, p: Float64Array): number {
  return [0, 1].filter((k) => Number.isFinite(planeError(views, k, p))).length
}
