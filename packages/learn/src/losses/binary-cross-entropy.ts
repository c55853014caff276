import { EpipoleError } from '@epipole/core'
import { add, customGradient, div, log, maximum, mul, neg, softplus, sub, type Tensor } from '@epipole/graph'
import { checkAlike, type LossOptions, reduce } from './reduction.js'

/**
 * Binary cross-entropy of probabilities: −t log p − (1 − t) log(1 − p). Logarithms are held above −100, as in PyTorch; where
 * logits are at hand, take `binaryCrossEntropyWithLogits`, which needs no such bound. No gradient flows to the target.
 */
export function binaryCrossEntropy(probabilities: Tensor, target: Tensor, { reduction }: LossOptions = {}): Tensor {
  checkAlike(target, 'probabilities', probabilities)
  const p = probabilities
  const bounded = (x: Tensor) => maximum(log(x), -100)
  const losses = neg(add(mul(target, bounded(p)), mul(sub(1, target), bounded(sub(1, p)))))
  const slope = (g: Tensor) => mul(g, div(sub(p, target), maximum(mul(p, sub(1, p)), 1e-12)))
  return reduce(
    customGradient(losses, [p], (g) => [slope(g)]),
    reduction,
  )
}

/** Binary cross-entropy of σ(logits), exact at any size of logit; `positiveWeight` multiplies the loss where the target is 1. */
export function binaryCrossEntropyWithLogits(
  logits: Tensor,
  target: Tensor,
  { positiveWeight = 1, reduction }: LossOptions & { readonly positiveWeight?: number } = {},
): Tensor {
  checkAlike(target, 'logits', logits)
  if (!(positiveWeight >= 0))
    throw new EpipoleError('usage', `A positive weight of ${positiveWeight}: give a number from 0.`)
  const scale = positiveWeight === 1 ? 1 : add(mul(target, positiveWeight - 1), 1)
  return reduce(add(mul(sub(1, target), logits), mul(softplus(neg(logits)), scale)), reduction)
}
