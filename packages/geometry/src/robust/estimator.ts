/**
 * What a robust estimation needs to know about a kind of model: how many data there are, how a minimal sample of them
 * makes models, and how far each datum is from a model. Models are written into buffers as `modelSize` numbers each.
 */
export interface Estimator {
  /** Data, numbered from 0. */
  readonly count: number
  /** Data of a minimal sample. */
  readonly sampleSize: number
  /** Numbers of one model. */
  readonly modelSize: number
  /** Most models that one sample gives. */
  readonly maxModels: number
  /**
   * All models through a minimal sample.
   *
   * @param sample `sampleSize` data
   * @param models room for `maxModels × modelSize`
   * @returns how many were written; 0 where the sample is degenerate
   */
  solve(sample: Int32Array, models: Float64Array): number
  /**
   * Residuals (≥ 0, in the unit of `maxResidual`) of the data from `from` up to, not including, `to`, into `out` at their
   * own places. Infinite, never NaN, where a datum cannot be explained at all.
   */
  residuals(model: Float64Array, out: Float64Array, from: number, to: number): void
  /**
   * A better model from a model and its inliers, into `out`: what local optimisation and the last polish call.
   *
   * @returns false where none can be had
   */
  refine?(model: Float64Array, inliers: Int32Array, out: Float64Array): boolean
}
