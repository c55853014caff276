import {
  type Augmentation,
  adamW,
  basicBlock,
  batchNorm,
  conv2d,
  cosine,
  crop,
  dropout,
  flatten,
  flip,
  globalAveragePool,
  kaimingNormal,
  type Layer,
  linear,
  maxPool2d,
  mlp,
  muon,
  type Optimizer,
  overBudget,
  relu,
  type Schedule,
  sequential,
} from '@epipole/learn'

/** A recipe to be measured: what is trained, on what, how. */
export interface TrainCase {
  readonly name: string
  readonly net: Layer
  readonly optimizer: Optimizer
  readonly rate: (steps: number) => Schedule
  readonly batchSize: number
  readonly epochs: number
  /** Ends sooner, the rate with it, where the machine is slow. */
  readonly seconds?: number
  readonly smoothing: number
  readonly augment: readonly Augmentation[]
}

export const mlpCase: TrainCase = {
  name: 'Fashion-MNIST, MLP 784-256-128-10',
  net: sequential({ flatten, mlp: mlp([784, 256, 128, 10]) }),
  optimizer: adamW({ decay: 0.05 }),
  rate: (steps) => cosine(2e-3, steps),
  batchSize: 128,
  epochs: 10,
  smoothing: 0,
  augment: [],
}

/** The pool comes first, so that the norm and the activation have a quarter of the work. */
const block = (from: number, to: number) =>
  sequential(conv2d(from, to, { kernel: 3, padding: 1, bias: false }), maxPool2d({ kernel: 2 }), batchNorm(to), relu)

/** Kernels move by Muon, those of the first convolution and everything else by AdamW. */
const kernels = (path: string, { shape }: { readonly shape: readonly number[] }) =>
  shape.length === 4 && !FIRST.test(path)
const FIRST = /^(conv1|0\.0)\.weight$/

export const cnnCase: TrainCase = {
  name: 'Fashion-MNIST, CNN 32-64-128',
  net: sequential(block(1, 32), block(32, 64), block(64, 128), flatten, dropout(0.3), linear(3 * 3 * 128, 10)),
  optimizer: muon({ decay: 0.01, rest: { decay: 0.01 }, restRate: 0.1, hidden: kernels }),
  rate: () => overBudget(upAndDown(0.02, 0.15, 1), 1),
  batchSize: 128,
  epochs: 12,
  seconds: 480,
  smoothing: 0.05,
  augment: [flip()],
}

/**
 * The recipe of the comparison with PyTorch, small enough that both sides see the images many times in five minutes.
 * `torch_side.py` has the same net and augmentation, and is given the numbers below.
 */
export const cifarRecipe = {
  batchSize: 128,
  smoothing: 0.1,
  /** Part of the budget in which the rate rises; then it falls to 0 in a straight line. */
  rise: 0.1,
  rates: { muon: 0.04, adamW: 4e-3 },
  /** Rate of AdamW beside Muon, as a part of Muon's. */
  restRate: 0.05,
  decay: { muon: 0.01, adamW: 0.05 },
}
export type CifarOptimizer = keyof typeof cifarRecipe.rates

export const cifarAugmentation: readonly Augmentation[] = [flip(), crop(4)]

/** A convolution and a pool, then three residual blocks at 16 × 16, 8 × 8 and 4 × 4. */
export const cifarNet = (): Layer =>
  sequential({
    conv1: conv2d(3, 32, { kernel: 3, padding: 1, bias: false, initialise: kaimingNormal({ mode: 'out' }) }),
    pool: maxPool2d({ kernel: 2 }),
    bn1: batchNorm(32),
    relu,
    layer1: basicBlock(32, 32),
    layer2: basicBlock(32, 64, 2),
    layer3: basicBlock(64, 128, 2),
    avgpool: globalAveragePool,
    fc: linear(128, 10),
  })

export function cifarOptimizer(kind: CifarOptimizer): Optimizer {
  const { decay, restRate } = cifarRecipe
  if (kind === 'adamW') return adamW({ decay: decay.adamW })
  return muon({ decay: decay.muon, rest: { decay: decay.muon }, restRate, hidden: kernels })
}

/** Over the budget, seconds or steps; the same in `torch_side.py`. */
export const cifarRate = (kind: CifarOptimizer): Schedule =>
  overBudget(upAndDown(cifarRecipe.rates[kind], cifarRecipe.rise, 1), 1)

/** In straight lines up to a rate in a part of the steps, and down to 0. */
function upAndDown(top: number, rise: number, steps: number): Schedule {
  return (step) => {
    const part = step / steps
    return top * (part < rise ? Math.max(part / rise, 1e-3) : (1 - part) / (1 - rise))
  }
}
