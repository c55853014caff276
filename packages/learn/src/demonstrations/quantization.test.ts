import { randomStream } from '@epipole/core'
import { f32, i32, ndArray, type Tensor } from '@epipole/graph'
import { nodeDevice } from '@epipole/graph/node'
import { expect, test } from 'vitest'
import type { Bound } from '../layers/bind.js'
import type { LayerLike, Variables } from '../layers/layer.js'
import { initialise } from '../layers/variables.js'
import { crossEntropy } from '../losses/cross-entropy.js'
import { mlp } from '../models/mlp.js'
import { adam } from '../optimizers/index.js'
import { quantized } from '../quantize/index.js'
import { run } from '../run.test-support.js'
import { compileTraining } from '../train/compile-training.js'
import { trainingStep } from '../train/training-step.js'
import { print } from './fit.test-support.js'

const COUNT = 300
const BITS = [8, 4, 3, 2] as const
/** Three arms of a spiral with noise. */
function spiral(seed: number) {
  const random = randomStream(seed)
  const labels = Array.from({ length: COUNT }, (_, i) => i % 3)
  const places = labels.flatMap((label, i) => {
    const radius = (i + 1) / COUNT
    const angle = 4 * radius + (2 * Math.PI * label) / 3 + 0.15 * random.normal()
    return [radius * Math.cos(angle), radius * Math.sin(angle)]
  })
  return { x: ndArray(places, [COUNT, 2]), labels, label: ndArray(labels, [COUNT], 'i32') }
}
const [training, validation] = [spiral(1), spiral(2)]

/** The numbers after further steps. */
async function steps(net: LayerLike, start: Variables, count: number, rate: number): Promise<Variables> {
  const device = nodeDevice({ worker: false })
  try {
    const step = trainingStep({
      net,
      optimizer: adam(),
      loss: (apply: Bound, given: { x: Tensor; label: Tensor }) => crossEntropy(apply(given.x), given.label),
    } as never)
    const specs = { x: f32(COUNT, 2), label: i32(COUNT) }
    const compiled = await compileTraining(step, specs as never, { device, state: { ...step.start(), ...start } })
    for (let i = 0; i < count; i++) await compiled.run({ x: training.x, label: training.label } as never, { rate })
    const { params, buffers } = await compiled.readState()
    await compiled.close()
    return { params, buffers }
  } finally {
    await device.close()
  }
}

function accuracy(net: LayerLike, variables: Variables): number {
  const { data } = run(net, validation.x, { variables })
  const right = validation.labels.filter((label, i) => {
    const row = [...data.slice(3 * i, 3 * i + 3)]
    return row.indexOf(Math.max(...row)) === label
  })
  return right.length / COUNT
}

/** Accuracy in floats, and at each number of bits, of a net that starts from a seed. */
async function results(seed: number) {
  const net = mlp([2, 16, 16, 3])
  const before = await steps(net, initialise(net, randomStream(seed)), 300, 0.02)
  const float = await steps(net, before, 300, 0.005)
  const rows: { after: number; aware: number }[] = []
  for (const bits of BITS) {
    const rewritten = quantized(net, { weightBits: bits, activationBits: bits })
    const { buffers } = initialise(rewritten, randomStream(seed))
    // Both have had the same number of steps that move; the last 300 of one went through the rounding.
    const ranges = await steps(rewritten, { params: float.params, buffers }, 1, 0)
    const aware = await steps(rewritten, { params: before.params, buffers }, 300, 0.005)
    rows.push({ after: accuracy(rewritten, ranges), aware: accuracy(rewritten, aware) })
  }
  return { float: accuracy(net, float), rows }
}

test('at 8 bits a net keeps its accuracy; at 4, training through the rounding beats rounding after training', async () => {
  const nets = [await results(5), await results(6), await results(7)]
  const mean = (of: (net: (typeof nets)[number]) => number) => nets.reduce((s, net) => s + of(net), 0) / nets.length
  const float = mean((net) => net.float)
  const table = BITS.map((bits, i) => ({
    bits,
    after: mean(({ rows }) => rows[i].after),
    aware: mean(({ rows }) => rows[i].aware),
  }))
  print(
    `Share of points of other spirals that are told right, mean of three nets; ${float.toFixed(3)} in floats`,
    ['bits of weights and activations', 'rounded after training', 'trained through rounding'],
    table.map(({ bits, after, aware }) => [`${bits}`, after, aware]),
  )
  const [eight, four] = table
  expect(float).toBeGreaterThan(0.9)
  expect(eight.aware).toBeGreaterThan(float - 0.01)
  expect(four.aware).toBeGreaterThan(four.after + 0.05)
})
