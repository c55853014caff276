import { add, transpose } from '@epipole/graph'
import { truncatedNormal, zeros } from '../initialisers/initialisers.js'
import { gelu } from '../layers/activations.js'
import { conv2d, depthwiseConv2d } from '../layers/convolution.js'
import { dropPath } from '../layers/dropout.js'
import type { Layer } from '../layers/layer.js'
import { linear } from '../layers/linear.js'
import { layerNorm, layerNorm2d } from '../layers/norms.js'
import { globalAveragePool } from '../layers/pooling.js'
import { globalResponseNorm } from '../layers/response-norm.js'
import { sequential } from '../layers/sequential.js'
import { checkStages } from './resnet.js'

/** Blocks and channels of each stage as published (Woo et al. 2023, table 14). */
export const CONVNEXT_V2_SIZES = {
  atto: { depths: [2, 2, 6, 2], widths: [40, 80, 160, 320] },
  femto: { depths: [2, 2, 6, 2], widths: [48, 96, 192, 384] },
  pico: { depths: [2, 2, 6, 2], widths: [64, 128, 256, 512] },
  nano: { depths: [2, 2, 8, 2], widths: [80, 160, 320, 640] },
  tiny: { depths: [3, 3, 9, 3], widths: [96, 192, 384, 768] },
  base: { depths: [3, 3, 27, 3], widths: [128, 256, 512, 1024] },
} as const

export interface ConvNeXtV2Options {
  readonly depths: readonly number[]
  readonly widths: readonly number[]
  /** Default 1000. */
  readonly classes?: number
  /** Channels of the image; default 3. */
  readonly channels?: number
  /** Edge of the patches that the stem makes one place of; default 4. */
  readonly patch?: number
  /** Stochastic depth of the last block, rising linearly from 0 at the first; default 0. */
  readonly dropPath?: number
}

const start = { initialise: truncatedNormal(0.02), bias: zeros }

/** x + mlp(norm(depthwise 7 × 7(x))), the MLP with a response norm between its layers. Names as in timm. */
export const convNeXtV2Block = (width: number, rate = 0): Layer => ({
  kind: 'convNeXtV2Block',
  options: { width },
  children: {
    conv_dw: depthwiseConv2d(width, { kernel: 7, padding: 'same', ...start }),
    norm: layerNorm(width, { eps: 1e-6 }),
    mlp: sequential({
      fc1: linear(width, 4 * width, start),
      act: gelu,
      grn: globalResponseNorm(4 * width),
      fc2: linear(4 * width, width, start),
    }),
    ...(rate > 0 && { drop_path: dropPath(rate) }),
  },
  forward({ parts }, x) {
    const last = transpose(parts.conv_dw(x), [0, 2, 3, 1])
    const change = transpose(parts.mlp(parts.norm(last)), [0, 3, 1, 2])
    return add(x, parts.drop_path?.(change) ?? change)
  },
})

const halve = (inputs: number, outputs: number): Layer =>
  sequential(layerNorm2d(inputs), conv2d(inputs, outputs, { kernel: 2, stride: 2, ...start }))

/** What turns images into features, [N, channels, H, W] to [N, last width, H / 32, W / 32] (with patches of 4 and four stages). */
export function convNeXtV2Encoder(options: ConvNeXtV2Options): Layer {
  const { depths, widths, channels = 3, patch = 4, dropPath: last = 0 } = options
  checkStages(depths, widths)
  const total = depths.reduce((a, b) => a + b, 0)
  let block = 0
  const stages = depths.map((depth, stage) => {
    const blocks = Array.from({ length: depth }, () =>
      convNeXtV2Block(widths[stage], total > 1 ? (last * block++) / (total - 1) : 0),
    )
    return sequential({
      ...(stage > 0 && { downsample: halve(widths[stage - 1], widths[stage]) }),
      blocks: sequential(...blocks),
    })
  })
  return sequential({
    stem: sequential(conv2d(channels, widths[0], { kernel: patch, stride: patch, ...start }), layerNorm2d(widths[0])),
    stages: sequential(...stages),
  })
}

/** ConvNeXt V2 (Woo et al. 2023): [N, channels, H, W] to [N, classes]. Names as in timm. */
export function convNeXtV2(options: ConvNeXtV2Options): Layer {
  const { classes = 1000, widths } = options
  const width = widths[widths.length - 1]
  return sequential({
    ...convNeXtV2Encoder(options).children,
    head: sequential({
      global_pool: globalAveragePool,
      norm: layerNorm(width, { eps: 1e-6 }),
      fc: linear(width, classes, start),
    }),
  })
}
