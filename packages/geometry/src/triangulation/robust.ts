import { cos } from '@epipole/core'
import { radians } from '../math/so3.js'
import { refinePoint, triangulateMidpoint } from './n-view.js'
import {
  BEHIND,
  DEGENERATE,
  LARGE_ERROR,
  SMALL_ANGLE,
  TOO_FEW_VIEWS,
  TRIANGULATED,
  type TriangulationStatus,
} from './status.js'
import { midpointOfRays } from './two-view.js'
import { smallestRayCosine, squaredPlaneError, type Views, writeCenter, writeDirection } from './views.js'

/**
 * A point from a track with wrong observations.
 *
 * Problem: the point of least truncated squared projection error over all views.
 * Method: every pair of views proposes (exhaustive RANSAC with MSAC's score), the best is refined on its inliers.
 * Preconditions: two observations that agree, under a sufficient angle.
 * Solutions: one, or the status of the proposal that came closest.
 */

export interface RobustTriangulationOptions {
  /** Largest projection error of an inlier, in the unit of `Views.scale` (pixels where it is a focal length). */
  readonly maxError: number
  /** Least angle between two of the rays, degrees. Default 1.5, as COLMAP: below it noise decides the depth. */
  readonly minAngleDeg?: number
  /** Most pairs of views tried as hypotheses. Default 120: all pairs of 16 views. */
  readonly maxPairs?: number
}

/**
 * Triangulates one track in spite of wrong observations.
 *
 * @param point X, Y, Z in the world; written only on success
 * @param inliers at least `count` long: 1 for each observation the point explains
 * @returns `TRIANGULATED`, or why not: the status of the hypothesis that came closest
 */
export type TrackTriangulator = (
  start: number,
  count: number,
  point: Float64Array,
  inliers: Uint8Array,
) => TriangulationStatus

/**
 * A triangulator for the tracks of `views`, to be called in a loop; allocates nothing after the first calls.
 *
 * Every pair of views (an evenly spread selection where there are many) proposes the midpoint of its rays; the proposal
 * with the least truncated squared error over all views wins (MSAC), is refined on its inliers, and is kept if it has two
 * inliers at least, in front of all of them and under a sufficient angle. This is COLMAP's EstimateTriangulation without its
 * random sampling. `views.poses` is read at each call, so poses may change in between.
 */
export function trackTriangulator(views: Views, options: RobustTriangulationOptions): TrackTriangulator {
  const maxSquared = options.maxError * options.maxError
  const maxCosine = cos(radians(options.minAngleDeg ?? 1.5))
  const minSine = Math.sqrt(Math.max(0, 1 - maxCosine * maxCosine))
  const maxPairs = options.maxPairs ?? 120
  let rays = new Float64Array(6 * 32)
  let scratch = new Float64Array(3 * 32)
  const candidate = new Float64Array(3)
  const best = new Float64Array(3)

  const score = (start: number, count: number, p: Float64Array): number => {
    let sum = 0
    for (let k = start; k < start + count; k++) sum += Math.min(maxSquared, squaredError(views, k, p))
    return sum
  }

  /** The best hypothesis into `best`. */
  const search = (start: number, count: number): TriangulationStatus => {
    const pairs = (count * (count - 1)) / 2
    // A stride that is coprime with most counts spreads the selection over near and far pairs.
    const stride = Math.max(1, Math.ceil(pairs / maxPairs))
    let bestScore = count * maxSquared
    let status: TriangulationStatus = SMALL_ANGLE
    let pair = 0
    for (let i = 1; i < count; i++) {
      for (let j = 0; j < i; j++, pair++) {
        if (pair % stride !== 0) continue
        const sine = midpointOfRays(rays, 6 * i, 6 * j, candidate, 0)
        if (Math.abs(sine) < minSine) continue
        if (sine < 0) {
          if (status === SMALL_ANGLE) status = BEHIND
          continue
        }
        const s = score(start, count, candidate)
        if (status !== TRIANGULATED) status = LARGE_ERROR
        if (s < bestScore) {
          bestScore = s
          best.set(candidate)
          status = TRIANGULATED
          // As good as half the threshold everywhere: refinement does the rest.
          if (s < 0.25 * maxSquared) return status
        }
      }
    }
    return status
  }

  const markInliers = (start: number, count: number, p: Float64Array, inliers: Uint8Array): number => {
    let n = 0
    for (let k = 0; k < count; k++) {
      inliers[k] = squaredError(views, start + k, p) <= maxSquared ? 1 : 0
      n += inliers[k]
    }
    return n
  }

  return (start, count, point, inliers) => {
    inliers.fill(0, 0, count)
    if (count < 2) return TOO_FEW_VIEWS
    if (rays.length < 6 * count) {
      rays = new Float64Array(12 * count)
      scratch = new Float64Array(6 * count)
    }
    for (let k = 0; k < count; k++) {
      const p = 12 * views.images[start + k]
      writeCenter(views.poses, p, rays, 6 * k)
      writeDirection(views.poses, p, views.xy[2 * (start + k)], views.xy[2 * (start + k) + 1], rays, 6 * k + 3)
    }
    const status = search(start, count)
    if (status !== TRIANGULATED) return status
    let n = markInliers(start, count, best, inliers)
    for (let round = 0; round < 3 && n >= 2; round++) {
      // Refinement may draw in more views; a second round settles the set.
      refinePoint(views, start, count, best, inliers)
      const before = n
      n = markInliers(start, count, best, inliers)
      if (n === before) break
    }
    if (n < 2) {
      inliers.fill(0, 0, count)
      return LARGE_ERROR
    }
    if (smallestRayCosine(views, start, count, best, 0, scratch, inliers) > maxCosine) return SMALL_ANGLE
    point.set(best)
    return TRIANGULATED
  }
}

function squaredError(views: Views, k: number, p: Float64Array): number {
  const s = views.scale === undefined ? 1 : views.scale[k]
  return (
    s * s * squaredPlaneError(views.poses, 12 * views.images[k], views.xy[2 * k], views.xy[2 * k + 1], p[0], p[1], p[2])
  )
}

/**
 * Triangulates one track of which every observation is trusted: midpoint, then least squares.
 *
 * @param point X, Y, Z in the world; written only on success
 */
export function triangulateTrack(views: Views, start: number, count: number, point: Float64Array): TriangulationStatus {
  const trial = new Float64Array(3)
  const status = triangulateMidpoint(views, start, count, trial)
  if (status !== TRIANGULATED) return status
  const cost = refinePoint(views, start, count, trial)
  if (!Number.isFinite(cost)) return Number.isNaN(cost) ? DEGENERATE : BEHIND
  point.set(trial)
  return TRIANGULATED
}
