import { randomStream } from '@epipole/core'
import { type NdArray, ndArray } from '@epipole/graph'
import { expect, test } from 'vitest'
import { leakyRelu, relu } from '../layers/activations.js'
import { batchNorm } from '../layers/batch-norm.js'
import type { LayerLike } from '../layers/layer.js'
import { linear } from '../layers/linear.js'
import { sequential } from '../layers/sequential.js'
import { adam } from '../optimizers/index.js'
import { run } from '../run.test-support.js'
import { fit, points, print } from './fit.test-support.js'

const random = randomStream(6)
const inputs = Array.from({ length: 64 }, () => [random.normal(), random.normal()])
const data = points(inputs, ([a, b]) => 3 * Math.abs(a) - b)
const WIDTH = 32

/** Share of units that answer all examples alike: nothing flows back through them. */
function dead(hidden: NdArray): number {
  const [count, width] = hidden.shape
  const answers = (j: number) => new Set(Array.from({ length: count }, (_, i) => hidden.data[i * width + j]))
  return Array.from({ length: width }, (_, j) => answers(j)).filter(({ size }) => size === 1).length / width
}

async function trained(activation: LayerLike, rate: number, norm = false) {
  const body = sequential(linear(2, WIDTH), ...(norm ? [batchNorm(WIDTH)] : []), activation)
  const net = sequential({ body, head: linear(WIDTH, 1) })
  const { losses, variables } = await fit(net, data, { optimizer: adam(), rate, steps: 200 })
  const inside = variables as unknown as { params: { body: never }; buffers: { body?: never } }
  const hidden = run(body, data.x, { variables: { params: inside.params.body, buffers: inside.buffers.body ?? {} } })
  return { dead: dead(hidden), loss: losses[199] }
}

test('dead ReLUs: a high rate silences units for good; a lower rate or a leak cures, batch norm does not', async () => {
  const rows: [string, { dead: number; loss: number }][] = [
    ['ReLU, rate 0.03', await trained(relu, 0.03)],
    ['ReLU, rate 2', await trained(relu, 2)],
    ['leaky ReLU 0.1, rate 2', await trained(leakyRelu(0.1), 2)],
    ['batch norm and ReLU, rate 2', await trained(relu, 2, true)],
  ]
  print(
    'Units that answer all examples alike, and the loss after 200 steps of Adam',
    ['setting', 'dead', 'loss'],
    rows.map(([name, { dead, loss }]) => [name, dead, loss]),
  )
  const [low, high, leaky] = rows.map(([, row]) => row)
  expect(high.dead).toBeGreaterThan(0.5)
  expect(low.dead).toBeLessThan(0.25)
  expect(leaky.dead).toBe(0)
  expect(high.loss).toBeGreaterThan(10 * low.loss)
  expect(high.loss).toBeGreaterThan(2 * leaky.loss)
  // The measure itself: one unit of two is silent.
  expect(dead(ndArray([1, 0, 2, 0], [2, 2]))).toBe(0.5)
})
