import { essentialFromPose, relativePose, rigid, sampsonErrors } from '@epipole/geometry'
import type { Verdict } from '../report/report.js'
import type { MapperPair } from './input.js'
import type { SceneState } from './scene-state.js'

/**
 * A pair agrees with the model when this share of its verified matches lies on the model's epipolar lines. Matches of look-alike
 * parts lie there by chance alone; where a third does, the pair is right and its background or its lens is at odds.
 */
const MIN_AGREEMENT = 0.25
/** Pixels: a model may bend a little; look-alike parts are off by hundreds. */
const MAX_ERROR_PX = 12
/** Matches below which a contradicting pair says nothing. */
const MIN_MATCHES = 30
/** More contradicting pairs than this share flag the model. */
const MAX_CONFLICTS = 0.02

/**
 * Verified pairs that the model contradicts: two photos whose matches fit a geometry of their own, but not the poses the
 * model gives them. Chance matches do not do that by dozens; parts of a scene that look alike do.
 */
export function conflictingPairs(state: SceneState): { readonly conflicts: MapperPair[]; readonly tested: number } {
  const conflicts: MapperPair[] = []
  let tested = 0
  for (const pair of state.input.pairs) {
    const matches = pair.geometry.inliers.length / 2
    if (state.registered[pair.a] === 0 || state.registered[pair.b] === 0 || matches < MIN_MATCHES) continue
    tested++
    if (agreement(state, pair) < MIN_AGREEMENT) conflicts.push(pair)
  }
  return { conflicts, tested }
}

/** Share of a pair's verified matches that lie on the epipolar lines of the model's poses. */
function agreement(state: SceneState, { a, b, geometry }: MapperPair): number {
  const n = geometry.inliers.length / 2
  const raysA = new Float64Array(2 * n)
  const raysB = new Float64Array(2 * n)
  for (let m = 0; m < n; m++) {
    const f = state.graph.offsets[a] + geometry.inliers[2 * m]
    const g = state.graph.offsets[b] + geometry.inliers[2 * m + 1]
    raysA.set(state.rays.subarray(2 * f, 2 * f + 2), 2 * m)
    raysB.set(state.rays.subarray(2 * g, 2 * g + 2), 2 * m)
  }
  const bFromA = relativePose(poseOf(state, a), poseOf(state, b))
  const errors = sampsonErrors(essentialFromPose(bFromA), raysA, raysB)
  const max = (2 * MAX_ERROR_PX) / (state.focal[a] + state.focal[b])
  let agreeing = 0
  for (const e of errors) if (e <= max) agreeing++
  return agreeing / n
}

function poseOf(state: SceneState, photo: number) {
  return rigid(state.poses.slice(12 * photo, 12 * photo + 9), state.poses.slice(12 * photo + 9, 12 * photo + 12))
}

/** Warnings about the structure of a model. */
export function structureFlags(state: SceneState): Verdict[] {
  const { conflicts, tested } = conflictingPairs(state)
  const allowed = Math.floor(MAX_CONFLICTS * tested)
  if (conflicts.length <= allowed) return []
  const name = (photo: number) => state.input.photos[photo].name
  const strongest = conflicts.reduce((p, q) => (q.geometry.inliers.length > p.geometry.inliers.length ? q : p))
  return [
    {
      test: 'look-alike-structure',
      value: conflicts.length,
      threshold: allowed,
      unit: 'count',
      text:
        `${conflicts.length} pairs match well but contradict the model, above all ${name(strongest.a)} and ${name(strongest.b)} ` +
        `(${strongest.geometry.inliers.length / 2} matches): parts of the scene may look alike and be confused.`,
    },
  ]
}
