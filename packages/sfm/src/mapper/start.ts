import { throwIfAborted, yieldToEventLoop } from '@epipole/core'
import type { Verdict } from '../report/report.js'
import { adjust } from './adjust.js'
import { filterPoints, livingPoints } from './filter-points.js'
import { trackGrower } from './grow-tracks.js'
import { type InitialCandidate, initialPose, rankInitialPairs, refuseStart, startQuality } from './initial-pair.js'
import type { MapperOptions } from './options.js'
import { updateCameraRays } from './rays.js'
import { absurdLens } from './register-photo.js'
import { cameraOf, deletePoint, type SceneState } from './scene-state.js'

/** How far the demands on a start are lowered, step by step, while no pair meets them. */
const RELAXATIONS = [1, 0.5, 0.25, 0.125]

/**
 * Poses two photos and makes their points: the start of a model. Demands are lowered step by step until a pair meets them.
 *
 * @param taken 1 for photos of finished models
 * @param started photos of earlier trials' models: two of them are not started from again
 * @returns why no pair can start a model, or undefined once one has
 */
export async function startModel(
  state: SceneState,
  options: MapperOptions,
  taken: Uint8Array,
  started: ReadonlySet<number>,
  signal: AbortSignal | undefined,
): Promise<Verdict | undefined> {
  const candidates = rankInitialPairs(state, options)
    .filter(({ pair }) => taken[pair.a] === 0 && taken[pair.b] === 0)
    .filter(({ pair }) => !(started.has(pair.a) && started.has(pair.b)))
    .slice(0, options.initMaxTrials)
  let closest: Verdict | undefined
  for (const relax of RELAXATIONS) {
    for (const candidate of candidates) {
      throwIfAborted(signal)
      await yieldToEventLoop()
      const verdict = tryStart(state, candidate, options, relax)
      if (verdict === undefined) return undefined
      closest ??= verdict
    }
  }
  return (
    closest ?? {
      test: 'no-start-pair',
      value: 0,
      threshold: 1,
      unit: 'count',
      text: 'No two photos overlap and were taken from different places, so nothing can be triangulated.',
    }
  )
}

function tryStart(
  state: SceneState,
  { pair }: InitialCandidate,
  options: MapperOptions,
  relax: number,
): Verdict | undefined {
  const pose = initialPose(state, pair, options)
  if (pose === undefined) {
    return {
      test: 'no-start-pose',
      value: 0,
      threshold: 1,
      unit: 'count',
      text: 'No relative pose fits the matches of the best pair to start from.',
    }
  }
  const saved = [pair.a, pair.b].map((photo) => state.cameras[state.photoCamera[photo]])
  place(state, pair.a, [1, 0, 0, 0, 1, 0, 0, 0, 1], [0, 0, 0])
  place(state, pair.b, pose.R, pose.t)
  const startOptions = { ...options, minAngleDeg: Math.min(options.minAngleDeg, options.initMinAngleDeg * relax * 0.5) }
  const grower = trackGrower(state, startOptions)
  grower.triangulatePhoto(pair.a)
  adjust(state, {
    photos: [pair.a, pair.b],
    points: livingPoints(state),
    intrinsics: 'none',
    loss: { type: 'soft-l1', scale: 1 },
    maxIterations: 30,
    functionTolerance: 1e-6,
    method: options.adjustment,
  })
  filterPoints(state, livingPoints(state), startOptions)
  const quality = startQuality(state)
  const verdict =
    refuseStart(quality, options, relax) ?? absurdLens(cameraOf(state, pair.a)) ?? absurdLens(cameraOf(state, pair.b))
  if (verdict !== undefined) {
    for (const p of livingPoints(state)) deletePoint(state, p)
    for (const [i, photo] of [pair.a, pair.b].entries()) {
      state.registered[photo] = 0
      state.cameras[state.photoCamera[photo]] = saved[i]
      updateCameraRays(state, state.photoCamera[photo])
    }
    state.order.length = 0
  }
  return verdict
}

function place(state: SceneState, photo: number, R: ArrayLike<number>, t: ArrayLike<number>): void {
  state.poses.set(R, 12 * photo)
  state.poses.set(t, 12 * photo + 9)
  state.registered[photo] = 1
  state.order.push(photo)
}
