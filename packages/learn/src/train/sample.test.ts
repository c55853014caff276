import { interpreterDevice } from '@epipole/graph'
import { expect, test } from 'vitest'
import { arrayImages } from '../data/array-images.js'
import { diagnose, findings } from '../diagnose/index.js'
import { relu } from '../layers/activations.js'
import { linear } from '../layers/linear.js'
import { flatten } from '../layers/pooling.js'
import { sequential } from '../layers/sequential.js'
import { crossEntropy } from '../losses/cross-entropy.js'
import { adam } from '../optimizers/index.js'
import { sampleBatches } from './sample.js'
import { type ImageSpecs, type TrainOptions, train } from './train.js'
import { trainingStep } from './training-step.js'

const labels = Array.from({ length: 24 }, (_, i) => i % 2)
const pixels = Uint8Array.from({ length: 24 * 4 }, (_, i) => (labels[i >> 2] ? 150 : 60) + ((i * 37) % 50))
const images = arrayImages({ pixels, labels, shape: [1, 2, 2], classes: ['dark', 'bright'] })
const preparation = { shape: images.shape, mean: [0.4], std: [0.2] }
const recipe: Pick<TrainOptions, 'net' | 'loss' | 'optimizer'> = {
  net: sequential(flatten, linear(4, 8), relu, linear(8, 2)),
  loss: (apply, { image, label }) => crossEntropy(apply(image), label),
  optimizer: adam(),
}
const device = interpreterDevice()

test('as many batches as it takes for 64 images, or all there are', async () => {
  const counts = [5, 24].map(async (size) => (await sampleBatches(images, { size, seed: 1, preparation })).length)
  expect(await Promise.all(counts)).toEqual([4, 1])
  const many = arrayImages({ pixels: new Uint8Array(200), labels: new Array(200).fill(0), shape: [1, 1, 1] })
  expect(await sampleBatches(many, { size: 10, seed: 1, preparation: { shape: many.shape } })).toHaveLength(7)
})

test('training that ends at a rate near 0 is not told to learn faster', async () => {
  const { position } = await train({
    ...recipe,
    rate: (step) => (step < 6 ? 1e-2 : 1e-8),
    train: images,
    validation: images,
    batchSize: 8,
    epochs: 3,
    diagnose: true,
    device,
  })
  const seen = position.validations.map(({ statistics }) => statistics)
  expect(seen.map((statistics) => statistics?.ratePart)).toEqual([1, 1, 1e-6])
  const [, , last] = seen
  if (!last) throw new Error('no statistics')
  expect(findings(last)).toEqual([])
  expect(findings({ ...last, ratePart: 1 }).map(({ kind }) => kind)).toContain('slow-updates')
})

test('a state alone is diagnosed: a step, what stands out, and the confusion', async () => {
  const training = trainingStep<ImageSpecs>(recipe)
  const state = training.start()
  const asked = { training, state, images, preparation, batchSize: 8, device }
  const well = await diagnose({ ...asked, rate: 1e-3 })
  expect(well.findings).toEqual([])
  expect(well.statistics.layers.map(({ kind }) => kind)).toEqual(['flatten', 'linear', 'relu', 'linear'])
  const { evaluation } = well
  expect([evaluation.count, evaluation.confusion.reduce((a, b) => a + b)]).toEqual([24, 24])
  const ill = await diagnose({ ...asked, rate: 10, validation: arrayImages({ pixels, labels, shape: [1, 2, 2] }) })
  expect(ill.findings.map(({ kind }) => kind)).toContain('fast-updates')
})

test('a deviation that is not given is the images’ own, beside a mean that is', async () => {
  const given = { ...recipe, rate: 0.01, train: images, batchSize: 8, epochs: 1, device }
  const { preparation: own } = await train(given)
  const { preparation: mixed } = await train({ ...given, preparation: { mean: [0.25] } })
  expect(mixed).toEqual({ shape: images.shape, mean: [0.25], std: own.std })
})
