import { randomStream } from '@epipole/core'
import { argmax, cast, equal, interpreterDevice, mean } from '@epipole/graph'
import { arrayImages } from '../data/array-images.js'
import { relu } from '../layers/activations.js'
import { linear } from '../layers/linear.js'
import { flatten } from '../layers/pooling.js'
import { sequential } from '../layers/sequential.js'
import { crossEntropy } from '../losses/cross-entropy.js'
import { adam } from '../optimizers/index.js'
import { cosine } from '../schedules/schedule.js'
import type { TrainOptions } from './train.js'

/** Small images, brighter on the left (0) or on the right (1), with noise. */
export function sides(count: number, seed: number) {
  const random = randomStream(seed)
  const labels = Array.from({ length: count }, (_, i) => i % 2)
  const pixels = Uint8Array.from({ length: count * 16 }, (_, i) => {
    const right = i % 4 >= 2
    return 90 + random.int(60) + (right === (labels[i >> 4] === 1) ? 40 : 0)
  })
  return arrayImages({ pixels, labels, shape: [1, 4, 4] })
}

const net = sequential(flatten, linear(16, 8), relu, linear(8, 2))

/** A training that learns to tell sides apart: eight epochs of four batches. */
export const options = (more: Partial<TrainOptions> = {}): TrainOptions => ({
  net,
  loss: (apply, { image, label }) => {
    const logits = apply(image)
    return {
      loss: crossEntropy(logits, label),
      accuracy: mean(cast(equal(argmax(logits, 1), cast(label, 'i64')), 'f32')),
    }
  },
  optimizer: adam(),
  train: sides(64, 1),
  validation: sides(32, 2),
  batchSize: 16,
  rate: cosine(0.02, 40),
  epochs: 8,
  seed: 3,
  device: interpreterDevice(),
  ...more,
})
