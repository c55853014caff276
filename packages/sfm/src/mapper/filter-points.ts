import { cos } from '@epipole/core'
import { radians } from '@epipole/geometry'
import { isWideEnough, squaredErrorPx } from './errors.js'
import { deletePoint, removeObservation, type SceneState } from './scene-state.js'

export interface FilterOptions {
  /** Pixels. */
  readonly filterMaxErrorPx: number
  /** Degrees. */
  readonly minAngleDeg: number
}

/**
 * Removes observations whose reprojection error is too large or which lie behind their camera, and points left with fewer
 * than two photos or too small an angle.
 *
 * @returns how many observations went
 */
export function filterPoints(state: SceneState, points: Iterable<number>, options: FilterOptions): number {
  const maxSquared = options.filterMaxErrorPx * options.filterMaxErrorPx
  const maxCosine = cos(radians(options.minAngleDeg))
  let removed = 0
  for (const p of points) {
    const before = state.tracks[p].length
    if (before === 0) continue
    // From the end: a removal shifts only what has been looked at.
    for (let i = before - 1; i >= 0; i--) {
      const f = state.tracks[p][i]
      if (f !== undefined && !(squaredErrorPx(state, f, state.xyz, 3 * p) <= maxSquared)) removeObservation(state, f)
    }
    if (state.tracks[p].length > 0 && !isWideEnough(state, p, maxCosine)) deletePoint(state, p)
    removed += before - state.tracks[p].length
  }
  return removed
}

/** Every living point, in order of birth. */
export function livingPoints(state: SceneState): number[] {
  const points: number[] = []
  for (let p = 0; p < state.tracks.length; p++) if (state.tracks[p].length > 0) points.push(p)
  return points
}
