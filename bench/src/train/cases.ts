import {
  type Augmentation,
  adamW,
  batchNorm,
  conv2d,
  cosine,
  crop,
  dropout,
  flatten,
  flip,
  type Layer,
  linear,
  maxPool2d,
  mlp,
  muon,
  type Optimizer,
  oneCycle,
  relu,
  resNet,
  type Schedule,
  sequential,
} from '@epipole/learn'

/** A recipe to be measured: what is trained, on what, how. */
export interface TrainCase {
  readonly name: string
  readonly data: 'fashion' | 'cifar'
  readonly net: Layer
  readonly optimizer: Optimizer
  readonly rate: (steps: number) => Schedule
  readonly batchSize: number
  readonly epochs: number
  readonly smoothing: number
  readonly augment: readonly Augmentation[]
}

export const mlpCase: TrainCase = {
  name: 'Fashion-MNIST, MLP 784-256-128-10',
  data: 'fashion',
  net: sequential({ flatten, mlp: mlp([784, 256, 128, 10]) }),
  optimizer: adamW({ decay: 0.05 }),
  rate: (steps) => cosine(2e-3, steps),
  batchSize: 128,
  epochs: 10,
  smoothing: 0,
  augment: [],
}

const block = (from: number, to: number) =>
  sequential(conv2d(from, to, { kernel: 3, padding: 1, bias: false }), batchNorm(to), relu, maxPool2d({ kernel: 2 }))

export const cnnCase: TrainCase = {
  name: 'Fashion-MNIST, CNN 32-64-128',
  data: 'fashion',
  net: sequential(block(1, 32), block(32, 64), block(64, 128), flatten, dropout(0.3), linear(3 * 3 * 128, 10)),
  optimizer: adamW({ decay: 0.05 }),
  rate: (steps) => oneCycle(4e-3, steps),
  batchSize: 128,
  epochs: 10,
  smoothing: 0.05,
  augment: [flip()],
}

/** The residual net of the comparison with PyTorch: widths 32, 64, 128, one block each. `torch_side.py` has the same. */
export const cifarNet = (): Layer =>
  resNet({ channels: 3, classes: 10, stem: 'cifar', depths: [1, 1, 1], widths: [32, 64, 128] })
export const cifarRecipe = {
  batchSize: 128,
  smoothing: 0.1,
  augment: [flip(), crop(4)],
  muonRate: 0.02,
  adamRate: 2e-3,
}
export const cifarOptimizer = (kind: 'muon' | 'adamW'): Optimizer =>
  kind === 'adamW'
    ? adamW({ decay: 0.05 })
    : muon({
        decay: 0.01,
        rest: { decay: 0.01 },
        restRate: 0.1,
        hidden: (path, { shape }) => shape.length === 4 && path !== 'conv1.weight',
      })
