import { add, div, equal, mean, mul, reshape, sqrt, square, sum, type Tensor, where } from '@epipole/graph'
import { zeros } from '../initialisers/initialisers.js'
import { checkEps, checkSize } from './checks.js'
import type { Layer } from './layer.js'

export interface ResponseNormOptions {
  /** The axis of channels: −1 (the default, [N, H, W, C]) or 1 ([N, C, H, W]). */
  readonly axis?: 1 | -1
  /** Default 1e-6. */
  readonly eps?: number
}

/**
 * Global response normalisation (Woo et al. 2023, ConvNeXt V2, §3.3): each channel's norm over the image, divided by the mean
 * of all channels' norms, scales the channel: y = x + weight · x · n + bias. Starts as the identity. `weight`, `bias` [C].
 */
export function globalResponseNorm(channels: number, { axis = -1, eps = 1e-6 }: ResponseNormOptions = {}): Layer {
  checkEps('globalResponseNorm', eps)
  return {
    kind: 'globalResponseNorm',
    options: { channels, axis, eps },
    params: { weight: { shape: [channels], initialise: zeros }, bias: { shape: [channels], initialise: zeros } },
    forward({ params }, x) {
      checkSize('globalResponseNorm', x, [channels], axis === 1 ? 1 : x.rank - 1)
      const over = axis === 1 ? [2, 3] : [1, 2]
      const spread = (v: Tensor) => reshape(v, axis === 1 ? [1, -1, 1, 1] : [1, 1, 1, -1])
      const norms = safeRoot(sum(square(x), { axes: over, keepDims: true }))
      const relative = div(norms, add(mean(norms, { axes: axis, keepDims: true }), eps))
      return add(add(x, mul(mul(x, relative), spread(params.weight))), spread(params.bias))
    },
  }
}

/** √x whose gradient at 0 is 0, as that of a norm in PyTorch: a channel may be blank. */
function safeRoot(x: Tensor): Tensor {
  const zero = equal(x, 0)
  return where(zero, 0, sqrt(where(zero, 1, x)))
}
