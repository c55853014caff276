import { EpipoleError } from '@epipole/core'
import {
  add,
  and,
  cast,
  constant,
  div,
  equal,
  greaterEqual,
  isTensor,
  less,
  logSoftmax,
  mul,
  ndArray,
  neg,
  oneHot,
  reshape,
  scalarArray,
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
  /** A label that stands for no class, e.g. −100: its examples cost nothing, and `mean` does not count them. Default none. */
  readonly ignore?: number
}

/**
 * Cross-entropy of logits [N, C, …] against labels [N, …] (whole numbers 0 … C − 1) or probabilities [N, C, …]:
 * −Σ target · log softmax(logits). A logit of −∞ masks a class out. The loss of a label that is no class is NaN, as a graph
 * cannot throw: training stops at it.
 */
export function crossEntropy(logits: Tensor, target: Tensor, options: CrossEntropyOptions = {}): Tensor {
  const { smoothing = 0, weights, reduction = 'mean', ignore } = options
  if (!isTensor(logits) || !isTensor(target))
    throw new EpipoleError(
      'usage',
      `crossEntropy takes tensors, not ${typeof logits} and ${typeof target}: are they in the batch under other names?`,
    )
  const classes = logits.shape[1]
  if (!(smoothing >= 0 && smoothing < 1))
    throw new EpipoleError('usage', `Label smoothing of ${smoothing}: it must be in [0, 1).`)
  if (weights !== undefined && weights.length !== classes)
    throw new EpipoleError('usage', `${weights.length} class weights for ${classes} classes.`)
  if (weights?.some((w) => !(w >= 0 && Number.isFinite(w))))
    throw new EpipoleError('usage', `Class weights [${weights.join(', ')}]: finite numbers from 0 are wanted.`)
  const labels = labelsOf(target)
  const share = labels === undefined ? checkShape(target, logits) : ofLabels(labels, logits)
  const scale = weights && constant(ndArray(weights, [1, classes, ...logits.shape.slice(2).map(() => 1)], logits.dtype))
  const weighted = (t: Tensor) => (scale === undefined ? t : mul(t, scale))
  const soft = smoothing === 0 ? share : add(mul(share, 1 - smoothing), smoothing / classes)
  const losses = neg(sum(mul(weighted(soft), shareable(logSoftmax(logits, 1), soft)), { axes: 1 }))
  if (labels === undefined) {
    if (ignore !== undefined) throw new EpipoleError('usage', 'Only labels can be ignored, not probabilities.')
    return reduce(losses, reduction)
  }
  const nothing = constant(scalarArray(0, losses.dtype))
  const other = ignore === undefined ? Number.NaN : where(equal(labels, ignore), nothing, Number.NaN)
  const told = where(isClass(labels, classes), losses, other)
  if (reduction === 'mean' && (weights !== undefined || ignore !== undefined))
    return div(sum(told), sum(weighted(share)))
  return reduce(told, reduction)
}

/** Labels as numbers wide enough for any class; undefined where the target is probabilities. */
const labelsOf = (target: Tensor): Tensor | undefined =>
  target.dtype === 'f32' || target.dtype === 'f64'
    ? undefined
    : target.dtype === 'u8' || target.dtype === 'i8'
      ? cast(target, 'i32')
      : target

const isClass = (labels: Tensor, classes: number): Tensor => and(greaterEqual(labels, 0), less(labels, classes))

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
  const last = oneHot(labels, logits.shape[1], logits.dtype)
  if (logits.rank === 2) return last
  const places = Array.from({ length: logits.rank - 2 }, (_, i) => i + 1)
  return reshape(transpose(last, [0, logits.rank - 1, ...places]), logits.shape)
}
