import { acos, randomStream } from '@epipole/core'
import { degrees, estimateEssential, poseFromEssential, type Rigid } from '@epipole/geometry'
import type { Verdict } from '../report/report.js'
import { smallestCosine } from './errors.js'
import type { MapperPair } from './input.js'
import type { MapperOptions } from './options.js'
import type { SceneState } from './scene-state.js'

/** A pair that may start a model. */
export interface InitialCandidate {
  readonly pair: MapperPair
  readonly score: number
}

/**
 * Pairs of unregistered photos worth starting from, best first: many inliers, a wide angle where it is known, and depth
 * (a homography that explains everything says little about it).
 */
export function rankInitialPairs(state: SceneState, options: MapperOptions): InitialCandidate[] {
  const candidates: InitialCandidate[] = []
  for (const pair of state.input.pairs) {
    const { kind, inliers, support, angleDeg } = pair.geometry
    if (kind === 'refused' || kind === 'panoramic') continue
    if (state.registered[pair.a] === 1 || state.registered[pair.b] === 1) continue
    const count = inliers.length / 2
    const planarity = Math.min(1, support.H / Math.max(1, count))
    const width = Math.min(1, (angleDeg ?? options.initMinAngleDeg / 2) / options.initMinAngleDeg)
    candidates.push({ pair, score: count * width * (1.2 - planarity) })
  }
  return candidates.sort((p, q) => q.score - p.score || p.pair.a - q.pair.a || p.pair.b - q.pair.b)
}

/** The relative pose of a candidate under the cameras' current intrinsics; undefined where none fits its matches. */
export function initialPose(state: SceneState, pair: MapperPair, options: MapperOptions): Rigid | undefined {
  const { a, b, geometry } = pair
  const n = geometry.inliers.length / 2
  const raysA = new Float64Array(2 * n)
  const raysB = new Float64Array(2 * n)
  for (let m = 0; m < n; m++) {
    const f = state.graph.offsets[a] + geometry.inliers[2 * m]
    const g = state.graph.offsets[b] + geometry.inliers[2 * m + 1]
    raysA.set(state.rays.subarray(2 * f, 2 * f + 2), 2 * m)
    raysB.set(state.rays.subarray(2 * g, 2 * g + 2), 2 * m)
  }
  const maxResidual = options.filterMaxErrorPx / (0.5 * (state.focal[a] + state.focal[b]))
  const { model, inliers } = estimateEssential(raysA, raysB, {
    maxResidual,
    random: randomStream(options.seed, 'initial', state.input.photos[a].name, state.input.photos[b].name),
  })
  if (model === undefined) return undefined
  return poseFromEssential(model, raysA, raysB, inliers)
}

/** How good a start two photos and their points make. */
export interface StartQuality {
  readonly points: number
  /** Median triangulation angle, degrees. */
  readonly angleDeg: number
}

export function startQuality(state: SceneState): StartQuality {
  const cosines: number[] = []
  for (let p = 0; p < state.tracks.length; p++) if (state.tracks[p].length > 0) cosines.push(smallestCosine(state, p))
  cosines.sort((x, y) => x - y)
  const middle = cosines[cosines.length >> 1] ?? 1
  return { points: cosines.length, angleDeg: degrees(acosClamped(middle)) }
}

function acosClamped(x: number): number {
  return acos(Math.min(1, Math.max(-1, x)))
}

/** Why a start is not good enough, or undefined where it is. `relax` ≤ 1 scales the thresholds down. */
export function refuseStart(quality: StartQuality, options: MapperOptions, relax: number): Verdict | undefined {
  const points = Math.max(15, options.initMinInliers * relax)
  const angle = options.initMinAngleDeg * relax
  if (quality.points < points) {
    return {
      test: 'few-start-points',
      value: quality.points,
      threshold: points,
      unit: 'count',
      text: `The best pair to start from gives ${quality.points} points, of ${Math.round(points)} needed.`,
    }
  }
  if (quality.angleDeg < angle) {
    return {
      test: 'small-start-angle',
      value: quality.angleDeg,
      threshold: angle,
      unit: 'deg',
      text: `The best pair to start from sees its points under ${quality.angleDeg.toFixed(1)}°, of ${angle.toFixed(1)}° needed: move the camera sideways between photos.`,
    }
  }
  return undefined
}
