import { EpipoleError } from '@epipole/core'
import { less, mul, type Tensor, where } from '@epipole/graph'
import type { Layer, Own } from './layer.js'

function checkRate(rate: number): void {
  if (!(rate >= 0 && rate < 1)) throw new EpipoleError('usage', `A dropout rate of ${rate}: it must be in [0, 1).`)
}

/** x with zeros where a uniform random tensor of `shape` is below the rate. */
const drop = (x: Tensor, rate: number, shape: readonly number[], random: Own['random']): Tensor =>
  where(less(random.uniform(shape), rate), 0, x)

export interface DropoutOptions {
  /**
   * When what is kept is scaled so that both modes agree in the mean: in training by 1 / (1 − rate) (the default, inverted
   * dropout: the model in use pays nothing) or in use by 1 − rate, as first published. The two differ by a constant factor.
   */
  readonly scaled?: 'training' | 'use'
}

/** Dropout (Srivastava et al. 2014): in training each element is zero with probability `rate`. */
export function dropout(rate: number, { scaled = 'training' }: DropoutOptions = {}): Layer {
  checkRate(rate)
  const kept = 1 - rate
  return {
    kind: 'dropout',
    options: { rate, scaled },
    forward({ training, random }, x) {
      if (rate === 0) return x
      if (!training) return scaled === 'use' ? mul(x, kept) : x
      const y = drop(x, rate, x.shape, random)
      return scaled === 'use' ? y : mul(y, 1 / kept)
    },
  }
}

/** Stochastic depth (Huang et al. 2016): in training the whole of an example is zero with probability `rate`; for residual branches. */
export function dropPath(rate: number): Layer {
  checkRate(rate)
  return {
    kind: 'dropPath',
    options: { rate },
    forward: ({ training, random }, x) =>
      training && rate > 0
        ? mul(drop(x, rate, [x.shape[0], ...x.shape.slice(1).map(() => 1)], random), 1 / (1 - rate))
        : x,
  }
}
