import { add } from '@epipole/graph'
import { gelu } from './activations.js'
import { multiHeadAttention } from './attention.js'
import { dropout, dropPath } from './dropout.js'
import type { Initialiser, Layer, LayerLike } from './layer.js'
import { linear } from './linear.js'
import { layerNorm } from './norms.js'
import { layerScale } from './residual.js'
import { sequential } from './sequential.js'

export interface TransformerBlockOptions {
  /** Width of the hidden layer over the block's; default 4. */
  readonly ratio?: number
  readonly activation?: LayerLike
  readonly causal?: boolean
  /** Behind both projections; default 0. */
  readonly dropout?: number
  /** Stochastic depth; default 0. */
  readonly dropPath?: number
  /** Start of a learned scale of each branch; default none. */
  readonly layerScale?: number
  /** Default 1e-6, as vision transformers have it. */
  readonly eps?: number
  /** Start of the biases. */
  readonly bias?: Initialiser
  readonly initialise?: Initialiser
}

/** Two linear layers with an activation between; parts `fc1`, `act`, `fc2` (timm's names). */
export function feedForward(width: number, hidden: number, options: TransformerBlockOptions = {}): Layer {
  const weights = { bias: options.bias, initialise: options.initialise }
  return sequential({
    fc1: linear(width, hidden, weights),
    act: options.activation ?? gelu,
    ...(options.dropout && { drop1: dropout(options.dropout) }),
    fc2: linear(hidden, width, weights),
    ...(options.dropout && { drop2: dropout(options.dropout) }),
  })
}

/**
 * A transformer block with normalisation first (Xiong et al. 2020), [N, T, width] to the same:
 * x + attention(norm1(x)), then x + mlp(norm2(x)). Names as in timm: `norm1`, `attn`, `ls1`, `norm2`, `mlp`, `ls2`.
 */
export function transformerBlock(width: number, heads: number, options: TransformerBlockOptions = {}): Layer {
  const {
    ratio = 4,
    eps = 1e-6,
    layerScale: start,
    dropPath: rate = 0,
    causal,
    dropout: drop,
    bias,
    initialise,
  } = options
  return {
    kind: 'transformerBlock',
    options: { width, heads, ratio, causal: causal ?? false },
    children: {
      norm1: layerNorm(width, { eps }),
      attn: multiHeadAttention(width, heads, { causal, dropout: drop, bias, initialise }),
      ...(start !== undefined && { ls1: layerScale(width, start) }),
      norm2: layerNorm(width, { eps }),
      mlp: feedForward(width, Math.round(width * ratio), options),
      ...(start !== undefined && { ls2: layerScale(width, start) }),
      ...(rate > 0 && { drop_path: dropPath(rate) }),
    },
    forward({ parts }, x, ...mask) {
      const branch = (y: ReturnType<typeof parts.attn>, scale: typeof parts.ls1 | undefined) => {
        const scaled = scale?.(y) ?? y
        return parts.drop_path?.(scaled) ?? scaled
      }
      const attended = add(x, branch(parts.attn(parts.norm1(x), ...mask), parts.ls1))
      return add(attended, branch(parts.mlp(parts.norm2(attended)), parts.ls2))
    },
  }
}
