import { EpipoleError } from '@epipole/core'
import { add, div, mean, mul, normalize, reshape, sqrt, square, type Tensor } from '@epipole/graph'
import { ones, zeros } from '../initialisers/initialisers.js'
import { alongChannels } from './batch-norm.js'
import { checkEps, checkSize } from './checks.js'
import type { Layer } from './layer.js'

export interface NormOptions {
  /** Added to the variance; default 1e-5. */
  readonly eps?: number
}

const scaleAndShift = (shape: readonly number[]): NonNullable<Layer['params']> => ({
  weight: { shape, initialise: ones },
  bias: { shape, initialise: zeros },
})

/** Layer normalisation (Ba et al. 2016) over the last axis, or the last axes of the given sizes. `weight`, `bias` of that shape. */
export function layerNorm(size: number | readonly number[], { eps = 1e-5 }: NormOptions = {}): Layer {
  const shape = typeof size === 'number' ? [size] : size
  checkEps('layerNorm', eps)
  return {
    kind: 'layerNorm',
    options: { size, eps },
    params: scaleAndShift(shape),
    forward({ params: { weight, bias } }, x) {
      checkSize('layerNorm', x, shape)
      return add(mul(normalize(x, { axes: shape.map((_, i) => i - shape.length), eps }), weight), bias)
    },
  }
}

/** Layer normalisation over the channels of images [N, C, H, W], each place on its own. */
export function layerNorm2d(channels: number, { eps = 1e-6 }: NormOptions = {}): Layer {
  checkEps('layerNorm2d', eps)
  return {
    kind: 'layerNorm2d',
    options: { channels, eps },
    params: scaleAndShift([channels]),
    forward({ params }, x) {
      checkSize('layerNorm2d', x, [channels], 1)
      return affineChannels(normalize(x, { axes: 1, eps }), params)
    },
  }
}

/** Group normalisation (Wu, He 2018): channels in groups, each of which gets mean 0 and variance 1 over the image. */
export function groupNorm(groups: number, channels: number, { eps = 1e-5 }: NormOptions = {}): Layer {
  if (!(Number.isInteger(groups) && groups >= 1 && channels % groups === 0))
    throw new EpipoleError('usage', `${channels} channels do not divide into ${groups} groups.`)
  checkEps('groupNorm', eps)
  return {
    kind: 'groupNorm',
    options: { groups, channels, eps },
    params: scaleAndShift([channels]),
    forward({ params }, x) {
      checkSize('groupNorm', x, [channels], 1)
      const grouped = reshape(x, [x.shape[0], groups, -1])
      return affineChannels(reshape(normalize(grouped, { axes: 2, eps }), x.shape), params)
    },
  }
}

/** Instance normalisation (Ulyanov et al. 2016): each channel of each image on its own; without scale and shift unless `affine`. */
export function instanceNorm(channels: number, options: NormOptions & { readonly affine?: boolean } = {}): Layer {
  const { eps = 1e-5, affine = false } = options
  checkEps('instanceNorm', eps)
  return {
    kind: 'instanceNorm',
    options: { channels, ...options },
    params: affine ? scaleAndShift([channels]) : {},
    forward({ params }, x) {
      checkSize('instanceNorm', x, [channels], 1)
      return affineChannels(normalize(x, { axes: [2, 3], eps }), params)
    },
  }
}

/** x / √(mean(x²) + eps) · weight over the last axis (Zhang, Sennrich 2019): layer norm without the mean. */
export function rmsNorm(size: number, { eps = 1e-6 }: NormOptions = {}): Layer {
  checkEps('rmsNorm', eps)
  return {
    kind: 'rmsNorm',
    options: { size, eps },
    params: { weight: { shape: [size], initialise: ones } },
    forward({ params }, x) {
      checkSize('rmsNorm', x, [size])
      return mul(div(x, sqrt(add(mean(square(x), { axes: -1, keepDims: true }), eps))), params.weight)
    },
  }
}

const affineChannels = (x: Tensor, { weight, bias }: Readonly<Record<string, Tensor>>): Tensor =>
  weight === undefined ? x : add(mul(x, alongChannels(weight, x.rank)), alongChannels(bias, x.rank))
