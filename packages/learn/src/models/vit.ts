import { EpipoleError } from '@epipole/core'
import { add, concat, expand, mean, reshape, slice, transpose } from '@epipole/graph'
import { truncatedNormal, zeros } from '../initialisers/initialisers.js'
import { conv2d } from '../layers/convolution.js'
import type { Layer } from '../layers/layer.js'
import { linear } from '../layers/linear.js'
import { layerNorm } from '../layers/norms.js'
import { sequential } from '../layers/sequential.js'
import { transformerBlock } from '../layers/transformer-block.js'

/** Width, blocks and heads as published (Dosovitskiy et al. 2021, table 1; Touvron et al. 2021, table 1). */
export const VIT_SIZES = {
  tiny: { width: 192, depth: 12, heads: 3 },
  small: { width: 384, depth: 12, heads: 6 },
  base: { width: 768, depth: 12, heads: 12 },
} as const

export interface ViTOptions {
  readonly width: number
  readonly depth: number
  readonly heads: number
  /** Edge of the image; default 224. */
  readonly size?: number
  /** Edge of a patch; default 16. */
  readonly patch?: number
  /** Channels of the image; default 3. */
  readonly channels?: number
  /** Default 1000. */
  readonly classes?: number
  /** What the head sees: the class token (default) or the mean of the patches'. */
  readonly pool?: 'token' | 'mean'
  readonly dropout?: number
  /** Stochastic depth of the last block, rising linearly from 0; default 0. */
  readonly dropPath?: number
}

const weights = truncatedNormal(0.02)
const start = { initialise: weights, bias: zeros }

/**
 * What turns images [N, channels, size, size] into tokens [N, 1 + patches, width], the class token first (patches alone with
 * `pool: 'mean'`): patches, positions, transformer blocks, a last norm.
 */
export function vitEncoder(options: ViTOptions): Layer {
  const { width, depth, heads, size = 224, patch = 16, channels = 3, dropout, dropPath: last = 0 } = options
  if (size % patch !== 0)
    throw new EpipoleError('usage', `Patches of ${patch} do not tile an image of ${size}: choose a divisor.`)
  const withToken = options.pool !== 'mean'
  const patches = (size / patch) ** 2
  const blocks = Array.from({ length: depth }, (_, i) =>
    transformerBlock(width, heads, { dropout, dropPath: depth > 1 ? (last * i) / (depth - 1) : 0, ...start }),
  )
  return {
    kind: 'vitEncoder',
    options: { width, depth, heads, size, patch },
    params: {
      ...(withToken && { cls_token: { shape: [1, 1, width], initialise: weights } }),
      pos_embed: { shape: [1, patches + (withToken ? 1 : 0), width], initialise: weights },
    },
    children: {
      patch_embed: sequential({ proj: conv2d(channels, width, { kernel: patch, stride: patch, ...start }) }),
      blocks: sequential(...blocks),
      norm: layerNorm(width, { eps: 1e-6 }),
    },
    forward({ params, parts }, x) {
      if (`${x.shape.slice(1)}` !== `${[channels, size, size]}`)
        throw new EpipoleError(
          'usage',
          `This vision transformer takes images of ${channels} × ${size} × ${size}, not [${x.shape}]: its positions are learned.`,
        )
      const grid = parts.patch_embed(x)
      const row = transpose(reshape(grid, [x.shape[0], width, -1]), [0, 2, 1])
      const tokens = withToken ? concat([expand(params.cls_token, [x.shape[0], 1, width]), row], 1) : row
      return parts.norm(parts.blocks(add(tokens, params.pos_embed)))
    },
  }
}

/** A vision transformer (Dosovitskiy et al. 2021): [N, channels, size, size] to [N, classes]. Names as in timm. */
export function vit(options: ViTOptions): Layer {
  const encoder = vitEncoder(options)
  return {
    ...encoder,
    kind: 'vit',
    children: { ...encoder.children, head: linear(options.width, options.classes ?? 1000, start) },
    forward(own, x) {
      const tokens = encoder.forward(own, x) as ReturnType<typeof own.parts.norm>
      return own.parts.head(
        options.pool === 'mean' ? mean(tokens, { axes: 1 }) : reshape(slice(tokens, 1, 0, 1), [x.shape[0], -1]),
      )
    },
  }
}
