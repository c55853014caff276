import { tanh } from '../layers/activations.js'
import { conv2d } from '../layers/convolution.js'
import type { Layer, LayerLike } from '../layers/layer.js'
import { linear } from '../layers/linear.js'
import { avgPool2d, flatten } from '../layers/pooling.js'
import { sequential } from '../layers/sequential.js'

export interface LeNetOptions {
  readonly classes?: number
  readonly channels?: number
  readonly activation?: LayerLike
  /** What halves the maps; default the average. */
  readonly pool?: LayerLike
}

/** LeNet-5 (LeCun et al. 1998) for images of 28 × 28, padded to its 32 × 32; every map sees every one before it. */
export function leNet(options: LeNetOptions = {}): Layer {
  const { classes = 10, channels = 1, activation = tanh, pool = avgPool2d({ kernel: 2 }) } = options
  return sequential({
    conv1: conv2d(channels, 6, { kernel: 5, padding: 2 }),
    act1: activation,
    pool1: pool,
    conv2: conv2d(6, 16, { kernel: 5 }),
    act2: activation,
    pool2: pool,
    flatten,
    fc1: linear(400, 120),
    act3: activation,
    fc2: linear(120, 84),
    act4: activation,
    fc3: linear(84, classes),
  })
}
