import { defaultWorkers, type OnEvent, StageProgress, throwIfAborted } from '@epipole/core'
import type { PairSelection } from '@epipole/sfm'
import { groupCameras } from '../photos/group-cameras.js'
import type { PhotoSet, RefusedPhoto } from '../photos/photo.js'
import { type PhotoInfo, readPhotoInfo } from '../photos/photo-info.js'
import { verdictOf } from '../photos/refusal.js'
import { type Estimate, estimateWork, type Shortcut, shortcut } from './estimate.js'

export interface InfoOptions {
  readonly matching?: PairSelection
  readonly maxImageSize?: number
  readonly maxFeatures?: number
  readonly workers?: number
  readonly sharedCamera?: boolean
  readonly signal?: AbortSignal
  readonly onEvent?: OnEvent
}

/** What a reconstruction of these photos would do. */
export interface PhotoSetInfo {
  readonly name: string
  readonly photos: readonly (PhotoInfo & { readonly cameraId: number })[]
  readonly refused: readonly RefusedPhoto[]
  readonly ignored: readonly string[]
  /** Cameras before the data is asked whether photos without EXIF share one. */
  readonly cameras: number
  readonly estimate: Estimate
  /** For a long run, the flag that shortens it most. */
  readonly shortcut?: Shortcut
}

/**
 * Looks at a set without decoding a pixel: sizes, EXIF, cameras, and how long a reconstruction may take. Photos that
 * cannot be read are refused, not thrown; throws `aborted` where the signal fires.
 */
export async function info(set: PhotoSet, options: InfoOptions = {}): Promise<PhotoSetInfo> {
  const progress = new StageProgress('photos', { total: set.photos.length, unit: 'photos', onEvent: options.onEvent })
  const infos: PhotoInfo[] = []
  const refused: RefusedPhoto[] = [...set.refused]
  for (const photo of set.photos) {
    throwIfAborted(options.signal)
    try {
      const found = await readPhotoInfo(photo)
      for (const warning of found.warnings) progress.warn(warning, photo.name)
      infos.push(found)
    } catch (error) {
      const verdict = verdictOf(error)
      if (!verdict) throw error
      refused.push({ name: photo.name, verdict })
    }
    progress.advance(photo.name)
  }
  progress.end()
  const ids = groupCameras(infos, options)
  const { matching = 'auto', maxImageSize = 3200, maxFeatures = 8192, workers = defaultWorkers() } = options
  const work = { photos: infos, matching, maxImageSize, maxFeatures, workers }
  const estimate = estimateWork(work)
  const shorter = shortcut(work, estimate)
  return {
    name: set.name,
    photos: infos.map((found, i) => ({ ...found, cameraId: ids[i]! })),
    refused,
    ignored: set.ignored,
    cameras: new Set(ids).size,
    estimate,
    ...(shorter && { shortcut: shorter }),
  }
}
