import { EpipoleError } from '@epipole/core'

/** Options of `siftExtractor`; the defaults are COLMAP's unless the field says otherwise. */
export interface SiftOptions {
  /**
   * At most this many keypoints a photo, the largest first. 8192; exhaustive matching costs its square. As COLMAP counts, a
   * keypoint with several orientations is one keypoint, though it makes a feature for each.
   */
  maxFeatures?: number
  /** −1 doubles the image first, which about triples the features of a sharp photo; 0 does not. −1. */
  firstOctave?: -1 | 0
  /** Least |difference of Gaussians| of a keypoint, for gray in [0, 1]. 0.02 / 3: lower finds more in dim photos. */
  peakThreshold?: number
  /** Greatest ratio of the principal curvatures of a keypoint: higher admits more edge points, which slide. 10. */
  edgeThreshold?: number
  /** Features per keypoint: one for each direction that the gradients agree on. 2. */
  maxOrientations?: number
  /** All features point right (orientation 0): more distinctive where photos are known to be upright. false. */
  upright?: boolean
  /** How a descriptor is scaled: `l1-root` (RootSIFT: matches better under L2) or `l2` (Lowe). */
  normalization?: 'l1-root' | 'l2'
}

export type ResolvedSiftOptions = Required<Readonly<SiftOptions>>

export const siftDefaults: ResolvedSiftOptions = {
  maxFeatures: 8192,
  firstOctave: -1,
  peakThreshold: 0.02 / 3,
  edgeThreshold: 10,
  maxOrientations: 2,
  upright: false,
  normalization: 'l1-root',
}

/** Fills in the defaults; throws `usage` for a value outside its range or a field that does not exist. */
export function resolveSiftOptions(options: SiftOptions = {}): ResolvedSiftOptions {
  for (const name of Object.keys(options)) {
    if (!(name in siftDefaults)) {
      throw new EpipoleError(
        'usage',
        `siftExtractor has no option "${name}"; it has ${Object.keys(siftDefaults).join(', ')}`,
        {
          option: name,
        },
      )
    }
  }
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined))
  const resolved: ResolvedSiftOptions = { ...siftDefaults, ...given }
  requireInteger('maxFeatures', resolved.maxFeatures, 1, 1_000_000)
  requireInteger('maxOrientations', resolved.maxOrientations, 1, 18)
  requireOneOf('firstOctave', resolved.firstOctave, [-1, 0])
  requireOneOf('upright', resolved.upright, [true, false])
  requireOneOf('normalization', resolved.normalization, ['l1-root', 'l2'])
  requireBetween('peakThreshold', resolved.peakThreshold, 0.0001, 1)
  requireBetween('edgeThreshold', resolved.edgeThreshold, 1, 1e6)
  return resolved
}

function requireInteger(option: string, value: number, least: number, most: number): void {
  requireBetween(option, value, least, most)
  if (!Number.isInteger(value)) refuse(option, value, 'a whole number')
}

function requireBetween(option: string, value: number, least: number, most: number): void {
  if (!(value >= least && value <= most)) refuse(option, value, `between ${least} and ${most}`)
}

function requireOneOf<T>(option: string, value: T, allowed: readonly T[]): void {
  if (!allowed.includes(value)) refuse(option, value, `one of ${allowed.map(String).join(', ')}`)
}

function refuse(option: string, value: unknown, expected: string): never {
  throw new EpipoleError('usage', `siftExtractor: ${option} must be ${expected}, not ${String(value)}`, {
    option,
    value,
  })
}
