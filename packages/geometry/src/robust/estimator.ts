import type { RandomStream } from '@epipole/core'

/**
 * What a robust estimation needs to know about a problem: how to make models from a few data and how far data are from a
 * model. The data themselves stay with the estimator; the core knows them by index.
 */
export interface Estimator {
  /** How many data there are, indexed 0 … count − 1. */
  readonly count: number
  /** How many data `solve` takes. */
  readonly sampleSize: number
  /** Numbers a model. */
  readonly modelSize: number
  /** The most models `solve` writes for one sample. */
  readonly maxModels: number
  /**
   * Writes every model through the data `sample` (distinct indices, random order) into `models`, one after another.
   *
   * @returns how many were written: 0 for degenerate samples
   */
  solve(sample: Int32Array, models: Float64Array): number
  /** Writes the distance of each datum from the model, in the unit of `maxResidual`; the sign is ignored. NaN is an outlier. */
  residuals(model: Float64Array, out: Float64Array): void
  /**
   * How many independent components of a datum's error a residual sums up: 1 (the default) for distances from a curve or
   * surface, 2 for distances between points of an image, 3 for distances in space. Of use where the noise is to be estimated.
   */
  readonly components?: number
  /** True when residuals are squared distances already, which saves a root a datum. */
  readonly squared?: boolean
  /**
   * The same for the data `subset[begin … end)` only, into out[begin … end). With it, the core stops scoring a model as
   * soon as it cannot win.
   */
  residualsOf?(model: Float64Array, subset: Int32Array, begin: number, end: number, out: Float64Array): void
  /**
   * Improves a model in place by least squares over its inliers (ascending indices, at least `sampleSize`); used for local
   * optimisation.
   *
   * @returns false when it could not; the model is then forgotten
   */
  refine?(model: Float64Array, inliers: Int32Array): boolean
  /** False for a model that is not worth scoring, e.g. one that puts its own sample behind the camera. */
  check?(model: Float64Array, sample: Int32Array): boolean
  /**
   * Asked once for each new best model: where the model may be degenerate (e.g. its inliers lie on one plane), writes up to
   * `maxModels` better ones into `models` and returns their number.
   */
  alternatives?(model: Float64Array, maxResidual: number, random: RandomStream, models: Float64Array): number
}
