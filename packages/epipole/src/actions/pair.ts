import { createPool, EpipoleError, memoryStore, type OnEvent, type Store, throwIfAborted } from '@epipole/core'
import type { CameraModel } from '@epipole/geometry'
import { defaultVerifyOptions, type Histogram, histogram, pairReason, type Verdict } from '@epipole/sfm'
import { createEpipoleWorker, defaultWorkers } from '#platform'
import type { Photo } from '../photos/photo.js'
import { type PairResiduals, pairFundamental, pairResiduals } from '../report/pair-geometry.js'
import { type DrawnPhoto, matchedPoints, type PairDrawing } from '../report/pair-svg.js'
import type { StageContext } from '../stages/context.js'
import { extractFeatures, type FeaturedPhoto } from '../stages/extract-features.js'
import { type InitialCameras, type Intrinsics, initialCameras } from '../stages/initial-cameras.js'
import { matchPairs } from '../stages/match-pairs.js'
import { survey } from '../stages/survey.js'
import { tasks } from '../tasks/tasks.js'

export interface PairOptions {
  /** Default: in memory. */
  readonly store?: Store
  /** Default 0. */
  readonly seed?: number
  readonly signal?: AbortSignal
  readonly onEvent?: OnEvent
  /** Worker threads; 0 works in the calling thread. Default: one a core, two at the most. */
  readonly workers?: number
  /** A PINHOLE matrix of both photos at full size. Default: EXIF; where that says nothing only F and H are tried. */
  readonly intrinsics?: Intrinsics
  /** Default SIMPLE_RADIAL. */
  readonly cameraModel?: CameraModel
  /** Longer side that photos are scaled down to before features are sought, pixels. Default 3200. */
  readonly maxImageSize?: number
  /** Features a photo. Default 8192. */
  readonly maxFeatures?: number
  /** Largest residual of an inlier, pixels at full size. Default 4. */
  readonly maxErrorPx?: number
  /** Longer side of the drawn photos, pixels; 0 for none. Default 1200. */
  readonly thumbnail?: number
}

/** What the residuals of one model come to. */
export interface ResidualSummary {
  readonly model: PairResiduals['model']
  /** Of the pair's inliers, pixels. */
  readonly inliers: ResidualStatistics
  /** Of all matches: finite only. */
  readonly all: ResidualStatistics
}

export interface ResidualStatistics {
  readonly count: number
  readonly mean: number
  readonly median: number
  /** Nine of ten are at most so large. */
  readonly p90: number
  /** In eighths of the threshold, up to four thresholds. */
  readonly histogram: Histogram
}

/** How two photos relate, with all that is needed to draw it (`pairSvg`). */
export interface PairResult extends PairDrawing {
  readonly a: PairedPhoto
  readonly b: PairedPhoto
  readonly maxErrorPx: number
  /** The test that decided the pair's kind; for a refused pair, why. */
  readonly reason: Verdict
  /** Of the epipolar geometry and of the homography, where the pair has them. */
  readonly residuals: readonly ResidualSummary[]
}

export interface PairedPhoto extends DrawnPhoto {
  /** `default`: nothing is known, so that no essential matrix was tried. */
  readonly focalSource: 'given' | 'exif' | 'default'
  readonly focalPx: number
}

/**
 * Stages 1 to 4 for two photos: features, matches, and how the photos relate. "Not at all" is a result.
 *
 * @throws EpipoleError `input` where a photo cannot be used or both are the same, `usage` for impossible intrinsics, `io`, `aborted`
 */
