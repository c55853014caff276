import { EpipoleError } from '@epipole/core'

/**
 * Every choice of the mapper. Defaults follow COLMAP's published pipeline (Schönberger and Frahm, CVPR 2016) unless said
 * otherwise.
 */
export interface MapperOptions {
  /** Seed of every random choice. */
  readonly seed: number
  /** Least inliers of a pair that may start a model (matches). */
  readonly initMinInliers: number
  /** Least median triangulation angle of a pair that may start a model (degrees). */
  readonly initMinAngleDeg: number
  /** Starting pairs tried before giving up. */
  readonly initMaxTrials: number
  /** Starts from which a model is grown, while less than half of the connected photos join it. */
  readonly startTrials: number
  /** Largest reprojection error when a photo is registered (pixels at full size). */
  readonly registerMaxErrorPx: number
  /** Least 2-D to 3-D inliers to register a photo. */
  readonly registerMinInliers: number
  /** Least share of inliers among 2-D to 3-D matches to register a photo. */
  readonly registerMinInlierRatio: number
  /** Largest reprojection error of an observation when a point is made or extended (pixels at full size). */
  readonly triangulateMaxErrorPx: number
  /** Pairs of which a smaller share of the matches became points are triangulated once more. */
  readonly retriangulateBelow: number
  /** Least triangulation angle of a point (degrees). */
  readonly minAngleDeg: number
  /** Largest reprojection error of an observation that is kept (pixels at full size). */
  readonly filterMaxErrorPx: number
  /** Photos adjusted together after each registration. */
  readonly localPhotos: number
  /** The whole model is adjusted again when its photos or points grew by this ratio. */
  readonly globalGrowth: number
  /** Least photos of a model worth keeping. */
  readonly minModelPhotos: number
  /** Models tried at the most. */
  readonly maxModels: number
  /** Optimiser of every adjustment; gradient descent is there for comparison. */
  readonly adjustment: 'levenberg-marquardt' | 'gradient-descent'
}

export const defaultMapperOptions: MapperOptions = {
  seed: 0,
  initMinInliers: 100,
  initMinAngleDeg: 16,
  initMaxTrials: 200,
  startTrials: 6,
  registerMaxErrorPx: 12,
  registerMinInliers: 30,
  registerMinInlierRatio: 0.25,
  triangulateMaxErrorPx: 8,
  retriangulateBelow: 0.2,
  minAngleDeg: 1.5,
  filterMaxErrorPx: 4,
  localPhotos: 6,
  globalGrowth: 1.1,
  minModelPhotos: 2,
  maxModels: 50,
  adjustment: 'levenberg-marquardt',
}

/** Defaults filled in; throws `usage` for a value that cannot be. */
export function mapperOptions(options: Partial<MapperOptions>): MapperOptions {
  const all = { ...defaultMapperOptions, ...options }
  for (const [name, value] of Object.entries(all)) {
    if (name === 'seed' || typeof value !== 'number') continue
    if (!(value > 0) || !Number.isFinite(value)) {
      throw new EpipoleError('usage', `Mapper option ${name} must be a positive number, not ${value}.`, {
        option: name,
        value,
      })
    }
  }
  if (!Number.isFinite(all.seed)) throw new EpipoleError('usage', `The seed must be a number, not ${all.seed}.`)
  return all
}
