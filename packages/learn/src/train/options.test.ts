import {
  constant,
  f32,
  interpreterDevice,
  isNdArray,
  leavesOf,
  mean,
  ndArray,
  oneHot,
  scalarArray,
  stopGradient,
  type Tensor,
} from '@epipole/graph'
import { expect, test } from 'vitest'
import { arrayImages, subset } from '../data/array-images.js'
import { ones, zeros } from '../initialisers/initialisers.js'
import type { Bound } from '../layers/bind.js'
import { conv2d, convTranspose2d } from '../layers/convolution.js'
import type { Layer, LayerLike } from '../layers/layer.js'
import { linear } from '../layers/linear.js'
import { flatten } from '../layers/pooling.js'
import { sequential } from '../layers/sequential.js'
import { crossEntropy } from '../losses/cross-entropy.js'
import { meanSquaredError } from '../losses/regression.js'
import { adamW, initOptimizer, parameterGroups, sgd } from '../optimizers/index.js'
import { batchRamp } from '../schedules/batch-ramp.js'
import { weightsOf } from '../weights/load-weights.js'
import { memoryCheckpoints } from './checkpoint.js'
import { compileTraining } from './compile-training.js'
import { rangeTest } from './range-test.js'
import { type TrainOptions, train } from './train.js'
import { options, sides } from './train.test-support.js'
import { trainingStep, variablesInUse } from './training-step.js'

test('training starts from weights that are given, and refuses those of another model', async () => {
  const first = await train(options({ epochs: 2 }))
  const weights = variablesInUse(first.state)
  const idle = await train(options({ weights, seed: 8, steps: 0 }))
  expect(weightsOf(idle.state)).toEqual(weightsOf(weights))
  // f64, as numpy writes them, is rounded.
  const [path, value] = leavesOf(weights.params, isNdArray)[0]
  const doubles = {
    1: { weight: ndArray(Float64Array.from(value.data), value.shape), bias: leafOf(weights, '1.bias') },
  }
  const wide = { ...weights, params: { ...(weights.params as object), ...doubles } }
  const rounded = await train(options({ weights: wide as never, steps: 0 }))
  expect([path, leafOf(rounded.state, '1.weight')]).toEqual(['1.weight', value])
  const other = sequential(flatten, linear(16, 2))
  await expect(train(options({ net: other, weights, steps: 0 }))).rejects.toThrow(
    "another model's: unknown 3.weight, 3.bias; 1.weight is [8,16], not [2,16]",
  )
})
const leafOf = (variables: Parameters<typeof weightsOf>[0], name: string) => weightsOf(variables).get(name)

test('a moving average is what is scored and used', async () => {
  const seen: unknown[] = []
  const score = async (variables: unknown) => seen.push(variables)
  const { state } = await train(options({ averageDecay: 0.5, epochs: 1, score }))
  expect(seen).toEqual([{ params: state.average, buffers: state.buffers }])
  expect(variablesInUse(state).params).toEqual(state.average)
  expect(state.average).not.toEqual(state.params)
})

test('a ramp multiplies the batches of a step, and the rate with them', async () => {
  const { position, rates } = await train(
    options({ rate: 0.01, accumulate: 2, ramp: batchRamp([1, 2]), batchSize: 4, epochs: 1, optimizer: sgd() }),
  )
  // 16 batches of 4: steps of 2, 4, 8, and the 2 that are left.
  expect([position.step, position.batches]).toEqual([4, 16])
  expect([...rates]).toEqual([0.01, 0.02, 0.04, 0.04].map(Math.fround))
})

test('a rate that is no number from 0 is refused before anything moves, also past the end of recorded rates', async () => {
  const recorded = [0.01, 0.02]
  const checkpoints = memoryCheckpoints()
  const steps: number[] = []
  const cut = train(
    options({ checkpoints, saveEvery: 0, rate: (step) => recorded[step], onStep: ({ step }) => steps.push(step) }),
  )
  await expect(cut).rejects.toThrow('The rate of batch 3 is NaN: a finite number from 0 is wanted, also past the end')
  expect(steps).toEqual([0, 1])
  for (const rate of [-0.1, Number.POSITIVE_INFINITY])
    await expect(train(options({ rate }))).rejects.toMatchObject({ code: 'usage', details: { rate } })
})

test('labels that the model does not know stop training and are named as the reason', async () => {
  const three = arrayImages({
    pixels: sides(64, 1).pixels,
    labels: Array.from({ length: 64 }, (_, i) => i % 3),
    shape: [1, 4, 4],
  })
  const result = await train(options({ train: three }))
  expect([result.ended, result.position.step]).toEqual(['not-finite', 0])
  expect(result.reason).toContain('look at the loss function, and for labels that are no class of the model')
})