export async function pairPhotos(photoA: Photo, photoB: Photo, options: PairOptions = {}): Promise<PairResult> {
  const { signal, onEvent, seed = 0, maxErrorPx = defaultVerifyOptions.maxErrorPx } = options
  throwIfAborted(signal)
  checkMaxError(maxErrorPx)
  const workers = options.workers ?? Math.min(2, defaultWorkers())
  const pool = createPool({ tasks, workers, createWorker: createEpipoleWorker })
  try {
    const context: StageContext = { store: options.store ?? memoryStore(), pool, signal, onEvent }
    const set = { name: 'pair', photos: [photoA, photoB], refused: [], ignored: [] }
    const surveyed = await survey(set, { signal, onEvent })
    refuse(surveyed.refused[0])
    const featured = await extractFeatures(surveyed.photos, featureOptions(options), context)
    refuse(featured.refused[0])
    const { photos } = featured
    refuseSame(photos)
    const initial = initialCameras(photos, options)
    const cameras = initial.photoCamera.map((c) => initial.cameras[c]!)
    const matched = await matchPairs(
      photos,
      cameras.map(({ camera, focalSource }) => ({ camera, calibrated: focalSource !== 'default' })),
      { selection: 'exhaustive', matching: {}, verification: { seed, maxErrorPx } },
      context,
    )
    const { geometry, rawMatches } = matched.pairs[0]!
    const [a, b] = [0, 1].map((i) => pairedPhoto(photos[i]!, cameras[i]!)) as [PairedPhoto, PairedPhoto]
    const drawing = { a, b, matches: rawMatches, geometry, maxErrorPx }
    return { ...drawing, reason: pairReason(geometry, { maxErrorPx }), residuals: summarize(drawing) }
  } finally {
    await pool.close()
  }
}

function checkMaxError(maxErrorPx: number): void {
  if (maxErrorPx > 0 && Number.isFinite(maxErrorPx)) return
  throw new EpipoleError('usage', `The largest residual of an inlier must be positive, not ${maxErrorPx} px.`, {
    option: 'maxErrorPx',
  })
}

function refuse(photo: { readonly name: string; readonly verdict: Verdict } | undefined): void {
  if (photo === undefined) return
  throw new EpipoleError('input', `${photo.name}: ${photo.verdict.text}`, { ...photo })
}

/** A photo fits itself under any homography that is the identity: "planar" would be a verdict about nothing. */
function refuseSame([a, b]: readonly FeaturedPhoto[]): void {
  if (a!.info.sha256 !== b!.info.sha256) return
  throw new EpipoleError(
    'input',
    `${a!.info.name} and ${b!.info.name} are the same photo, byte for byte: two views are needed to tell anything.`,
    { a: a!.info.name, b: b!.info.name },
  )
}

function featureOptions({ maxImageSize = 3200, maxFeatures = 8192, thumbnail = 1200 }: PairOptions) {
  return { maxImageSize, sift: { maxFeatures }, thumbnail }
}

function pairedPhoto(
  { info, features, thumbnail }: FeaturedPhoto,
  { camera, focalSource }: InitialCameras['cameras'][number],
): PairedPhoto {
  const { name, width, height, focal } = info
  return {
    name,
    width,
    height,
    jpeg: thumbnail,
    keypoints: features.keypoints,
    camera,
    focalSource,
    focalPx: focalSource === 'given' ? camera.params[0]! : focal.px,
  }
}

function summarize(drawing: PairDrawing & { readonly maxErrorPx: number }): ResidualSummary[] {
  const { a, b, geometry, maxErrorPx } = drawing
  if (geometry.kind === 'refused') return []
  const { xyA, xyB, inlier } = matchedPoints(drawing)
  const F = pairFundamental(geometry, a.camera, b.camera)
  return pairResiduals(F, geometry.H, xyA, xyB).map(({ model, values }) => ({
    model,
    inliers: statistics(
      values.filter((_, i) => inlier[i] === 1),
      maxErrorPx,
    ),
    all: statistics(values, maxErrorPx),
  }))
}

const BINS_PER_THRESHOLD = 8

function statistics(values: Float64Array, maxErrorPx: number): ResidualStatistics {
  const finite = values.filter((v) => Number.isFinite(v)).sort()
  const count = finite.length
  const edges = Array.from({ length: 4 * BINS_PER_THRESHOLD + 1 }, (_, i) => (i * maxErrorPx) / BINS_PER_THRESHOLD)
  const bins = histogram(finite, edges)
  const p90 = count === 0 ? 0 : finite[Math.min(count - 1, Math.ceil(0.9 * count) - 1)]!
  return { count, mean: bins.mean, median: bins.median, p90, histogram: bins }
}
