import { throwIfAborted } from '@epipole/core'
import { div, f32, i32, ndArray, sub, sum } from '@epipole/graph'
import { expect, test } from 'vitest'
import { flip } from '../augment/augment.js'
import { type BatchPayload, makeBatch as makeBatchHere } from '../data/make-batch.js'
import { relu } from '../layers/activations.js'
import type { Layer } from '../layers/layer.js'
import { linear } from '../layers/linear.js'
import { flatten } from '../layers/pooling.js'
import { sequential } from '../layers/sequential.js'
import { sgd } from '../optimizers/index.js'
import { cosine, linearRate, overBudget } from '../schedules/schedule.js'
import { memoryCheckpoints } from './checkpoint.js'
import { compileTraining } from './compile-training.js'
import { type ImageSpecs, type StepReport, type TrainOptions, train } from './train.js'
import { options } from './train.test-support.js'
import { trainingStep } from './training-step.js'

test('it learns, tells of each step, and keeps the best', async () => {
  const steps: number[] = []
  const checkpoints = memoryCheckpoints()
  const result = await train(
    options({ checkpoints, onStep: ({ step }) => steps.push(step), preparation: { augment: [{ ...flip(0) }] } }),
  )
  expect(result.ended).toBe('epochs')
  expect(steps).toEqual(Array.from({ length: 32 }, (_, i) => i))
  expect(result.losses).toHaveLength(32)
  expect(result.evaluation?.accuracy).toBeGreaterThan(0.9)
  expect(result.position.best?.score).toBeGreaterThanOrEqual(result.evaluation?.accuracy ?? 1)
  expect(await checkpoints.read('best')).toBeDefined()
})

test('stopped anywhere and continued, it goes the same way to the bit', async () => {
  const whole = await train(options({ averageDecay: 0.9 }))
  for (const stop of [1, 7, 8, 19]) {
    const checkpoints = memoryCheckpoints()
    const abort = new AbortController()
    const cut = train(
      options({
        averageDecay: 0.9,
        checkpoints,
        signal: abort.signal,
        onStep: ({ step }) => step + 1 === stop && abort.abort(),
      }),
    )
    await expect(cut).rejects.toMatchObject({ code: 'aborted' })
    const rest = await train(options({ averageDecay: 0.9, checkpoints }))
    expect(rest.losses).toEqual(whole.losses)
    expect(rest.state).toEqual(whole.state)
    expect(rest.position.best).toEqual(whole.position.best)
  }
})

test('batches gathered into a step move and tell like one large batch', async () => {
  const told: StepReport[][] = [[], []]
  const onStep = (list: StepReport[]) => (report: StepReport) => void list.push(report)
  const large = await train(options({ batchSize: 32, optimizer: sgd(), rate: 0.1, epochs: 2, onStep: onStep(told[0]) }))
  const gathered = await train(
    options({
      batchSize: 16,
      optimizer: sgd(),
      rate: 0.1,
      epochs: 2,
      accumulate: 2,
      onStep: onStep(told[1]),
    }),
  )
  expect(gathered.position.step).toBe(large.position.step)
  for (const [i, { loss, gradientNorm, metrics }] of told[0].entries()) {
    expect(told[1][i].loss).toBeCloseTo(loss, 5)
    expect(told[1][i].gradientNorm).toBeCloseTo(gradientNorm, 5)
    // Of all its images, not of the last batch's.
    expect(told[1][i].metrics.accuracy).toBeCloseTo(metrics.accuracy, 6)
  }
  const weights = ({ state }: typeof large) =>
    (state.params as unknown as Record<string, { weight: { data: Float32Array } }>)['1'].weight.data
  weights(gathered).forEach((w, i) => {
    expect(w).toBeCloseTo(weights(large)[i], 5)
  })
})

