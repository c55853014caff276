import { EpipoleError } from '@epipole/core'
import { add } from '@epipole/graph'
import { kaimingNormal, ones, zeros } from '../initialisers/initialisers.js'
import { relu } from '../layers/activations.js'
import { batchNorm } from '../layers/batch-norm.js'
import { conv2d } from '../layers/convolution.js'
import type { Layer, LayerLike } from '../layers/layer.js'
import { linear } from '../layers/linear.js'
import { globalAveragePool, maxPool2d } from '../layers/pooling.js'
import { sequential } from '../layers/sequential.js'

export interface ResNetOptions {
  /** Default 1000. */
  readonly classes?: number
  /** Channels of the image; default 3. */
  readonly channels?: number
  /** `imagenet`: 7 × 7 with stride 2 and a pool, for 224 × 224; `cifar`: 3 × 3 at full size, for 32 × 32. */
  readonly stem?: 'imagenet' | 'cifar'
  /** Blocks of each stage; default 2, 2, 2, 2: ResNet-18. */
  readonly depths?: readonly number[]
  /** Channels of each stage; default 64, 128, 256, 512. */
  readonly widths?: readonly number[]
  /** Blocks start as the identity: γ of their last norm is 0; default false. */
  readonly zeroGamma?: boolean
}

const kaiming = kaimingNormal({ mode: 'out' })
const conv = (inputs: number, outputs: number, kernel: number, stride: number) =>
  conv2d(inputs, outputs, { kernel, stride, padding: (kernel - 1) / 2, bias: false, initialise: kaiming })

/** relu(bn2(conv2(relu(bn1(conv1(x))))) + x), x through a 1 × 1 convolution where its shape changes. */
export const basicBlock = (inputs: number, outputs: number, stride = 1, zeroGamma = false): Layer => ({
  kind: 'basicBlock',
  options: { inputs, outputs, stride },
  children: {
    conv1: conv(inputs, outputs, 3, stride),
    bn1: batchNorm(outputs),
    conv2: conv(outputs, outputs, 3, 1),
    bn2: batchNorm(outputs, { gamma: zeroGamma ? zeros : ones }),
    ...((stride !== 1 || inputs !== outputs) && {
      downsample: sequential(conv(inputs, outputs, 1, stride), batchNorm(outputs)),
    }),
  },
  forward({ parts }, x) {
    const y = parts.bn2(parts.conv2(relu(parts.bn1(parts.conv1(x)))))
    return relu(add(y, parts.downsample?.(x) ?? x))
  },
})

/** A residual network (He et al. 2016) of basic blocks, [N, channels, H, W] to [N, classes]. Names as in torchvision. */
export function resNet(options: ResNetOptions = {}): Layer {
  const { classes = 1000, channels = 3, stem = 'imagenet', zeroGamma } = options
  const { depths = [2, 2, 2, 2], widths = [64, 128, 256, 512] } = options
  checkStages(depths, widths)
  const layers: Record<string, LayerLike> =
    stem === 'cifar'
      ? { conv1: conv(channels, widths[0], 3, 1), bn1: batchNorm(widths[0]), relu }
      : {
          conv1: conv(channels, widths[0], 7, 2),
          bn1: batchNorm(widths[0]),
          relu,
          maxpool: maxPool2d({ kernel: 3, stride: 2, padding: 1 }),
        }
  depths.forEach((depth, stage) => {
    const blocks = Array.from({ length: depth }, (_, i) => {
      const inputs = i > 0 ? widths[stage] : widths[Math.max(0, stage - 1)]
      return basicBlock(inputs, widths[stage], i === 0 && stage > 0 ? 2 : 1, zeroGamma)
    })
    layers[`layer${stage + 1}`] = sequential(...blocks)
  })
  return sequential({ ...layers, avgpool: globalAveragePool, fc: linear(widths[widths.length - 1], classes) })
}

/** Throws `usage` where stages have not a depth and a width each. */
export function checkStages(depths: readonly number[], widths: readonly number[]): void {
  if (depths.length === 0 || depths.length !== widths.length)
    throw new EpipoleError(
      'usage',
      `Stages of ${depths.length} depths and ${widths.length} widths: each has one of both.`,
    )
}

export const resNet18 = (options: Omit<ResNetOptions, 'depths'> = {}): Layer => resNet(options)
