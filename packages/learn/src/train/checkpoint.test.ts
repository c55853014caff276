import { type f32, mean, type Tensor } from '@epipole/graph'
import { expect, test } from 'vitest'
import { relu } from '../layers/activations.js'
import { linear } from '../layers/linear.js'
import { sequential } from '../layers/sequential.js'
import { adam, type Optimizer, sgd } from '../optimizers/index.js'
import { weightsOf } from '../weights/load-weights.js'
import { readSafetensors, writeSafetensors } from '../weights/safetensors.js'
import { type Checkpoint, modelArrays, readCheckpoint, startPosition, writeCheckpoint } from './checkpoint.js'
import { trainingStep } from './training-step.js'

const net = sequential(linear(2, 3), relu, linear(3, 1))
const start = (more: { optimizer?: Optimizer; averageDecay?: number; accumulate?: boolean; net?: typeof net } = {}) =>
  trainingStep<{ x: ReturnType<typeof f32> }>({
    net,
    loss: (apply, { x }: { x: Tensor }) => mean(apply(x)),
    optimizer: adam(),
    ...more,
  }).start()

const checkpoint = (state = start()): Checkpoint => ({
  state,
  position: { ...startPosition(1, { batchSize: 4 }), step: 2, batches: 2 },
  losses: Float32Array.of(3, 2),
  rates: Float32Array.of(0.1, 0.05),
})

/** The file with other words in it. */
function changed(words: Record<string, string | undefined>): Uint8Array {
  const { tensors, metadata } = readSafetensors(writeCheckpoint(checkpoint()))
  const all = Object.entries({ ...metadata, ...words }).flatMap(([name, word]) =>
    word === undefined ? [] : [[name, word]],
  )
  return writeSafetensors(tensors, Object.fromEntries(all))
}

test('what is written is read', () => {
  const whole = checkpoint(start({ averageDecay: 0.9, accumulate: true }))
  expect(readCheckpoint(writeCheckpoint(whole), whole.state)).toEqual(whole)
})

test.each([['2'], [undefined]])('version %s is refused: what was found, what is known, what to do', (version) => {
  const read = () => readCheckpoint(changed({ version }), start(), 'last.safetensors')
  expect(read).toThrow(
    `last.safetensors is a checkpoint of version ${version ?? '(none)'}; this release of Epipole continues version 1. Continue it with`,
  )
  expect(read).toThrow(
    expect.objectContaining({ code: 'input', details: { file: 'last.safetensors', found: version, known: '1' } }),
  )
})

test('what is no checkpoint, or does not say where training stands, is an input error', () => {
  expect(() => readCheckpoint(changed({ format: 'pt' }), start(), 'a.safetensors')).toThrow(
    'a.safetensors holds weights, but no training to continue',
  )
  const { position } = checkpoint()
  const wrong = [
    ...['{"step":', 'null', '{"step": 3}'],
    ...[
      { step: 1.5 },
      { step: -1 },
      { step: 3 },
      { best: 7 },
      { validations: [null] },
      { plateau: {} },
      { seconds: 'a' },
    ].map((part) => JSON.stringify({ ...position, ...part })),
  ]
  for (const text of wrong)
    expect(() => readCheckpoint(changed({ position: text }), start()), text).toThrow(
      expect.objectContaining({
        code: 'input',
        message: expect.stringContaining('does not say where its training stands'),
      }),
    )
})

test.each([
  ['another optimizer keeps more', start(), start({ optimizer: sgd() }), 'optimizer/0.weight.mean is nothing this'],
  ['another optimizer keeps less', start({ optimizer: sgd() }), start(), 'optimizer/0.weight.mean is missing'],
  ['an average was kept', start({ averageDecay: 0.9 }), start(), 'average/0.weight is nothing this training keeps'],
  ['batches were gathered', start({ accumulate: true }), start(), 'gathered/0.weight is nothing this training keeps'],
])('%s: refused by name', (_, before, now, message) => {
  expect(() => readCheckpoint(writeCheckpoint(checkpoint(before)), now)).toThrow(message)
})

test('another model is told with the file', () => {
  const other = start({ net: sequential(linear(2, 4), relu, linear(4, 1)) })
  expect(() => readCheckpoint(writeCheckpoint(checkpoint()), other, 'last.safetensors')).toThrow(
    "The weights in last.safetensors are another model's: 0.weight is [3,2], not [4,2]",
  )
})

test('the weights of a checkpoint are those that were validated: averaged ones where they are kept', () => {
  const before = start({ averageDecay: 0.9 })
  const state = { ...before, average: start({ net }).params, params: trainedParams }
  const { tensors } = readSafetensors(writeCheckpoint(checkpoint(state)))
  expect(modelArrays(tensors)).toEqual(weightsOf({ params: before.params, buffers: {} }))
  const plain = readSafetensors(writeCheckpoint(checkpoint({ ...start(), params: trainedParams })))
  expect(modelArrays(plain.tensors)).toEqual(weightsOf({ params: trainedParams, buffers: {} }))
})
/** Others than at the start. */
const trainedParams = trainingStep<{ x: ReturnType<typeof f32> }>({
  net,
  loss: (apply, { x }: { x: Tensor }) => mean(apply(x)),
  optimizer: adam(),
  seed: 9,
}).start().params