test('a loss that is not finite stops training, names the layer, and keeps the weights', async () => {
  let calls = 0
  const breaking: Layer = { kind: 'breaking', forward: (_, x) => div(x, sub(sum(x), sum(x))) }
  const checkpoints = memoryCheckpoints()
  const result = await train(
    options({
      checkpoints,
      net: sequential({ flat: flatten, first: linear(16, 8), bad: breaking, last: linear(8, 2) }),
      onStep: () => calls++,
    }),
  )
  expect(result.ended).toBe('not-finite')
  expect(result.reason).toContain('the output of layer bad (breaking) is the first that is not finite')
  expect(calls).toBe(0)
  const untouched = await train(
    options({ net: sequential({ flat: flatten, first: linear(16, 8), bad: relu, last: linear(8, 2) }), steps: 0 }),
  )
  expect(result.state.params).toEqual(untouched.state.params)
  expect(await checkpoints.read('last')).toBeDefined()
})

test('budgets, early stopping and refusals', async () => {
  expect((await train(options({ steps: 5 }))).position.step).toBe(5)
  let clock = 0
  expect((await train(options({ seconds: 1, now: () => (clock += 20) }))).ended).toBe('seconds')
  const early = await train(options({ rate: 0, patience: 2 }))
  expect([early.ended, early.position.step]).toEqual(['patience', 12])
  const { epochs: _, ...endless } = options()
  await expect(train(endless)).rejects.toThrow('give epochs, steps or seconds')
  await expect(train(options({ batchSize: 65 }))).rejects.toThrow('A batch of 65 needs 65 images')
})

test('a checkpoint of another model or other settings is refused by name', async () => {
  const checkpoints = memoryCheckpoints()
  await train(options({ checkpoints, epochs: 1 }))
  const other = sequential(flatten, linear(16, 9), relu, linear(9, 2))
  await expect(train(options({ checkpoints, net: other }))).rejects.toThrow('1.weight is [8,16], not [9,16]')
  await expect(train(options({ checkpoints, optimizer: sgd({ momentum: 0.9 }) }))).rejects.toThrow('another optimizer')
  await expect(train(options({ checkpoints, seed: 4 }))).rejects.toThrow('seed: 3, now 4')
})

test('a failed save leaves the checkpoint before', async () => {
  const kept = memoryCheckpoints()
  let room = 2
  const full = {
    read: kept.read,
    write: async (name: string, bytes: Uint8Array) => {
      if (room-- === 0) throw Object.assign(new Error('ENOSPC: no space left on device'))
      await kept.write(name, bytes)
    },
  }
  await expect(train(options({ checkpoints: full }))).rejects.toThrow('ENOSPC')
  const whole = await train(options())
  const rest = await train(options({ checkpoints: kept }))
  expect(rest.losses).toEqual(whole.losses)
})

test('a batch that is not finite leaves nothing behind in what is gathered', async () => {
  const { train: images, device, ...recipe } = options({ optimizer: sgd() })
  const specs = { image: f32(16, ...images.shape), label: i32(16) }
  const training = trainingStep<ImageSpecs>({ ...recipe, accumulate: true })
  const batch = (value: number) => ({
    image: ndArray(new Float32Array(256).fill(value), specs.image.shape),
    label: ndArray(new Int32Array(16), [16]),
  })
  const compiled = await compileTraining(training, specs, { device })
  await compiled.run(batch(Number.NaN), { rate: 0.1, share: 0.5, first: true, last: false })
  const after = await compiled.run(batch(0.5), { rate: 0.1, share: 1, first: true, last: true })
  expect(Number.isFinite(after.gradientNorm)).toBe(true)
  expect((await compiled.readState()).params).not.toEqual(training.start().params)
})

