import { recordKey, StageProgress } from '@epipole/core'
import { type Features, type SiftOptions, siftExtractor } from '@epipole/features'
import type { RefusedPhoto } from '../photos/photo.js'
import { decodeRecord, encodeRecord } from '../records/record.js'
import type { ExtractResult } from '../tasks/extract.js'
import type { StageContext } from './context.js'
import type { SurveyedPhoto } from './survey.js'

export interface FeatureOptions {
  readonly maxImageSize: number
  readonly sift: SiftOptions
  /** Longer side of the thumbnails, pixels; 0 for none. */
  readonly thumbnail: number
}

/** A photo with its features. */
export interface FeaturedPhoto extends SurveyedPhoto, Pick<ExtractResult, 'features' | 'colors' | 'thumbnail'> {
  /** The record's key: names these features wherever they are an input. */
  readonly key: string
}

export interface FeatureStage {
  readonly photos: readonly FeaturedPhoto[]
  readonly refused: readonly RefusedPhoto[]
  readonly seconds: number
  readonly reused: number
}

/** Finds the features of every photo, spread over the pool; photos already done come from the store. */
export async function extractFeatures(
  photos: readonly SurveyedPhoto[],
  options: FeatureOptions,
  context: StageContext,
): Promise<FeatureStage> {
  const { store, pool, signal, onEvent } = context
  const extractor = siftExtractor(options.sift).id
  const keys = await Promise.all(
    photos.map(({ info }) => recordKey('features', extractor, info.sha256, options.maxImageSize, options.thumbnail)),
  )
  const results = new Array<ExtractResult | RefusedPhoto | undefined>(photos.length)
  for (const [i, key] of keys.entries()) results[i] = await load(store.get(key), photos[i].info.name)
  const reused = results.filter((r) => r !== undefined).length
  const progress = new StageProgress('features', { total: photos.length, reused, unit: 'photos', onEvent })

  const missing = photos.map((_, i) => i).filter((i) => results[i] === undefined)
  await pool.map(
    missing,
    async (i) => {
      const bytes = await photos[i].photo.bytes()
      const { maxImageSize, sift, thumbnail } = options
      return { task: 'extract', payload: { name: photos[i].info.name, bytes, maxImageSize, sift, thumbnail } }
    },
    {
      signal,
      onDone: async (result, i) => {
        results[i] = result
        await store.put(keys[i], encode(result))
        progress.advance(photos[i].info.name)
      },
    },
  )

  const done: FeaturedPhoto[] = []
  const refused: RefusedPhoto[] = []
  for (const [i, result] of results.entries()) {
    if (result === undefined) continue
    if ('verdict' in result) refused.push(result)
    else done.push({ ...photos[i], key: keys[i], ...result })
  }
  const count = done.reduce((n, p) => n + p.features.count, 0)
  return { photos: done, refused, reused, seconds: progress.end(`${count} features in ${done.length} photos`) }
}

function encode(result: ExtractResult | RefusedPhoto): Uint8Array {
  if ('verdict' in result) return encodeRecord({ meta: { verdict: result.verdict }, arrays: {} })
  const { width, height, features, colors, thumbnail } = result
  const { count, kind, dimension, keypoints, descriptors } = features
  return encodeRecord({
    meta: { width, height, count, kind, dimension },
    arrays: { keypoints, descriptors, colors, thumbnail },
  })
}

async function load(
  bytes: Promise<Uint8Array | undefined>,
  name: string,
): Promise<ExtractResult | RefusedPhoto | undefined> {
  const found = await bytes
  if (found === undefined) return undefined
  const { meta, arrays } = decodeRecord(found, name)
  if ((meta as Partial<RefusedPhoto>).verdict !== undefined) {
    return { name, verdict: (meta as RefusedPhoto).verdict }
  }
  const { width, height, ...rest } = meta as { width: number; height: number } & Pick<
    Features,
    'count' | 'kind' | 'dimension'
  >
  const { keypoints, descriptors, colors, thumbnail } = arrays
  return {
    width,
    height,
    features: { ...rest, keypoints: keypoints as Float32Array, descriptors: descriptors as Uint8Array | Float32Array },
    colors: colors as Uint8Array,
    thumbnail: thumbnail as Uint8Array,
  }
}
