import { randomStream } from '@epipole/core'
import { f32, i32, interpreterDevice, ndArray } from '@epipole/graph'
import { expect, test } from 'vitest'
import { relu } from '../layers/activations.js'
import { linear } from '../layers/linear.js'
import { sequential } from '../layers/sequential.js'
import { crossEntropy } from '../losses/cross-entropy.js'
import { adagrad, adamW, muon, type Optimizer, rmsprop, sgd } from '../optimizers/index.js'
import { compileTraining } from '../train/compile-training.js'
import { trainingStep } from '../train/training-step.js'
import { print } from './fit.test-support.js'

/** Points in three noisy rings: class by distance from the middle. */
function rings(count: number, seed: number) {
  const random = randomStream(seed)
  const label = Int32Array.from({ length: count }, (_, i) => i % 3)
  const x = new Float32Array(2 * count)
  for (let i = 0; i < count; i++) {
    const [a, b] = [random.normal(), random.normal()]
    const radius = ((label[i] as number) + 1 + 0.2 * random.normal()) / Math.sqrt(a * a + b * b)
    x.set([a * radius, b * radius], 2 * i)
  }
  return { x, label }
}

/** Mean loss of the last tenth of so many steps; NaN where it was not finite. */
async function descend(optimizer: Optimizer, rate: number, { batch = 32, steps = 120, seed = 1 } = {}) {
  const training = trainingStep<{ x: ReturnType<typeof f32>; label: ReturnType<typeof i32> }>({
    net: sequential(linear(2, 16), relu, linear(16, 3)),
    loss: (apply, { x, label }) => crossEntropy(apply(x), label),
    optimizer,
    seed,
  })
  const step = await compileTraining(training, { x: f32(batch, 2), label: i32(batch) }, { device: interpreterDevice() })
  const tail: number[] = []
  for (let i = 0; i < steps; i++) {
    const { x, label } = rings(batch, 1000 * seed + i)
    const { loss } = await step.run({ x: ndArray(x, [batch, 2]), label: ndArray(label, [batch]) }, { rate })
    if (i >= 0.9 * steps) tail.push(loss as number)
  }
  return tail.reduce((a, b) => a + b, 0) / tail.length
}

test('final loss against the learning rate: each optimizer has its own range, too low and too high both hurt', async () => {
  const rates = [1e-4, 1e-3, 1e-2, 1e-1, 1, 10]
  const optimizers: Record<string, Optimizer> = {
    sgd: sgd({ momentum: 0.9 }),
    adagrad: adagrad(),
    rmsprop: rmsprop(),
    adamW: adamW(),
    muon: muon({ hidden: (_, { shape }) => shape[0] === 16 }),
  }
  const losses: Record<string, number[]> = {}
  for (const [name, optimizer] of Object.entries(optimizers)) {
    losses[name] = []
    for (const rate of rates) losses[name].push(await descend(optimizer, rate))
  }
  print(
    'Loss after 120 steps by the learning rate',
    ['rate', ...Object.keys(losses)],
    rates.map((rate, i) => [rate.toExponential(0), ...Object.values(losses).map((l) => l[i] as number)]),
  )
  const best: Record<string, number> = {}
  for (const [name, list] of Object.entries(losses)) {
    const least = Math.min(...list.filter(Number.isFinite))
    best[name] = rates[list.indexOf(least)] as number
    expect(least).toBeLessThan(0.5)
    expect(list[0]).toBeGreaterThan(2 * least)
    expect(!((list.at(-1) as number) <= 2 * least)).toBe(true)
  }
  // Rates do not carry over from one optimizer to another.
  expect(best.adagrad).toBeGreaterThanOrEqual(10 * (best.rmsprop as number))
  expect(losses.rmsprop[2]).toBeLessThan((losses.sgd[2] as number) / 2)
})

test('small against large batches: for equal examples small ones go further, for equal steps large ones', async () => {
  const examples = 3840
  const equalExamples: number[] = []
  const equalSteps: number[] = []
  const sizes = [8, 32, 128]
  for (const batch of sizes) {
    equalExamples.push(await descend(sgd(), 0.1, { batch, steps: examples / batch }))
    equalSteps.push(await descend(sgd(), 0.1 * (batch / 32), { batch, steps: 60 }))
  }
  print(
    'Loss by the size of a batch: after 3840 examples at one rate, and after 60 steps at a rate that grows with the batch',
    ['batch', 'equal examples', 'equal steps'],
    sizes.map((b, i) => [`${b}`, equalExamples[i] as number, equalSteps[i] as number]),
  )
  expect(equalExamples[0]).toBeLessThan(equalExamples[1] as number)
  expect(equalExamples[1]).toBeLessThan(equalExamples[2] as number)
  // With the rate scaled by the batch, equal steps of larger batches go further.
  expect(equalSteps[2]).toBeLessThan(equalSteps[0] as number)
})
