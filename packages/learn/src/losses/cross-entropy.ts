import { EpipoleError } from '@epipole/core'
import {
  add,
  and,
  cast,
  constant,
  div,
  equal,
  logSoftmax,
  mul,
  ndArray,
  neg,
  oneHot,
  reshape,
  sum,
  type Tensor,
  transpose,
  where,
} from '@epipole/graph'
import { type LossOptions, reduce } from './reduction.js'

export interface CrossEntropyOptions extends LossOptions {
  /** Share of the target spread evenly over all classes (Szegedy et al. 2016, §7); default 0. */
  readonly smoothing?: number
  /** A weight for each class; `mean` then divides by the weights of the labels that occurred, as PyTorch does. */
  readonly weights?: readonly number[]
}

/**
 * Cross-entropy of logits [N, C, …] against labels [N, …] (whole numbers; one outside 0 … C − 1 counts as no class) or
 * probabilities [N, C, …]: −Σ target · log softmax(logits). A logit of −∞ masks a class out.
 */
export function crossEntropy(logits: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { smoothing = 0, weights, reduction = 'mean' } = options
  const classes = logits.shape[1]
  if (!(smoothing >= 0 && smoothing < 1))
    throw new EpipoleError('usage', `Label smoothing of ${smoothing}: it must be in [0, 1).`)
  if (weights !== undefined && weights.length !== classes)
    throw new EpipoleError('usage', `${weights.length} class weights for ${classes} classes.`)
  const labels = target.dtype === 'f32' || target.dtype === 'f64' ? undefined : target
  const share = labels === undefined ? checkShape(target, logits) : ofLabels(labels, logits)
  const scale = weights && constant(ndArray(weights, [1, classes, ...logits.shape.slice(2).map(() => 1)], logits.dtype))
  const weighted = (t: Tensor) => (scale === undefined ? t : mul(t, scale))
  const soft = smoothing === 0 ? share : add(mul(share, 1 - smoothing), smoothing / classes)
  const losses = neg(sum(mul(weighted(soft), shareable(logSoftmax(logits, 1), soft)), { axes: 1 }))
  if (reduction === 'mean' && weights !== undefined && labels !== undefined)
    return div(sum(losses), sum(weighted(share)))
  return reduce(losses, reduction)
}

/** 0 log 0 = 0: classes that are masked out by a logit of −∞ cost nothing where the target has no share of them. */
const shareable = (logs: Tensor, share: Tensor): Tensor =>
  where(and(equal(logs, Number.NEGATIVE_INFINITY), equal(share, 0)), 0, logs)

function checkShape(target: Tensor, logits: Tensor): Tensor {
  if (`${target.shape}` === `${logits.shape}`) return target
  throw new EpipoleError(
    'usage',
    `Target probabilities [${target.shape}] for logits [${logits.shape}]: shapes must agree.`,
  )
}

/** Labels [N, …] as one-hot numbers [N, C, …]. */
function ofLabels(labels: Tensor, logits: Tensor): Tensor {
  const wanted = logits.shape.filter((_, axis) => axis !== 1)
  if (`${labels.shape}` !== `${wanted}`)
    throw new EpipoleError('usage', `Labels [${labels.shape}] for logits [${logits.shape}]: [${wanted}] is wanted.`)
  const last = oneHot(labels.dtype === 'u8' ? cast(labels, 'i32') : labels, logits.shape[1], logits.dtype)
  if (logits.rank === 2) return last
  const places = Array.from({ length: logits.rank - 2 }, (_, i) => i + 1)
  return reshape(transpose(last, [0, logits.rank - 1, ...places]), logits.shape)
}
