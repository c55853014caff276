import { randomStream } from '@epipole/core'
import type { Device } from '@epipole/graph'
import {
  adamW,
  arrayImages,
  batchNorm,
  conv2d,
  cosine,
  crop,
  crossEntropy,
  dropout,
  flip,
  globalAveragePool,
  linear,
  maxPool2d,
  relu,
  sequential,
  train,
} from '@epipole/learn'

/** The losses of a small convolutional net on stripes that run down or across: dropout, batch norm and augmentation included. */
export async function smallCnnLosses(device: Device, steps: number): Promise<number[]> {
  const random = randomStream(1)
  const labels = Array.from({ length: 256 }, (_, i) => i % 2)
  const pixels = Uint8Array.from({ length: 256 * 64 }, (_, i) => {
    const along = labels[i >> 6] === 0 ? i % 8 : (i >> 3) % 8
    return 100 + random.int(60) + (along % 2) * 40
  })
  const { losses } = await train({
    net: sequential(
      ...[conv2d(1, 8, { kernel: 3, padding: 1 }), batchNorm(8), relu, maxPool2d({ kernel: 2 })],
      ...[conv2d(8, 16, { kernel: 3, padding: 1 }), relu, globalAveragePool, dropout(0.1), linear(16, 2)],
    ),
    loss: (apply, { image, label }) => crossEntropy(apply(image), label),
    optimizer: adamW(),
    rate: cosine(0.01, 100),
    train: arrayImages({ pixels, labels, shape: [1, 8, 8] }),
    preparation: { augment: [flip(), crop(1)] },
    batchSize: 32,
    steps,
    seed: 7,
    device,
  })
  return [...losses]
}
