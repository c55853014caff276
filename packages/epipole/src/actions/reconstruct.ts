import {
  createPool,
  memoryStore,
  type OnEvent,
  recordKey,
  StageProgress,
  type Store,
  throwIfAborted,
} from '@epipole/core'
import type { CameraModel } from '@epipole/geometry'
import {
  MAPPER_VERSION,
  type MapperInput,
  type MapperResult,
  mapScene,
  type PairSelection,
  type Reconstruction,
  type ReconstructReport,
} from '@epipole/sfm'
import { createEpipoleWorker, defaultWorkers } from '#platform'
import type { MatchedPhotos } from '../database/from-photos.js'
import type { PhotoSet } from '../photos/photo.js'
import { decodeMapperResult, encodeMapperResult } from '../records/mapper-record.js'
import type { StageContext } from '../stages/context.js'
import { extractFeatures } from '../stages/extract-features.js'
import { type Intrinsics, initialCameras } from '../stages/initial-cameras.js'
import { matchPairs } from '../stages/match-pairs.js'
import { matchedPhotos } from '../stages/matched-photos.js'
import { buildReport } from '../stages/report.js'
import { survey } from '../stages/survey.js'
import { tasks } from '../tasks/tasks.js'

export interface ReconstructOptions {
  /** Work in progress; with the same store an interrupted run goes on where it was. Default: in memory. */
  readonly store?: Store
  /** Same seed, same bits, whatever the number of workers. Default 0. */
  readonly seed?: number
  readonly signal?: AbortSignal
  readonly onEvent?: OnEvent
  /** Worker threads; 0 works in the calling thread. Default: one a core. */
  readonly workers?: number
  /** A PINHOLE matrix at the photos' full size, held fixed unless `refineIntrinsics`. */
  readonly intrinsics?: Intrinsics
  readonly refineIntrinsics?: boolean
  /** Default SIMPLE_RADIAL. */
  readonly cameraModel?: CameraModel
  /** All photos of one size were taken by one camera. */
  readonly sharedCamera?: boolean
  /** The feature extractor; SIFT is the one there is. */
  readonly features?: 'sift'
  readonly matching?: PairSelection
  /** Longer side that photos are scaled down to before features are sought, pixels. Default 3200. */
  readonly maxImageSize?: number
  /** Features a photo. Default 8192. */
  readonly maxFeatures?: number
  /** Longer side of the thumbnails in the result, pixels; 0 for none. Default 640. */
  readonly thumbnail?: number
}

export interface ReconstructResult {
  /** Largest first; empty where nothing could be reconstructed: the report says why. */
  readonly models: readonly Reconstruction[]
  readonly report: ReconstructReport
  /** Features and matches, as a database export needs them. */
  readonly database: MatchedPhotos
  /** JPEGs by photo name. */
  readonly thumbnails: ReadonlyMap<string, Uint8Array>
}

/**
 * Photos in; cameras and 3-D points out. "No model" is a result; only misuse, I/O and a cancel throw.
 *
 * Every stage keeps its records in the store, named by what they depend on: killed at any moment, the same call goes on
 * and ends with the same bytes.
 */
export async function reconstruct(set: PhotoSet, options: ReconstructOptions = {}): Promise<ReconstructResult> {
  const { signal, onEvent, seed = 0 } = options
  throwIfAborted(signal)
  const pool = createPool({ tasks, workers: options.workers ?? defaultWorkers(), createWorker: createEpipoleWorker })
  try {
    const context: StageContext = { store: options.store ?? memoryStore(), pool, signal, onEvent }

    // 1. What the photos are.
    const surveyed = await survey(set, { signal, onEvent })
    // 2. Their features.
    const featured = await extractFeatures(surveyed.photos, featureOptions(options), context)
    const { photos } = featured
    // 3. Their cameras, as far as they are known; then matches, and how each two photos relate.
    const initial = initialCameras(photos, options)
    const matched = await matchPairs(
      photos,
      initial.photoCamera.map((c) => ({
        camera: initial.cameras[c].camera,
        calibrated: initial.cameras[c].focalSource !== 'default',
      })),
      { selection: options.matching ?? 'auto', matching: {}, verification: { seed } },
      context,
    )
    // 4. Cameras and points.
    const input: MapperInput = {
      photos: photos.map(({ info, features, colors }) => ({
        name: info.name,
        width: info.width,
        height: info.height,
        keypoints: features.keypoints,
        colors,
        descriptors: features,
      })),
      ...initial,
      pairs: matched.pairs,
    }
    const mapped = await map(input, matched.key, seed, context)
    // 5. What to say about it.
    const report = buildReport({ options, seed, surveyed, featured, initial, matched, mapped })
    return {
      models: mapped.result.models.map((m) => m.reconstruction),
      report,
      database: matchedPhotos(photos, initial, matched.pairs, mapped.result.models),
      thumbnails: new Map(photos.map((p) => [p.info.name, p.thumbnail])),
    }
  } finally {
    await pool.close()
  }
}

function featureOptions(options: ReconstructOptions) {
  return {
    maxImageSize: options.maxImageSize ?? 3200,
    sift: { maxFeatures: options.maxFeatures ?? 8192 },
    thumbnail: options.thumbnail ?? 640,
  }
}

export interface MapStage {
  readonly result: MapperResult
  readonly seconds: number
  /** Whether the models came from the store. */
  readonly reused: boolean
}

async function map(input: MapperInput, pairsKey: string, seed: number, context: StageContext): Promise<MapStage> {
  const { store, signal, onEvent } = context
  const started = performance.now()
  const total = input.photos.length
  const names = input.photos.map((p) => p.name)
  const key = await recordKey('model', MAPPER_VERSION, pairsKey, names, input.cameras, input.photoCamera, seed)
  const found = await store.get(key)
  if (found !== undefined) {
    const progress = new StageProgress('mapping', { total, reused: total, unit: 'photos', onEvent })
    const result = decodeMapperResult(found, key)
    const registered = result.models.reduce((n, m) => n + m.photos.length, 0)
    return { result, seconds: progress.end(`${registered} of ${total} photos registered`), reused: true }
  }
  const result = await mapScene(input, { seed }, { ...(signal ? { signal } : {}), ...(onEvent ? { onEvent } : {}) })
  await store.put(key, encodeMapperResult(result))
  return { result, seconds: (performance.now() - started) / 1000, reused: false }
}
