import * as ops from '../ops/index.js'
import type { Shape } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { filled, type ImportTable, perChannel, range } from './import-helpers.js'
import type { ImportNode } from './import-node.js'

const affine = (x: Tensor, gain: Tensor, bias: Tensor | undefined) =>
  bias === undefined ? ops.mul(x, gain) : ops.add(ops.mul(x, gain), bias)

function batchNormalization(node: ImportNode): Tensor[] {
  const [x, gain, bias, mean, variance] = range(5).map((i) => node.input(i))
  const along = (t: Tensor) => perChannel(t, x.rank)
  const eps = node.float('epsilon', 1e-5)
  if (node.int('training_mode', 0) === 0) {
    const scale = ops.div(gain, ops.sqrt(ops.add(variance, eps)))
    return [ops.add(ops.mul(x, along(scale)), along(ops.sub(bias, ops.mul(mean, scale))))]
  }
  const axes = range(x.rank).filter((axis) => axis !== 1)
  const now = ops.moments(x, { axes })
  const momentum = node.float('momentum', 0.9)
  const next = (kept: Tensor, own: Tensor) => ops.add(ops.mul(kept, momentum), ops.mul(own, 1 - momentum))
  const y = affine(ops.normalize(x, { axes, eps }), along(gain), along(bias))
  return [y, next(mean, now.mean), next(variance, now.variance)]
}

/** Also gives the mean and 1 / √(variance + ε), axes kept. */
function layerNormalization(node: ImportNode): Tensor[] {
  const [x, gain, bias] = [node.input(0), node.input(1), node.optional(2)]
  const axes = range(x.rank).slice(node.axis('axis', -1, x.shape))
  const eps = node.float('epsilon', 1e-5)
  const y = affine(ops.normalize(x, { axes, eps }), gain, bias)
  if (node.outputs === 1) return [y]
  const { mean, variance } = ops.moments(x, { axes, keepDims: true })
  return [y, mean, ops.reciprocal(ops.sqrt(ops.add(variance, eps)))]
}

function instanceNormalization(node: ImportNode): Tensor[] {
  const [x, gain, bias] = range(3).map((i) => node.input(i))
  const y = ops.normalize(x, { axes: range(x.rank).slice(2), eps: node.float('epsilon', 1e-5) })
  return [affine(y, perChannel(gain, x.rank), perChannel(bias, x.rank))]
}

/** As of operator set 21: gain and bias for each channel. */
function groupNormalization(node: ImportNode): Tensor[] {
  const [x, gain, bias] = range(3).map((i) => node.input(i))
  const groups = node.int('num_groups', 1)
  const grouped = ops.reshape(x, [x.shape[0], groups, -1])
  const y = ops.reshape(ops.normalize(grouped, { axes: [2], eps: node.float('epsilon', 1e-5) }), x.shape)
  const each = (t: Tensor) => {
    if (t.shape[0] === x.shape[1]) return perChannel(t, x.rank)
    const spread = ops.expand(ops.reshape(t, [groups, 1]), [groups, x.shape[1] / groups])
    return perChannel(ops.reshape(spread, [x.shape[1]]), x.rank)
  }
  return [affine(y, each(gain), each(bias))]
}

function meanVarianceNormalization(node: ImportNode): Tensor[] {
  const x = node.input(0)
  const axes = (node.ints('axes') ?? [0, 2, 3]).map((a) => (a < 0 ? a + x.rank : a))
  const { mean, variance } = ops.moments(x, { axes, keepDims: true })
  return [ops.div(ops.sub(x, mean), ops.add(ops.sqrt(variance), 1e-9))]
}

function lpNormalization(node: ImportNode): Tensor[] {
  const x = node.input(0)
  const over = { axes: node.axis('axis', -1, x.shape), keepDims: true }
  const p = node.int('p', 2)
  if (p !== 1 && p !== 2) node.refuse(`p = ${p} is neither 1 nor 2.`)
  return [ops.div(x, p === 1 ? ops.sum(ops.abs(x), over) : ops.sqrt(ops.sum(ops.square(x), over)))]
}

/** Local response normalisation (Krizhevsky et al. 2012): by the squares of the channels around. */
function lrn(node: ImportNode): Tensor[] {
  const x = node.input(0)
  const size = node.int('size', 0)
  const before = Math.floor((size - 1) / 2)
  const padded = ops.pad(
    ops.square(x),
    x.shape.map((_, axis) => (axis === 1 ? ([before, size - 1 - before] as const) : ([0, 0] as const))),
  )
  const windows = node.range(size).map((i) => ops.slice(padded, 1, i, i + x.shape[1]))
  const scale = node.float('alpha', 1e-4) / size
  const base = ops.add(ops.mul(windows.reduce(ops.add), scale), node.float('bias', 1))
  return [ops.div(x, ops.pow(base, node.float('beta', 0.75)))]
}

export const normalization: ImportTable = {
  BatchNormalization: batchNormalization,
  GroupNormalization: groupNormalization,
  InstanceNormalization: instanceNormalization,
  LayerNormalization: layerNormalization,
  LpNormalization: lpNormalization,
  LRN: lrn,
  MeanVarianceNormalization: meanVarianceNormalization,
}

/** −Σ weight · log-probability of the right class over the classes (axis 1), and how it is gathered. */
function negativeLogLikelihood(x: Tensor, target: Tensor, weights: Tensor | undefined, node: ImportNode): Tensor {
  const classes = node.length(x.shape[1])
  const order = range(target.rank)
  const kept = node.has('ignore_index') ? ops.not(ops.equal(target, node.int('ignore_index', -1))) : undefined
  const last = ops.oneHot(ops.cast(target, 'i64'), classes, x.dtype)
  const hot = ops.transpose(last, [0, target.rank, ...order.slice(1)])
  const wide: Shape = [x.shape[0], 1, ...x.shape.slice(2)]
  const live = kept === undefined ? hot : ops.mul(hot, ops.reshape(ops.cast(kept, x.dtype), wide))
  const weighted = weights === undefined ? live : ops.mul(live, perChannel(weights, x.rank))
  // (A logarithm of 0 counts only where it is the right class.)
  const each = ops.neg(ops.sum(ops.where(ops.equal(weighted, 0), 0, ops.mul(x, weighted)), { axes: 1 }))
  const how = node.string('reduction', 'mean')
  if (how === 'none') return each
  return how === 'sum' ? ops.sum(each) : ops.div(ops.sum(each), ops.sum(weighted))
}

export const losses: ImportTable = {
  NegativeLogLikelihoodLoss: (node) => [negativeLogLikelihood(node.input(0), node.input(1), node.optional(2), node)],
  SoftmaxCrossEntropyLoss(node) {
    const logs = ops.logSoftmax(node.input(0), 1)
    return [negativeLogLikelihood(logs, node.input(1), node.optional(2), node), logs]
  },
  /** What it does in inference: nothing; all is kept. */
  Dropout(node) {
    const x = node.input(0)
    const training = node.known(2)?.data[0] && (node.known(1)?.data[0] ?? 0.5) !== 0
    if (training) node.refuse('only what it does in inference, nothing, is taken.')
    return [x, filled(1, x.shape, 'bool')]
  },
}
