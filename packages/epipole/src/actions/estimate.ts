import { type PairSelection, selectPairs } from '@epipole/sfm'

/** What an estimate needs to know of a set. */
export interface WorkSize {
  readonly photos: readonly { readonly name: string; readonly width: number; readonly height: number }[]
  readonly matching: PairSelection
  readonly maxImageSize: number
  readonly maxFeatures: number
  readonly workers: number
}

/** How long each stage may take, in seconds, and for how many pairs. */
export interface Estimate {
  readonly pairs: number
  readonly selection: 'exhaustive' | 'sequential'
  readonly seconds: {
    readonly features: number
    readonly matching: number
    readonly mapping: number
    readonly total: number
  }
}

/**
 * Rates of one worker: processor time of whole runs over the 8 photos of Herz-Jesus-P8 at 3072 and at 1000 pixels, on a
 * 2-core x86-64 machine with Node 20. Other machines differ by a factor of two or three, so an estimate is said in round
 * words.
 */
const RATES = {
  /** Decoding and scale space: seconds a megapixel of the photo as it is looked at. */
  secondsPerMegapixel: 0.11,
  /** Describing: seconds a feature. */
  secondsPerFeature: 7e-5,
  /** Features found in a megapixel of a textured photo, before the cap. */
  featuresPerMegapixel: 10_000,
  /** Matching: seconds for each product of two photos' features. */
  secondsPerComparison: 3e-9,
  /** Verification and storing, seconds a pair. */
  secondsPerPair: 0.03,
  /** Mapping, which one thread does: seconds a photo, growing with the set. */
  secondsPerPhoto: 0.35,
  mappingGrowth: 1 / 150,
} as const

/** Estimates the time a reconstruction takes from nothing. */
export function estimateWork(work: WorkSize): Estimate {
  const { photos, matching, maxImageSize, maxFeatures, workers } = work
  const threads = Math.max(1, workers)
  const megapixels = photos.map(({ width, height }) => {
    const scale = Math.min(1, maxImageSize / Math.max(width, height))
    return (width * height * scale * scale) / 1e6
  })
  const features = megapixels.map((m) => Math.min(maxFeatures, m * RATES.featuresPerMegapixel))
  const { selection, pairs } = selectPairs(
    photos.map((photo) => photo.name),
    { selection: matching },
  )
  let comparisons = 0
  for (let i = 0; i < pairs.length; i += 2) comparisons += features[pairs[i]!]! * features[pairs[i + 1]!]!
  const count = pairs.length / 2
  const seconds = {
    features: (sum(megapixels) * RATES.secondsPerMegapixel + sum(features) * RATES.secondsPerFeature) / threads,
    matching: (comparisons * RATES.secondsPerComparison + count * RATES.secondsPerPair) / threads,
    mapping: photos.length * RATES.secondsPerPhoto * (1 + photos.length * RATES.mappingGrowth),
  }
  return {
    pairs: count,
    selection,
    seconds: { ...seconds, total: seconds.features + seconds.matching + seconds.mapping },
  }
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0)
}

/** A flag that would shorten a long run, and what the run would then take. */
export interface Shortcut {
  readonly flag: string
  readonly seconds: number
}

/** Beyond this a person should know before they wait. */
export const LONG_RUN_SECONDS = 600

/** For a run of more than ten minutes, the one flag that helps most; undefined where none saves a quarter. */
export function shortcut(work: WorkSize, estimate = estimateWork(work)): Shortcut | undefined {
  if (estimate.seconds.total <= LONG_RUN_SECONDS) return undefined
  const options: readonly (readonly [string, WorkSize])[] = [
    ['--max-image-size 1600', { ...work, maxImageSize: Math.min(work.maxImageSize, 1600) }],
    ['--max-features 4096', { ...work, maxFeatures: Math.min(work.maxFeatures, 4096) }],
    ...(estimate.selection === 'exhaustive'
      ? [['--matching sequential', { ...work, matching: 'sequential' }] as const]
      : []),
  ]
  const best = options
    .map(([flag, changed]) => ({ flag, seconds: estimateWork(changed).seconds.total }))
    .reduce((a, b) => (b.seconds < a.seconds ? b : a))
  return best.seconds <= 0.75 * estimate.seconds.total ? best : undefined
}
