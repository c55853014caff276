import { f32, interpreterDevice, type NdArray, ndArray, type Tree } from '@epipole/graph'
import { nodeDevice } from '@epipole/graph/node'
import { afterAll, describe, expect, test } from 'vitest'
import { tanh } from '../layers/activations.js'
import { linear } from '../layers/linear.js'
import { sequential } from '../layers/sequential.js'
import { meanSquaredError } from '../losses/regression.js'
import { adam, sgd } from '../optimizers/index.js'
import { compileTraining } from './compile-training.js'
import { type TrainingStepOptions, trainingStep } from './training-step.js'

type Specs = { readonly x: ReturnType<typeof f32>; readonly y: ReturnType<typeof f32> }
type Settings = Omit<TrainingStepOptions<Specs>, 'net' | 'loss'> & { readonly rate: number; readonly parts?: number }

/**
 * torch 1.13, in f64: what a training step adds to the optimizer. Losses (of the last part) at steps 2, 5 and 50, then
 * w1[3, 2], b1[1], w2[0, 1] and their moving average of w2[0, 1] at the end.
 *
 * ```python
 * n = lambda *s, k: torch.sin(torch.arange(1, 1 + math.prod(s)) * k).reshape(*s)
 * w1, b1, w2, b2 = n(4, 3, k=0.9) * 0.5, zeros(4), n(2, 4, k=1.7) * 0.5, zeros(2); x, y = n(8, 3, k=1.3), n(8, 2, k=0.7)
 * # each step, for each part r of the rows (`parts` of equal size):
 * loss = ((torch.tanh(x[r] @ w1.T + b1) @ w2.T + b2 - y[r]) ** 2).mean()
 * loss = loss + l1 * (w1.abs().sum() + w2.abs().sum()) + l2 / 2 * ((w1 ** 2).sum() + (w2 ** 2).sum()); (loss / parts).backward()
 * # then
 * torch.nn.utils.clip_grad_norm_(P, norm); o.step(); average.mul_(decay).add_(p, alpha=1 - decay)
 * ```
 */
const CASES: Record<string, [Settings, number[]]> = {
  l1: [
    { optimizer: sgd(), rate: 0.0625, penalty: { l1: 0.01 } },
    [
      0.6172323913007522, 0.5990889669609498, 0.5475552495067165, -0.3992887121896911, -0.10467119272511496,
      -0.17201853228055583,
    ],
  ],
  l2: [
    { optimizer: sgd(), rate: 0.0625, penalty: { l2: 0.05 } },
    [
      0.615531895510272, 0.5953729732762684, 0.5390621582692444, -0.3683389315333699, -0.09902558110970085,
      -0.18122580356133788,
    ],
  ],
  'moving average': [
    { optimizer: sgd({ momentum: 0.9 }), rate: 0.0625, averageDecay: 0.9 },
    [
      0.5495100786113494, 0.5110343669974573, 0.17294205982976327, -0.4243921420674023, -0.7065629542402415,
      -0.19495781132211631, -0.18816006736384766,
    ],
  ],
  'gathered from two': [
    { optimizer: sgd({ momentum: 0.9 }), rate: 0.0625, accumulate: true, parts: 2 },
    [
      0.441444127495756, 0.42217831669896444, 0.1130392178435835, -0.4243921420674022, -0.7065629542402415,
      -0.19495781132211634,
    ],
  ],
  'all together': [
    {
      ...{ optimizer: adam(), rate: 0.03125, penalty: { l1: 0.01, l2: 0.02 }, averageDecay: 0.8 },
      ...{ accumulate: true, parts: 4, clip: { norm: 0.25 } },
    },
    [
      0.4533461382517795, 0.427690300828285, 0.20687006185725845, -0.6995586198163495, -0.6343613956466504,
      -0.021539547022210025, -0.018530123837520864,
    ],
  ],
}

const runtime = nodeDevice({ worker: false })
afterAll(() => runtime.close())

async function descend({ rate, parts = 1, ...options }: Settings, steps: number, device = runtime, exact = false) {
  const store = (values: Float64Array) => (exact ? values : Float32Array.from(values))
  const sines = (shape: number[], k: number, scale = 1): NdArray => {
    const data = Float64Array.from({ length: shape[0] * shape[1] }, (_, i) => scale * Math.sin((i + 1) * k))
    return { dtype: 'f32', shape, data: store(data) }
  }
  const net = sequential(linear(3, 4), tanh, linear(4, 2))
  const training = trainingStep<Specs>({ ...options, net, loss: (apply, { x, y }) => meanSquaredError(apply(x), y) })
  const params = {
    0: { weight: sines([4, 3], 0.9, 0.5), bias: ndArray([0, 0, 0, 0], [4], 'f32') },
    2: { weight: sines([2, 4], 1.7, 0.5), bias: ndArray([0, 0], [2], 'f32') },
  }
  const rows = 8 / parts
  const step = await compileTraining(training, { x: f32(rows, 3), y: f32(rows, 2) }, { device })
  const start = training.start()
  await step.writeState({ ...start, params, ...(start.average && { average: params }) } as never, 0)
  const [x, y] = [sines([8, 3], 1.3), sines([8, 2], 0.7)]
  const part = ({ shape, data, dtype }: NdArray, k: number): NdArray => {
    const n = rows * shape[1]
    return { dtype, shape: [rows, shape[1]], data: data.slice(k * n, (k + 1) * n) }
  }
  const losses: number[] = []
  for (let i = 0; i < steps; i++) {
    for (let k = 0; k < parts; k++) {
      const place = { share: 1 / parts, first: k === 0, last: k + 1 === parts }
      const { loss } = await step.run({ x: part(x, k), y: part(y, k) }, { rate, ...place })
      if (place.last) losses.push(loss)
    }
  }
  const state = await step.readState()
  await step.close()
  const at = (tree: Tree<NdArray>, layer: string, name: string, i: number) =>
    ((tree as never)[layer] as Record<string, NdArray>)[name].data[i]
  return [
    ...[losses[1], losses[4], losses[steps - 1], at(state.params, '0', 'weight', 11), at(state.params, '0', 'bias', 1)],
    ...[at(state.params, '2', 'weight', 1), state.average ? at(state.average, '2', 'weight', 1) : 0],
  ]
}

describe('training steps are those of PyTorch', () => {
  test.each(Object.entries(CASES))('%s, 50 steps in f64', async (_, [settings, wanted]) => {
    const got = await descend(settings, 50, interpreterDevice({ precision: 'f64' }), true)
    wanted.forEach((v, i) => {
      expect(Math.abs(got[i] - v), `number ${i}`).toBeLessThan(1e-9)
    })
  })
  test.each(Object.entries(CASES))('%s, 5 steps in f32 on ONNX Runtime', async (_, [settings]) => {
    const exact = await descend(settings, 5, interpreterDevice({ precision: 'f64' }), true)
    const got = await descend(settings, 5)
    got.forEach((v, i) => {
      expect(Math.abs(v - exact[i]), `number ${i}`).toBeLessThan(1e-4)
    })
  })
})
