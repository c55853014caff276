import { type Adjustment, adjust, type FreeIntrinsics } from './adjust.js'
import { filterPoints, livingPoints } from './filter-points.js'
import type { TrackGrower } from './grow-tracks.js'
import type { MapperOptions } from './options.js'
import { deregister, observedPoints, type SceneState } from './scene-state.js'

/** Adjusts a new photo with those it shares most points with, then tidies the points they see. */
export function refineLocally(
  state: SceneState,
  grower: TrackGrower,
  photo: number,
  changed: Set<number>,
  options: MapperOptions,
): void {
  const photos = [photo, ...nearestPhotos(state, photo, options.localPhotos - 1)]
  const inBundle = new Set(photos)
  const points = new Set(changed)
  for (const p of pointsSeenBy(state, photo)) points.add(p)
  adjust(state, {
    photos,
    points,
    intrinsics: 'lens',
    loss: { type: 'soft-l1', scale: 1 },
    maxIterations: 15,
    functionTolerance: 1e-4,
    method: options.adjustment,
  })
  for (const p of grower.merge(changed)) changed.add(p)
  for (const p of grower.complete(changed)) changed.add(p)
  for (const other of inBundle) for (const p of pointsSeenBy(state, other)) changed.add(p)
  filterPoints(state, changed, options)
}

/** How thorough a global refinement is. */
export interface GlobalRefinement {
  readonly rounds: number
  readonly maxIterations: number
  readonly functionTolerance: number
  readonly intrinsics: FreeIntrinsics
  /** Look at every keypoint once more before: what did not fit when its photo came may fit now. */
  readonly revisit: boolean
}

/** While the model grows: good enough to go on from. */
export const ROUGH: GlobalRefinement = {
  rounds: 1,
  maxIterations: 10,
  functionTolerance: 1e-4,
  intrinsics: 'lens',
  revisit: false,
}
/** At the end. */
export const FINE: GlobalRefinement = {
  rounds: 5,
  maxIterations: 50,
  functionTolerance: 1e-6,
  intrinsics: 'lens',
  revisit: true,
}

/** Observations that may still change in a round of a fine refinement when it stops, as a share of all. */
const SETTLED = 0.0005

/**
 * Adjusts the whole model, completes and merges tracks, filters, and repeats while much changes. Photos left with too few
 * observations are forgotten.
 */
export function refineGlobally(
  state: SceneState,
  grower: TrackGrower,
  options: MapperOptions,
  effort: GlobalRefinement,
): Adjustment {
  let last: Adjustment | undefined
  if (effort.revisit) for (const photo of state.order) grower.triangulatePhoto(photo)
  else grower.retriangulate()
  for (let round = 0; round < effort.rounds; round++) {
    last = adjustAll(state, options, effort)
    const before = observations(state)
    grower.merge(livingPoints(state))
    grower.complete(livingPoints(state))
    const grown = observations(state) - before
    const removed = filterPoints(state, livingPoints(state), options)
    forgetWeakPhotos(state, options)
    if (grown + removed < SETTLED * before) break
  }
  return last ?? adjustAll(state, options, effort)
}

/** Bundle adjustment of everything. */
export function adjustAll(
  state: SceneState,
  options: MapperOptions,
  effort: GlobalRefinement,
  covariance = false,
): Adjustment {
  return adjust(state, {
    photos: state.order,
    points: livingPoints(state),
    intrinsics: effort.intrinsics,
    loss: { type: 'soft-l1', scale: 1 },
    maxIterations: effort.maxIterations,
    functionTolerance: effort.functionTolerance,
    method: options.adjustment,
    covariance,
  })
}

function forgetWeakPhotos(state: SceneState, options: MapperOptions): void {
  for (const photo of [...state.order]) {
    if (observedPoints(state, photo) < options.registerMinInliers / 2) deregister(state, photo)
  }
}

export function observations(state: SceneState): number {
  let n = 0
  for (const track of state.tracks) n += track.length
  return n
}

function pointsSeenBy(state: SceneState, photo: number): Set<number> {
  const points = new Set<number>()
  const { offsets } = state.graph
  for (let f = offsets[photo]; f < offsets[photo + 1]; f++) if (state.pointOf[f] >= 0) points.add(state.pointOf[f])
  return points
}

/** Registered photos by falling number of points shared with `photo`. */
function nearestPhotos(state: SceneState, photo: number, count: number): number[] {
  const shared = new Int32Array(state.registered.length)
  for (const p of pointsSeenBy(state, photo)) for (const f of state.tracks[p]) shared[state.graph.photoOf[f]]++
  return state.order
    .filter((other) => other !== photo && shared[other] > 0)
    .sort((a, b) => shared[b] - shared[a] || a - b)
    .slice(0, count)
}