test('stopped within what is gathered for a step, or while validating, it goes the same way to the bit', async () => {
  const more = { accumulate: 3 }
  const accuracies = new Map<number, number>()
  const whole = await train(options({ ...more, onStep: ({ step, metrics }) => accuracies.set(step, metrics.accuracy) }))
  expect(whole.position.step).toBe(16) // epochs of four batches: three, then one
  // The batch maker's failure comes between batches, wherever a group stands; validation makes batches too.
  for (const stop of [2, 3, 6, 9, 10]) {
    const checkpoints = memoryCheckpoints()
    const abort = new AbortController()
    let made = 0
    const makeBatch = async (payload: BatchPayload) => {
      if (++made === stop) abort.abort()
      throwIfAborted(abort.signal)
      return makeBatchHere(payload)
    }
    const cut = train(options({ ...more, checkpoints, makeBatch, signal: abort.signal }))
    await expect(cut).rejects.toMatchObject({ code: 'aborted' })
    expect(await checkpoints.read('last')).toBeDefined()
    const onStep = ({ step, metrics }: StepReport) => expect(metrics.accuracy).toBe(accuracies.get(step))
    const rest = await train(options({ ...more, checkpoints, onStep }))
    expect(rest.losses).toEqual(whole.losses)
    expect(rest.state).toEqual(whole.state)
    expect(rest.position.validations).toEqual(whole.position.validations)
  }
})

test('a validation that was stopped is made up for, and nothing is trained again', async () => {
  const checkpoints = memoryCheckpoints()
  const abort = new AbortController()
  let scored = 0
  const score = async () => {
    if (++scored === 2) abort.abort()
    throwIfAborted(abort.signal)
    return scored
  }
  const cut = train(options({ checkpoints, score, signal: abort.signal }))
  await expect(cut).rejects.toMatchObject({ code: 'aborted' })
  const steps: number[] = []
  const validations: number[] = []
  await train(
    options({
      checkpoints,
      onStep: ({ step }) => steps.push(step),
      onValidation: ({ step }) => validations.push(step),
    }),
  )
  expect(steps[0]).toBe(8)
  expect(validations).toEqual([8, 12, 16, 20, 24, 28, 32])
})

test('a schedule over the budget ends with it, whichever it is', async () => {
  const rate = overBudget(linearRate(1e-3, 0, 10), 10)
  const rates = async (more: Partial<TrainOptions>) => [...(await train(options({ rate, ...more }))).rates]
  const expected = (n: number) => Float32Array.from({ length: n }, (_, i) => 1e-3 * (1 - i / n))
  expect(await rates({ epochs: 2 })).toEqual([...expected(8)])
  expect(await rates({ epochs: 8, steps: 5 })).toEqual([...expected(5)])
  let clock = 0
  const timed = await rates({ epochs: 100, seconds: 1, now: () => (clock += 10) })
  expect(timed.length).toBeLessThan(100)
  expect(timed.at(-1)).toBeLessThan(1e-4)
  expect(timed).toEqual(timed.toSorted((a, b) => b - a))
})

test('what a budget of seconds decided is kept: repeated by steps and rates, the run is the same to the bit', async () => {
  let clock = 0
  const more = { rate: overBudget(cosine(0.02, 10), 10), seconds: 1, now: () => (clock += 7) }
  const checkpoints = memoryCheckpoints()
  const cut = train(options({ ...more, seconds: 1, epochs: 100, checkpoints, score: stopAt(3) }))
  await expect(cut).rejects.toThrow('enough')
  const { position, rates, losses, state } = await train(options({ ...more, epochs: 100, checkpoints }))
  const again = await train(options({ epochs: 100, steps: position.step, rate: (step) => rates[step] }))
  expect(again.losses).toEqual(losses)
  expect(again.state).toEqual(state)
})

/** A score that breaks off at a validation, as a killed process does. */
function stopAt(validation: number): () => Promise<number> {
  let n = 0
  return async () => {
    if (++n === validation) throw new Error('enough')
    return n
  }
}

test('an ended training says again what it has come to, and validates no more', async () => {
  const checkpoints = memoryCheckpoints()
  const first = await train(options({ checkpoints, epochs: 2 }))
  const validations: number[] = []
  const again = await train(options({ checkpoints, epochs: 2, onValidation: ({ step }) => validations.push(step) }))
  expect(validations).toEqual([])
  expect(again.evaluation).toEqual(first.evaluation)
  expect(again.position.validations.map(({ step }) => step)).toEqual([4, 8])
  expect([again.losses, again.rates]).toEqual([first.losses, first.rates])
})
