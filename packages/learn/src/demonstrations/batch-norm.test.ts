import { randomStream } from '@epipole/core'
import type { NdArray } from '@epipole/graph'
import { expect, test } from 'vitest'
import { normal } from '../initialisers/initialisers.js'
import { relu } from '../layers/activations.js'
import { batchNorm } from '../layers/batch-norm.js'
import { dropout } from '../layers/dropout.js'
import type { Layer, LayerLike } from '../layers/layer.js'
import { linear } from '../layers/linear.js'
import { sequential } from '../layers/sequential.js'
import { sgd } from '../optimizers/index.js'
import { run } from '../run.test-support.js'
import { fit, points, print, rmse } from './fit.test-support.js'

const random = randomStream(4)
const inputs = Array.from({ length: 128 }, () => [random.normal(), random.normal(), random.normal()])
const data = points(inputs, ([a, b, c]) => Math.sin(2 * a) + b * c)
const WIDTH = 24

type Order = 'none' | 'before' | 'after'
/** Three hidden layers with a batch norm before or behind each activation, weights drawn with a deviation. */
function net(order: Order, { std = 0.25, drop }: { std?: number; drop?: number } = {}): Layer {
  const hidden = (inputs: number): LayerLike[] => [
    linear(inputs, WIDTH, { initialise: normal(std) }),
    ...(order === 'before' ? [batchNorm(WIDTH), relu] : order === 'after' ? [relu, batchNorm(WIDTH)] : [relu]),
  ]
  const dropped = drop === undefined ? [] : [dropout(drop)]
  return sequential(...hidden(3), ...dropped, ...hidden(WIDTH), ...dropped, ...hidden(WIDTH), linear(WIDTH, 1))
}

async function result(model: Layer, rate: number, batch?: number): Promise<{ training: number; use: number }> {
  const { losses, variables } = await fit(model, data, { optimizer: sgd(), rate, steps: 200, batch })
  const last = losses.slice(-20)
  const use = rmse(run(model, data.x, { variables }), data.y) ** 2
  return { training: last.reduce((s, v) => s + v, 0) / last.length, use }
}

test('batch norm against a bad start, a high rate, tiny batches, and with dropout', async () => {
  const table: Record<string, Record<Order, { training: number; use: number }>> = {}
  const compare = async (name: string, options: Parameters<typeof net>[1], rate: number, batch?: number) => {
    table[name] = {
      none: await result(net('none', options), rate, batch),
      before: await result(net('before', options), rate, batch),
      after: await result(net('after', options), rate, batch),
    }
  }
  await compare('good start, rate 0.05', {}, 0.05)
  await compare('weights a tenth', { std: 0.025 }, 0.05)
  await compare('weights four times', { std: 1 }, 0.05)
  await compare('rate 0.2', {}, 0.2)
  await compare('batches of 2', {}, 0.02, 2)
  await compare('dropout 0.3', { drop: 0.3 }, 0.05)
  print(
    'Loss in training and in use (all of the data) after 200 steps; the variance of the data is about 1.5',
    ['setting', 'no norm', 'in use', 'norm, then ReLU', 'in use', 'ReLU, then norm', 'in use'],
    Object.entries(table).map(([name, { none, before, after }]) => [
      name,
      ...[none, before, after].flatMap(({ training, use }) => [training, use]),
    ]),
  )
  // A bad start and a high rate stop or slow the plain net; batch norm, before or behind the activation, does not mind.
  for (const name of ['weights a tenth', 'weights four times', 'rate 0.2']) {
    const { none, before, after } = table[name]
    expect(none.training, name).toBeGreaterThan(5 * before.training)
    expect(none.training, name).toBeGreaterThan(5 * after.training)
  }
  // Statistics of two examples are noise: there the plain net is better, in training and, by running statistics of that noise, in use.
  const tiny = table['batches of 2']
  for (const norm of [tiny.before, tiny.after]) {
    expect(norm.training).toBeGreaterThan(1.3 * tiny.none.training)
    expect(norm.use).toBeGreaterThan(1.3 * tiny.none.use)
  }
  // With dropout the norm still helps, but most of what it gains without is lost.
  const gain = (name: string, order: 'before' | 'after') => table[name].none.use / table[name][order].use
  for (const order of ['before', 'after'] as const) {
    expect(gain('dropout 0.3', order), order).toBeGreaterThan(1.2)
    expect(gain('dropout 0.3', order), order).toBeLessThan(gain('good start, rate 0.05', order) / 3)
  }
})

test('dropout shifts the variance that the next batch norm sees in use (Li et al. 2019)', async () => {
  const ratios: number[] = []
  for (const drop of [undefined, 0.3]) {
    const model = net('before', { drop })
    const { variables } = await fit(model, data, { optimizer: sgd(), rate: 0.02, steps: 150 })
    // The layers up to the second linear one, whose output the second norm takes.
    const second = drop === undefined ? 3 : 4
    const upTo = sequential(...Object.values(model.children ?? {}).slice(0, second + 1))
    const { data: values } = run(upTo, data.x, { variables })
    const variances = Array.from({ length: WIDTH }, (_, j) =>
      variance(Array.from({ length: 128 }, (_, i) => values[i * WIDTH + j])),
    )
    const { buffers } = variables as unknown as { buffers: Record<string, { running_var: NdArray }> }
    const running = buffers[`${second + 1}`].running_var.data
    ratios.push(variances.reduce((s, v) => s + v, 0) / Array.from(running).reduce((s, v) => s + v, 0))
  }
  print(
    'Variance in use over the running variance',
    ['dropout before the norm', 'ratio'],
    [
      ['none', ratios[0]],
      ['0.3', ratios[1]],
    ],
  )
  expect(Math.abs(ratios[0] - 1)).toBeLessThan(0.12)
  expect(ratios[1]).toBeLessThan(ratios[0] - 0.1)
})

function variance(values: readonly number[]): number {
  const centre = values.reduce((s, v) => s + v, 0) / values.length
  return values.reduce((s, v) => s + (v - centre) ** 2, 0) / values.length
}
