import { randomStream } from '@epipole/core'
import { add, f32, ndArray, type Tensor } from '@epipole/graph'
import { nodeDevice } from '@epipole/graph/node'
import { expect, test } from 'vitest'
import { relu, sigmoid } from '../layers/activations.js'
import type { Bound } from '../layers/bind.js'
import { conv2d, convTranspose2d } from '../layers/convolution.js'
import { sequential } from '../layers/sequential.js'
import { meanSquaredError } from '../losses/regression.js'
import { adam } from '../optimizers/index.js'
import { vectorQuantizer } from '../quantize/index.js'
import { compileModel } from '../train/compile-model.js'
import { compileTraining } from '../train/compile-training.js'
import { trainingStep } from '../train/training-step.js'
import { print, rmse } from './fit.test-support.js'

const [COUNT, SIZE, CODES, DIM] = [32, 16, 16, 4]

/** Grey images of a bright bar, lying or standing, on a dark ground. */
function bars(seed: number) {
  const random = randomStream(seed)
  const data = new Float32Array(COUNT * SIZE * SIZE)
  for (let n = 0; n < COUNT; n++) {
    const [from, lying] = [random.int(SIZE - 4), random.int(2) === 1]
    for (let i = 0; i < SIZE * SIZE; i++) {
      const along = lying ? Math.floor(i / SIZE) : i % SIZE
      data[n * SIZE * SIZE + i] = along >= from && along < from + 4 ? 0.9 : 0.1
    }
  }
  return ndArray(data, [COUNT, 1, SIZE, SIZE])
}

const net = sequential({
  encoder: sequential(
    conv2d(1, 16, { kernel: 4, stride: 2, padding: 1 }),
    relu,
    conv2d(16, DIM, { kernel: 4, stride: 2, padding: 1 }),
  ),
  quantizer: vectorQuantizer(CODES, DIM),
  decoder: sequential(
    convTranspose2d(DIM, 16, { kernel: 4, stride: 2, padding: 1 }),
    relu,
    convTranspose2d(16, 1, { kernel: 4, stride: 2, padding: 1 }),
    sigmoid,
  ),
})

test('a VQ-VAE learns to draw images from 16 whole numbers each', async () => {
  const device = nodeDevice({ worker: false })
  try {
    const training = trainingStep({
      net,
      optimizer: adam(),
      seed: 3,
      loss: (apply: Bound, { x }: { x: Tensor }) => {
        const drawn = meanSquaredError(apply(x), x)
        const told = apply.extras()
        const [codebook, commitment] = [told['quantizer.codebookLoss'], told['quantizer.commitmentLoss']]
        const perplexity = told['quantizer.perplexity']
        return { loss: add(drawn, add(codebook, commitment)), drawn, codebook, commitment, perplexity }
      },
    } as never)
    const specs = { x: f32(COUNT, 1, SIZE, SIZE) } as never
    const compiled = await compileTraining(training, specs, { device })
    const [images, others] = [bars(1), bars(2)]
    const rows: Record<string, number>[] = []
    for (let step = 0; step <= 400; step++) {
      const told = await compiled.run({ x: images } as never, { rate: 0.01 })
      if (step % 80 === 0) rows.push({ step, ...told })
    }
    const { params, buffers } = await compiled.readState()
    await compiled.close()
    const columns = ['step', 'loss', 'drawn', 'codebook', 'commitment', 'perplexity']
    print(
      `Loss, its parts, and how many of ${CODES} codes are in use, by step`,
      columns,
      rows.map((row) => columns.map((name) => (name === 'step' ? `${row[name]}` : row[name]))),
    )
    const [first, last] = [rows[0], rows[rows.length - 1]]
    expect(last.loss).toBeLessThan(first.loss / 4)
    expect(last.perplexity).toBeGreaterThan(2)
    // Images it has not seen, from their codes alone.
    const model = await compileModel(
      net,
      { params, buffers },
      specs,
      (apply, { x }) => ({ drawn: apply(x as Tensor), codes: apply.extras()['quantizer.indices'] }),
      device,
    )
    const { drawn, codes } = await model.run({ x: others } as never)
    await model.close()
    expect(codes.shape).toEqual([COUNT, SIZE / 4, SIZE / 4])
    expect(new Set(codes.data as never as Iterable<bigint>).size).toBeGreaterThan(2)
    // Of two greys in a share of 1 : 3, the mean grey is this far off: what a drawing without content would be.
    const grey = { ...others, data: new Float32Array(others.data.length).fill(0.3) }
    expect(rmse(drawn, others)).toBeLessThan(0.5 * rmse(grey, others))
  } finally {
    await device.close()
  }
})
