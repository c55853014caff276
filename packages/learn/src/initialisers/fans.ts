import { EpipoleError } from '@epipole/core'
import type { Shape } from '@epipole/graph'

/**
 * How many numbers flow into and out of one unit. A weight [outputs, inputs] sums `inputs` products into each output; a kernel
 * [outputs, inputs / groups, kH, kW] does so for each of its kH · kW places:
 *   in = inputs / groups · kH · kW,  out = outputs · kH · kW.
 * (PyTorch's arithmetic, which does not divide `out` by the groups.) Keeping the variance of activations needs
 * Var(w) = gain² / in, keeping that of gradients gain² / out; the initialisers choose between or average the two.
 */
export function fans(shape: Shape): { in: number; out: number } {
  if (shape.length < 2)
    throw new EpipoleError(
      'usage',
      `A weight of shape [${shape}] has no inputs and outputs: it needs two axes or more.`,
    )
  const places = shape.slice(2).reduce((a, b) => a * b, 1)
  return { in: shape[1] * places, out: shape[0] * places }
}

export type Nonlinearity = 'linear' | 'sigmoid' | 'tanh' | 'relu' | { readonly leakyRelu: number }

/**
 * By how much weights must be larger because of the activation behind them: ReLU passes half of the variance, so its gain is
 * √2; leaky ReLU's is √(2 / (1 + slope²)); 5/3 for tanh is PyTorch's convention.
 */
export function gain(nonlinearity: Nonlinearity): number {
  if (typeof nonlinearity === 'object') return Math.sqrt(2 / (1 + nonlinearity.leakyRelu ** 2))
  const gains: Readonly<Record<string, number>> = { linear: 1, sigmoid: 1, tanh: 5 / 3, relu: Math.SQRT2 }
  if (!Object.hasOwn(gains, nonlinearity))
    throw new EpipoleError(
      'usage',
      `There is no gain for "${nonlinearity}": take ${Object.keys(gains).join(', ')} or { leakyRelu: slope }.`,
    )
  return gains[nonlinearity]
}
