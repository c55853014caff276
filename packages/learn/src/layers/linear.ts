import { add, matmul, reshape, type Tensor, transpose } from '@epipole/graph'
import { uniform } from '../initialisers/initialisers.js'
import type { Initialiser, Layer } from './layer.js'

export interface LinearOptions {
  /** Whether there is one, or how it starts; default uniform in ±1/√inputs, PyTorch's. */
  readonly bias?: boolean | Initialiser
  /** Default uniform in ±1/√inputs, PyTorch's. */
  readonly initialise?: Initialiser
}

/** y = x Wᵀ + b on the last axis: [..., inputs] to [..., outputs]; `weight` [outputs, inputs], `bias` [outputs]. */
export function linear(inputs: number, outputs: number, { bias = true, initialise }: LinearOptions = {}): Layer {
  const bound = uniform(1 / Math.sqrt(inputs))
  return {
    kind: 'linear',
    options: { inputs, outputs, bias: bias !== false },
    params: {
      weight: { shape: [outputs, inputs], initialise: initialise ?? bound },
      ...(bias !== false && { bias: { shape: [outputs], initialise: bias === true ? bound : bias } }),
    },
    forward: ({ params }, x) => affine(x, params.weight, params.bias),
  }
}

/** x Wᵀ + b over the last axis of a tensor of any rank. */
export function affine(x: Tensor, weight: Tensor, bias?: Tensor): Tensor {
  const rows = reshape(x, [-1, x.shape[x.rank - 1]])
  const y = matmul(rows, transpose(weight))
  return reshape(bias === undefined ? y : add(y, bias), [...x.shape.slice(0, -1), weight.shape[0]])
}