const all = sides(64, 1)
test.each<[string, Partial<TrainOptions>, string]>([
  ['nothing to move it', { optimizer: undefined }, 'Training needs optimizer, as in adam().'],
  [
    'neither a net nor a rate',
    { net: {} as never, rate: '0.1' as never },
    'Training needs net (a layer); rate (a number',
  ],
  ['an optimizer that was not called', { optimizer: sgd as never }, 'no rule for 1.weight: call it, as in adam()'],
  ['a loss that gives nothing', { loss: (() => undefined) as never }, 'The loss function gives no tensor'],
  ['a bound of nothing', { clip: 1 as never }, '"clip" is 1: say of what, { norm: 1 }'],
  ['a penalty of nothing', { penalty: 0.1 as never }, '"penalty" is 0.1: say of what, { l2: 0.1 }'],
  ['a seed that is no number', { seed: 'a' as never }, 'The seed is a: a number is wanted'],
  ['one class', { train: subset(all, [0, 2, 4, 6]), batchSize: 4 }, 'All training images are of one class (0)'],
  [
    'validation images of another size',
    { validation: arrayImages({ pixels: new Uint8Array(4), labels: [0, 1], shape: [1, 1, 2] }) },
    'Validation images are 1 × 1 × 2, training images 1 × 4 × 4',
  ],
  [
    'validation images of other classes',
    { validation: { ...sides(32, 2), classes: ['0', 'right'] } },
    'Class 1 is 1 of the training images, but right of the validation images',
  ],
  [
    'a preparation for other channels',
    { preparation: { mean: [0.5, 0.5, 0.5] } },
    'mean is [0.5, 0.5, 0.5]: 1 numbers',
  ],
  ['a deviation of 0', { preparation: { std: [0] } }, 'std is [0]: 1 numbers are wanted, above 0'],
  [
    'a preparation for another size',
    { preparation: { shape: [1, 8, 8] } },
    'The images are 1 × 4 × 4, the preparation',
  ],
  ['patience without a look', { patience: 2, evaluateOnce: true }, 'leave out `evaluateOnce`'],
  ['patience without images', { patience: 2, validation: undefined }, 'need validation images, or a score'],
  ['diagnosis without images', { diagnose: true, validation: undefined }, 'need validation images, or a score'],
  ['no patience at all', { patience: 0 }, 'A patience of 0 validations: give a number from 1'],
  ['a step of no batches', { accumulate: 0 }, 'A step of 0 batches'],
  ['a step of batches, not how many', { accumulate: true as never }, 'A step of true batches'],
  ['a ramp to nothing', { ramp: { batches: () => 0, scale: () => 1 } }, 'A step of 0 batches, by the ramp at step 0'],
  ['a memory of 1', { averageDecay: 1 }, 'averageDecay is 1: a number from 0 to below 1'],
  ['a penalty below 0', { penalty: { l1: -1 } }, 'penalty.l1 is -1'],
  ['a norm below 0', { clip: { norm: -1 } }, 'norm is -1'],
  [
    'a group of nothing',
    { optimizer: parameterGroups([{ where: /biass/, optimizer: sgd() }]) },
    '/biass/ takes no parameter',
  ],
  ['a score that is no number', { score: async () => Number.NaN }, 'The score is NaN'],
  [
    'a metric that is no scalar',
    {
      loss: (apply, { image, label }) => ({
        loss: crossEntropy(apply(image), label),
        logits: stopGradient(apply(image)),
      }),
    },
    '"logits", told besides the loss, is no scalar',
  ],
  [
    'a metric with a name that is taken',
    {
      loss: (apply, { image, label }) => ({
        loss: crossEntropy(apply(image), label),
        gradientNorm: crossEntropy(apply(image), label),
      }),
    },
    '"gradientNorm" is told of every step',
  ],
])('%s: refused', async (_, more, message) => {
  await expect(train(options({ epochs: 1, ...more }))).rejects.toThrow(message)
})

test('a run goes on with as many images and batches as it began with, or says what changed', async () => {
  const checkpoints = memoryCheckpoints()
  await train(options({ checkpoints, epochs: 1, accumulate: 2 }))
  await expect(train(options({ checkpoints, train: sides(48, 1), accumulate: 3 }))).rejects.toThrow(
    'accumulate: 2, now 3; images: 64, now 48',
  )
})

