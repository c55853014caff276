import { EpipoleError } from '@epipole/core'
import { add, div, moments, mul, normalize, reshape, sqrt, sub, type Tensor } from '@epipole/graph'
import { ones, zeros } from '../initialisers/initialisers.js'
import { checkEps, checkSize } from './checks.js'
import type { Initialiser, Layer } from './layer.js'

export interface BatchNormOptions {
  /** Added to the variance; default 1e-5. */
  readonly eps?: number
  /** Share of the newest batch in the running statistics; default 0.1. */
  readonly momentum?: number
  /** Start of `weight`; `zeros` lets a residual branch start as nothing. */
  readonly gamma?: Initialiser
}

/** A vector of channels as it multiplies or is added to a tensor whose second axis is the channels. */
export const alongChannels = (v: Tensor, rank: number): Tensor =>
  reshape(
    v,
    Array.from({ length: rank }, (_, i) => (i === 1 ? v.shape[0] : 1)),
  )

/**
 * Batch normalisation (Ioffe, Szegedy 2015) of [N, C] or [N, C, H, W]. In training each channel gets mean 0 and variance 1
 * over the batch; in use, by the running mean and variance. `weight`, `bias` [C]; buffers `running_mean`, `running_var` [C]
 * (of the unbiased variance, as in PyTorch).
 */
export function batchNorm(channels: number, options: BatchNormOptions = {}): Layer {
  const { eps = 1e-5, momentum = 0.1, gamma = ones } = options
  checkEps('batchNorm', eps)
  if (!(momentum >= 0 && momentum <= 1))
    throw new EpipoleError(
      'usage',
      `The momentum of batchNorm is ${momentum}: the newest batch has a share from 0 to 1.`,
    )
  return {
    kind: 'batchNorm',
    options: { channels, eps, momentum },
    params: { weight: { shape: [channels], initialise: gamma }, bias: { shape: [channels], initialise: zeros } },
    buffers: {
      running_mean: { shape: [channels], initialise: zeros },
      running_var: { shape: [channels], initialise: ones },
    },
    forward({ params: { weight, bias }, buffers, training }, x) {
      checkSize('batchNorm', x, [channels], 1)
      const spread = (v: Tensor) => alongChannels(v, x.rank)
      if (!training) {
        const scale = div(weight, sqrt(add(buffers.running_var, eps)))
        return add(mul(x, spread(scale)), spread(sub(bias, mul(buffers.running_mean, scale))))
      }
      const axes = x.shape.map((_, i) => i).filter((i) => i !== 1)
      const count = axes.reduce((n, axis) => n * x.shape[axis], 1)
      if (count < 2)
        throw new EpipoleError('usage', `Batch norm needs two values of a channel or more; [${x.shape}] has ${count}.`)
      const { mean, variance } = moments(x, { axes })
      const follow = (old: Tensor, now: Tensor) => add(mul(old, 1 - momentum), mul(now, momentum))
      return {
        output: add(mul(normalize(x, { axes, eps }), spread(weight)), spread(bias)),
        buffers: {
          running_mean: follow(buffers.running_mean, mean),
          running_var: follow(buffers.running_var, mul(variance, count / (count - 1))),
        },
      }
    },
  }
}
