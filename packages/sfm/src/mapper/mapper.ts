import { type OnEvent, StageProgress, throwIfAborted, yieldToEventLoop } from '@epipole/core'
import type { Verdict } from '../report/report.js'
import { correspondenceGraph } from '../scene/correspondence-graph.js'
import type { Reconstruction } from '../scene/reconstruction.js'
import { exportReconstruction } from './export.js'
import { type FinishedModel, finishModel } from './finish.js'
import { trackGrower } from './grow-tracks.js'
import type { MapperInput } from './input.js'
import { rankNextImages } from './next-image.js'
import { type MapperOptions, mapperOptions } from './options.js'
import { updateRays } from './rays.js'
import { ROUGH, refineGlobally, refineLocally } from './refine.js'
import { registerPhoto } from './register-photo.js'
import { type SceneState, sceneState } from './scene-state.js'
import { type SharingTest, shareIntrinsics } from './share-intrinsics.js'
import { startModel } from './start.js'
import { structureFlags } from './structure-flags.js'

/** Changes whenever equal input may give another model: part of stored records' keys. */
export const MAPPER_VERSION = 'mapper-1'

/** One model and what was learned while it was made. */
export interface MappedModel {
  readonly reconstruction: Reconstruction
  /** Photo indices, ascending. */
  readonly photos: readonly number[]
  readonly sharing: readonly SharingTest[]
  readonly finish: FinishedModel
  /** What a person should look at before trusting the model. */
  readonly flags: readonly Verdict[]
}

export interface MapperResult {
  /** Largest first. */
  readonly models: readonly MappedModel[]
  /** Why each photo without a model has none, by photo index. */
  readonly refusals: ReadonlyMap<number, Verdict>
}

export interface MapperHooks {
  readonly signal?: AbortSignal
  readonly onEvent?: OnEvent
}

/**
 * Incremental structure from motion (Schönberger and Frahm, CVPR 2016): from verified pairs to posed photos and points, in
 * as many models as the photos fall into. A pure function of its input and options: same bits everywhere.
 */
export async function mapScene(
  input: MapperInput,
  options: Partial<MapperOptions> = {},
  hooks: MapperHooks = {},
): Promise<MapperResult> {
  const all = mapperOptions(options)
  const graph = correspondenceGraph(
    input.photos.map((p) => p.keypoints.length / 4),
    input.pairs.map(({ a, b, geometry }) => ({ a, b, matches: geometry.inliers })),
  )
  const progress = new StageProgress('mapping', { total: input.photos.length, unit: 'photos', onEvent: hooks.onEvent })
  const taken = new Uint8Array(input.photos.length)
  const models: MappedModel[] = []
  const refusals = new Map<number, Verdict>()

  while (models.length < all.maxModels) {
    // 1. An empty model; photos of earlier models are out of bounds.
    const state = sceneState(input, graph)
    for (let photo = 0; photo < input.photos.length; photo++) updateRays(state, photo)
    // 2. A pair to start from.
    const start = await startModel(state, all, taken, hooks.signal)
    if (start !== undefined) {
      if (models.length === 0) for (let p = 0; p < taken.length; p++) refusals.set(p, start)
      break
    }
    // 3. Photo by photo, until none fits.
    const attempts = await grow(state, all, taken, progress, hooks)
    // 4. The last, thorough refinement.
    const model = await finish(state, all, hooks)
    if (model.photos.length < all.minModelPhotos) break
    for (const photo of model.photos) taken[photo] = 1
    for (const [photo, verdict] of attempts) refusals.set(photo, verdict)
    models.push(model)
  }

  for (const { photos } of models) for (const photo of photos) refusals.delete(photo)
  for (let photo = 0; photo < taken.length; photo++) {
    if (taken[photo] === 0 && !refusals.has(photo)) refusals.set(photo, unmatched(input, photo))
  }
  models.sort(
    (p, q) => q.photos.length - p.photos.length || q.reconstruction.points.size - p.reconstruction.points.size,
  )
  progress.end(`${models.reduce((n, m) => n + m.photos.length, 0)} of ${input.photos.length} photos registered`)
  return { models, refusals }
}

/** Registers photos until no more fit; returns why the last attempt on each of the others failed. */
async function grow(
  state: SceneState,
  options: MapperOptions,
  taken: Uint8Array,
  progress: StageProgress,
  hooks: MapperHooks,
): Promise<Map<number, Verdict>> {
  const grower = trackGrower(state, options)
  const refusals = new Map<number, Verdict>()
  for (const photo of state.order) progress.advance(state.input.photos[photo].name)
  let adjusted = { photos: state.order.length, points: state.alivePoints }
  let tested = 0
  let lastChance = false
  for (;;) {
    throwIfAborted(hooks.signal)
    await yieldToEventLoop()
    const photo = registerNext(state, options, taken, refusals)
    if (photo < 0) {
      if (lastChance) return refusals
      // Better poses may open doors that were shut.
      lastChance = true
      refineGlobally(state, grower, options, ROUGH)
      continue
    }
    lastChance = false
    progress.advance(state.input.photos[photo].name)
    const changed = grower.triangulatePhoto(photo)
    refineLocally(state, grower, photo, changed, options)
    const grown = options.globalGrowth
    if (state.order.length >= adjusted.photos * grown || state.alivePoints >= adjusted.points * grown) {
      refineGlobally(state, grower, options, ROUGH)
      adjusted = { photos: state.order.length, points: state.alivePoints }
    }
    if (state.order.length >= 2 * tested && state.order.length >= 5) {
      tested = state.order.length
      shareIntrinsics(state, options)
    }
  }
}

/** Registers the best of the next photos that can be; −1 where none can. */
function registerNext(
  state: SceneState,
  options: MapperOptions,
  taken: Uint8Array,
  refusals: Map<number, Verdict>,
): number {
  for (const { photo } of rankNextImages(state)) {
    if (taken[photo] === 1) continue
    const verdict = registerPhoto(state, photo, options)
    if (verdict === undefined) {
      refusals.delete(photo)
      return photo
    }
    refusals.set(photo, verdict)
  }
  return -1
}

async function finish(state: SceneState, options: MapperOptions, hooks: MapperHooks): Promise<MappedModel> {
  throwIfAborted(hooks.signal)
  await yieldToEventLoop()
  const sharing = shareIntrinsics(state, options)
  const finished = finishModel(state, options)
  return {
    reconstruction: exportReconstruction(state),
    photos: [...state.order].sort((a, b) => a - b),
    sharing,
    finish: finished,
    flags: structureFlags(state),
  }
}

function unmatched(input: MapperInput, photo: number): Verdict {
  const pairs = input.pairs.filter(({ a, b, geometry }) => (a === photo || b === photo) && geometry.kind !== 'refused')
  return {
    test: 'no-shared-points',
    value: pairs.length,
    threshold: 1,
    unit: 'count',
    text:
      pairs.length === 0
        ? 'It matches no other photo: it shows something else, or from too far aside.'
        : `It matches ${pairs.length} other photo${pairs.length === 1 ? '' : 's'}, but none of a model.`,
  }
}
