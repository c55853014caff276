import { EpipoleError } from '@epipole/core'
import { abs, clamp, div, exp, greater, log, mul, square, sub, sum, type Tensor, where } from '@epipole/graph'
import { checkAlike, type LossOptions, reduce } from './reduction.js'

function errors(x: Tensor, target: Tensor): Tensor {
  checkAlike(target, 'a prediction', x)
  return sub(x, target)
}

/** (x − t)². */
export const meanSquaredError = (x: Tensor, target: Tensor, { reduction }: LossOptions = {}): Tensor =>
  reduce(square(errors(x, target)), reduction)

/** |x − t|. */
export const meanAbsoluteError = (x: Tensor, target: Tensor, { reduction }: LossOptions = {}): Tensor =>
  reduce(abs(errors(x, target)), reduction)

/** ½ e² up to |e| = δ, then δ (|e| − ½ δ): squared for small errors, linear for outliers (Huber 1964). */
export function huber(
  x: Tensor,
  target: Tensor,
  { delta = 1, reduction }: LossOptions & { readonly delta?: number } = {},
): Tensor {
  if (!(delta > 0)) throw new EpipoleError('usage', `Huber's δ is ${delta}: it must be positive.`)
  const size = abs(errors(x, target))
  // c (|e| − ½ c) with c = min(|e|, δ) is both: nothing is squared that may be infinite.
  const held = clamp(size, { max: delta })
  return reduce(mul(held, sub(size, mul(held, 0.5))), reduction)
}

/** Huber's loss divided by δ, here β (Girshick 2015, eq. 3): |e| − ½ β for outliers. */
export const smoothL1 = (
  x: Tensor,
  target: Tensor,
  { beta = 1, reduction }: LossOptions & { readonly beta?: number } = {},
): Tensor => div(huber(x, target, { delta: beta, reduction }), beta)

export interface KlOptions {
  /** The target is given as logarithms too; default false. */
  readonly logTarget?: boolean
  /** Default `batchMean`: the sum divided by the first axis, the divergence in the mean of the batch. */
  readonly reduction?: LossOptions['reduction'] | 'batchMean'
}

/** Kullback–Leibler divergence Σ t (log t − x) of log-probabilities x from target probabilities t; 0 log 0 = 0. */
export function klDivergence(logPrediction: Tensor, target: Tensor, options: KlOptions = {}): Tensor {
  const { logTarget = false, reduction = 'batchMean' } = options
  checkAlike(target, 'log-probabilities', logPrediction)
  const t = logTarget ? exp(target) : target
  const some = greater(t, 0)
  const logT = logTarget ? where(some, target, 0) : log(where(some, t, 1))
  const losses = mul(t, sub(logT, where(some, logPrediction, 0)))
  return reduction === 'batchMean' ? div(sum(losses), logPrediction.shape[0] ?? 1) : reduce(losses, reduction)
}
