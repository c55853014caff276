import { EpipoleError } from '@epipole/core'
import { attention, reshape, split, type Tensor, transpose } from '@epipole/graph'
import { dropout } from './dropout.js'
import type { Initialiser, Layer } from './layer.js'
import { linear } from './linear.js'

export interface AttentionLayerOptions {
  /** Of the projections; default true. */
  readonly bias?: boolean | Initialiser
  /** Keys and values come from a second input, `forward(x, context)`; default false. */
  readonly cross?: boolean
  /** Token i sees tokens 0 … i only; default false. */
  readonly causal?: boolean
  /** Dropout behind the output projection; default 0. */
  readonly dropout?: number
  readonly initialise?: Initialiser
}

/**
 * Multi-head attention (Vaswani et al. 2017, §3.2.2) of tokens [N, T, width]. Its projections are linear layers, named as in
 * timm: `qkv` (rows: queries, keys, values; PyTorch's `in_proj_weight` is the same matrix) and `proj`; with `cross`, `q`, `kv`
 * and `proj`. A third input, or a second without `cross`, is a mask: bool (true: may look there) or added to the scores,
 * broadcasting to [N, heads, T, keys].
 */
export function multiHeadAttention(width: number, heads: number, options: AttentionLayerOptions = {}): Layer {
  if (!(Number.isInteger(heads) && heads >= 1 && width % heads === 0))
    throw new EpipoleError('usage', `A width of ${width} does not divide into ${heads} heads.`)
  const { bias = true, cross = false, causal = false, dropout: rate = 0, initialise } = options
  const project = (outputs: number) => linear(width, outputs, { bias, initialise })
  return {
    kind: 'multiHeadAttention',
    options: { width, heads, cross, causal },
    children: {
      ...(cross ? { q: project(width), kv: project(2 * width) } : { qkv: project(3 * width) }),
      proj: linear(width, width, { bias: typeof bias === 'function' ? bias : true, initialise }),
      ...(rate > 0 && { proj_drop: dropout(rate) }),
    },
    forward({ parts }, x, ...more) {
      const [context, mask] = cross ? more : [undefined, ...more]
      if (cross && context === undefined)
        throw new EpipoleError('usage', 'Cross-attention takes two inputs: tokens and the context they look at.')
      const columns = context === undefined ? parts.qkv(x) : undefined
      const [q, k, v] = columns
        ? split(columns, [width, width, width], 2)
        : [parts.q(x), ...split(parts.kv(context as Tensor), [width, width], 2)]
      const mixed = attention(byHead(q, heads), byHead(k, heads), byHead(v, heads), { causal, mask })
      const joined = reshape(transpose(mixed, [0, 2, 1, 3]), x.shape)
      const y = parts.proj(joined)
      return parts.proj_drop?.(y) ?? y
    },
  }
}

/** [N, T, width] to [N, heads, T, width / heads]. */
const byHead = (x: Tensor, heads: number): Tensor =>
  transpose(reshape(x, [x.shape[0], x.shape[1], heads, x.shape[2] / heads]), [0, 2, 1, 3])
