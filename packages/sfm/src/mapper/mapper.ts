import { type OnEvent, StageProgress, throwIfAborted, yieldToEventLoop } from '@epipole/core'
import type { Verdict } from '../report/report.js'
import { type CorrespondenceGraph, correspondenceGraph } from '../scene/correspondence-graph.js'
import type { Reconstruction } from '../scene/reconstruction.js'
import { exportReconstruction } from './export.js'
import { type FinishedModel, finishModel } from './finish.js'
import { trackGrower } from './grow-tracks.js'
import type { MapperInput } from './input.js'
import { intrinsicsFlags } from './intrinsics-flags.js'
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
export const MAPPER_VERSION = 'mapper-10'

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
  const run: Run = { input, graph, options: all, progress, hooks, taken: new Uint8Array(input.photos.length) }
  const models: MappedModel[] = []
  const refusals = new Map<number, Verdict>()
  while (models.length < all.maxModels) {
    const { model, attempts, refusal } = await bestModel(run)
    if (model === undefined) {
      if (models.length === 0 && refusal !== undefined)
        for (let p = 0; p < run.taken.length; p++) refusals.set(p, refusal)
      break
    }
    for (const photo of model.photos) run.taken[photo] = 1
    for (const [photo, verdict] of attempts) refusals.set(photo, verdict)
    models.push(model)
  }

  for (const { photos } of models) for (const photo of photos) refusals.delete(photo)
  for (let photo = 0; photo < run.taken.length; photo++) {
    if (run.taken[photo] === 0 && !refusals.has(photo)) refusals.set(photo, unmatched(input, photo))
  }
  models.sort(
    (p, q) => q.photos.length - p.photos.length || q.reconstruction.points.size - p.reconstruction.points.size,
  )
  progress.end(`${models.reduce((n, m) => n + m.photos.length, 0)} of ${input.photos.length} photos registered`)
  return { models, refusals }
}

/** What all models of one call share. */
interface Run {
  readonly input: MapperInput
  readonly graph: CorrespondenceGraph
  readonly options: MapperOptions
  readonly progress: StageProgress
  readonly hooks: MapperHooks
  /** 1 for photos of finished models: out of bounds for later ones. */
  readonly taken: Uint8Array
}

interface ModelTrial {
  readonly model: MappedModel | undefined
  readonly attempts: ReadonlyMap<number, Verdict>
  /** Why no model could even start. */
  readonly refusal?: Verdict
}

/**
 * One model of the photos that are left. A start may be a poor one (a narrow pair, a wrong first focal length) and its
 * model stop short, so while half of the photos that verified pairs connect to it stay outside, another start is tried.
 */
async function bestModel(run: Run): Promise<ModelTrial> {
  const { input, graph, options, taken, hooks } = run
  const started = new Set<number>()
  let best: ({ state: SceneState } & Growth) | undefined
  let refusal: Verdict | undefined
  for (let trial = 0; trial < options.startTrials; trial++) {
    // 1. An empty model.
    const state = sceneState(input, graph)
    for (let photo = 0; photo < input.photos.length; photo++) updateRays(state, photo)
    // 2. A pair to start from.
    refusal = await startModel(state, options, taken, started, hooks.signal)
    if (refusal !== undefined) break
    // 3. Photo by photo, until none fits.
    const growth = await grow(state, run)
    for (const photo of state.order) started.add(photo)
    if (best === undefined || state.order.length > best.state.order.length) best = { state, ...growth }
    if (state.order.length >= 0.5 * connectedPhotos(run, state.order[0])) break
  }
  if (best === undefined || best.state.order.length < options.minModelPhotos) {
    return { model: undefined, attempts: new Map(), ...(refusal === undefined ? {} : { refusal }) }
  }
  // 4. The last, thorough refinement.
  return { model: await finish(best.state, best.sharing, run), attempts: best.attempts }
}

/** Photos that a chain of verified pairs connects to `photo`, itself included, outside finished models. */
function connectedPhotos({ input, taken }: Run, photo: number): number {
  const reached = new Set([photo])
  let size = 0
  while (reached.size > size) {
    size = reached.size
    for (const { a, b, geometry } of input.pairs) {
      if (geometry.kind === 'refused' || taken[a] === 1 || taken[b] === 1) continue
      if (reached.has(a)) reached.add(b)
      else if (reached.has(b)) reached.add(a)
    }
  }
  return reached.size
}

/** What was learned while a model grew. */
interface Growth {
  /** Why the last attempt on each photo that is not registered failed. */
  readonly attempts: ReadonlyMap<number, Verdict>
  /** Tests whether photos share a camera; the last of a key counts. */
  readonly sharing: readonly SharingTest[]
}

/** Registers photos until no more fit. */
async function grow(state: SceneState, run: Run): Promise<Growth> {
  const { options, taken, progress, hooks } = run
  const grower = trackGrower(state, options)
  const attempts = new Map<number, Verdict>()
  const sharing: SharingTest[] = []
  for (const photo of state.order) progress.advance(state.input.photos[photo].name)
  let adjusted = { photos: state.order.length, points: state.alivePoints }
  let tested = 0
  let lastChance = false
  for (;;) {
    throwIfAborted(hooks.signal)
    await yieldToEventLoop()
    const photo = registerNext(state, options, taken, attempts)
    if (photo < 0) {
      if (lastChance) return { attempts, sharing }
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
      sharing.push(...shareIntrinsics(state, options))
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

async function finish(state: SceneState, tests: readonly SharingTest[], { options, hooks }: Run): Promise<MappedModel> {
  throwIfAborted(hooks.signal)
  await yieldToEventLoop()
  const sharing = [...tests, ...shareIntrinsics(state, options)]
  const finished = finishModel(state, options)
  return {
    reconstruction: exportReconstruction(state),
    photos: [...state.order].sort((a, b) => a - b),
    sharing,
    finish: finished,
    flags: [...structureFlags(state), ...intrinsicsFlags(state, options)],
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