test('a range test finds rates between which training works, and leaves off where it breaks', async () => {
  const loss: TrainOptions['loss'] = (apply, { image, label }) => meanSquaredError(apply(image), oneHot(label, 2))
  const recipe = { ...options({ loss, optimizer: sgd(), batchSize: 32 }), from: 1e-4, to: 1e3, steps: 60 }
  const { rates, losses, steepest, divergesAt } = await rangeTest(recipe)
  expect(rates[0]).toBeCloseTo(1e-4, 12)
  expect(rates.length).toBe(losses.length)
  expect(rates.length).toBeLessThan(60)
  expect(divergesAt).toBe(rates.at(-1))
  // The first losses fall by luck alone.
  expect(steepest).toBeGreaterThan(0.02)
  expect(steepest).toBeLessThan(0.5)
  // Between the two it learns, above it does not.
  const scored = async (rate: number) => (await train({ ...recipe, rate })).evaluation?.accuracy ?? 0
  expect(await scored(steepest as number)).toBeGreaterThan(0.9)
  const abort = new AbortController()
  abort.abort()
  await expect(rangeTest({ ...recipe, signal: abort.signal })).rejects.toMatchObject({ code: 'aborted' })
})

test('a parameter that has no part in the loss stays, as in PyTorch, whatever decays; a loss without any is refused', async () => {
  const idle: Layer = {
    kind: 'idle',
    params: { idle: { shape: [2], initialise: ones } },
    children: { head: linear(16, 2) },
    forward: ({ parts }, x) => parts.head(x),
  }
  const net = sequential({ flat: flatten, body: idle })
  const { state } = await train(options({ net, optimizer: adamW({ decay: 0.5 }), steps: 3 }))
  expect(leafOf(state, 'body.idle')?.data).toEqual(Float32Array.of(1, 1))
  const blind: TrainOptions['loss'] = (_, { image }) => mean(image)
  await expect(train(options({ loss: blind }))).rejects.toThrow('No parameter moves: ')
})

/** A layer that gives its features on, and of its buffer `seen` what it is told. */
const telling = (buffers: Record<string, Tensor>): Layer => ({
  kind: 'telling',
  buffers: { seen: { shape: [16], initialise: zeros } },
  forward: (_, x) => ({ output: x, buffers }),
})
const withLayer = (layer: LayerLike) => options({ net: sequential({ flatten, layer, head: linear(16, 2) }) })
const scalar = () => constant(scalarArray(1))

test.each<[name: string, wrong: () => TrainOptions, message: string]>([
  [
    'an optimizer that changes the shape',
    () => options({ optimizer: () => ({ init: () => ({}), update: () => ({ value: scalar(), slots: {} }) }) }),
    '"1.weight" changes from f32[8,16] to f32[]',
  ],
  [
    'a batch by other names',
    () => options({ loss: ((apply: never, { x }: never) => (apply as Bound)(x)) as never }),
    'The model is applied to undefined',
  ],
  [
    'labels by another name',
    () => options({ loss: ((apply: Bound, { image, y }: never) => crossEntropy(apply(image), y)) as never }),
    'crossEntropy takes tensors, not object and undefined',
  ],
  [
    'a layer that returns nothing',
    () => withLayer((() => undefined) as never),
    'The layer "layer" (function) returns undefined: a tensor is wanted',
  ],
  ['a buffer of another shape', () => withLayer(telling({ seen: scalar() })), 'seen" changes from f32[16] to f32[]'],
  [
    'a buffer not declared',
    () => withLayer(telling({ saw: scalar() })),
    '"layer.saw" is changed, but was not declared',
  ],
])('%s is refused', async (_, wrong, message) => {
  await expect(train(wrong())).rejects.toMatchObject({ code: 'usage', message: expect.stringContaining(message) })
})

test('pixels that are no bytes, a kernel without its name and a step without an optimizer are refused', () => {
  expect(() => initOptimizer(undefined as never, {})).toThrow('An optimizer is wanted, not undefined')
  const pixels = Float32Array.of(0.1, 0.9)
  expect(() => arrayImages({ pixels: Uint8Array.of(0, 1), labels: [0, 1], shape: [1, 1] as never })).toThrow(
    'Images of 1 × 1: channels, height and width',
  )
  expect(() => arrayImages({ pixels: pixels as never, labels: [0, 1], shape: [1, 1, 1] })).toThrow('Pixels are bytes')
  expect(() => conv2d(3, 8, 3 as never)).toThrow('as in { kernel: 3 }')
  expect(() => convTranspose2d(3, 8, undefined as never)).toThrow('A kernel of undefined')
})

test('a step without a rate says so', async () => {
  const training = trainingStep({ net: linear(2, 1), loss: (apply, { x }) => mean(apply(x)), optimizer: sgd() })
  const step = await compileTraining(training, { x: f32(1, 2) }, { device: interpreterDevice() })
  await expect(step.run({ x: ndArray([1, 2], [1, 2]) }, undefined as never)).rejects.toThrow('The rate of batch 1 is')
  const without = compileTraining(training, { x: f32(1, 2) }, { device: undefined as never })
  await expect(without).rejects.toThrow('A device is wanted, not undefined')
})
