import {
  add,
  compileStep,
  type Device,
  f32,
  f64,
  gradients,
  interpreterDevice,
  isTensor,
  leavesOf,
  matmul,
  mean,
  mul,
  type NdArray,
  ndArray,
  sub,
  type Tensor,
  tanh,
} from '@epipole/graph'
import { nodeDevice } from '@epipole/graph/node'
import { describe, expect, test } from 'vitest'
import { clipByNorm, clipByValue, type Gradients } from './gradients.js'
import {
  adadelta,
  adagrad,
  adam,
  adamW,
  applyOptimizer,
  initOptimizer,
  muon,
  type Optimizer,
  parameterGroups,
  rmsprop,
  scaleRate,
  sgd,
} from './index.js'
import { TORCH } from './oracle.test-support.js'

type Dtype = 'f32' | 'f64'
const sines = (shape: number[], k: number, dtype: Dtype, scale = 1): NdArray =>
  ndArray(
    Array.from({ length: shape[0] * shape[1] }, (_, i) => scale * Math.sin((i + 1) * k)),
    shape,
    dtype,
  )

interface Run {
  optimizer: Optimizer
  rate: number
  steps?: number
  dtype?: Dtype
  clip?: (g: Gradients) => Gradients
  device?: Device
}

/** The little network of the oracle; losses of all steps and the parameters at the end. */
async function descend({
  optimizer,
  rate,
  steps = 50,
  dtype = 'f64',
  clip = (g) => g,
  device = interpreterDevice(),
}: Run) {
  const params = {
    w1: sines([3, 4], 0.9, dtype, 0.5),
    b1: ndArray([0, 0, 0, 0], [4], dtype),
    w2: sines([4, 2], 1.7, dtype, 0.5),
  }
  const spec = dtype === 'f64' ? f64 : f32
  type P = { w1: Tensor; b1: Tensor; w2: Tensor }
  const step = await compileStep(
    (({ net, optim }: { net: P; optim: never }, { x, y, rate }: { x: Tensor; y: Tensor; rate: Tensor }) => {
      const error = sub(matmul(tanh(add(matmul(x, net.w1), net.b1)), net.w2), y)
      const loss = mean(mul(error, error))
      const leaves = leavesOf<Tensor>(net as never, isTensor)
      const parts = gradients(
        loss,
        leaves.map(([, t]) => t),
      )
      const update = applyOptimizer(
        optimizer,
        net as never,
        clip(new Map(leaves.map(([p], i) => [p, parts[i]]))),
        optim,
        rate,
      )
      return { state: { net: update.params, optim: update.state }, outputs: { loss } }
    }) as never,
    {
      state: { net: params, optim: initOptimizer(optimizer, params) } as never,
      feeds: { x: spec(8, 3), y: spec(8, 2), rate: spec() } as never,
      device,
    },
  )
  const feeds = { x: sines([8, 3], 1.3, dtype), y: sines([8, 2], 0.7, dtype), rate: ndArray([rate], [], dtype) }
  const losses: number[] = []
  for (let i = 0; i < steps; i++)
    losses.push(((await step.run(feeds as never)) as unknown as { loss: NdArray }).loss.data[0])
  const { net } = (await step.readState()) as unknown as { net: Record<string, NdArray> }
  return {
    losses,
    net,
    numbers: [losses[1], losses[4], losses[steps - 1], net.w1.data[11], net.b1.data[1], net.w2.data[1]],
  }
}

const CASES: Record<keyof typeof TORCH, [Optimizer, number]> = {
  sgd: [sgd(), 0.1],
  momentum: [sgd({ momentum: 0.9, decay: 0.01 }), 0.05],
  nesterov: [sgd({ momentum: 0.9, nesterov: true }), 0.05],
  adagrad: [adagrad({ decay: 0.01 }), 0.1],
  adadelta: [adadelta({ decay: 0.01 }), 1],
  rmsprop: [rmsprop({ decay: 0.01 }), 0.01],
  rmspropMomentum: [rmsprop({ momentum: 0.9 }), 0.01],
  adam: [adam({ decay: 0.01 }), 0.02],
  adamW: [adamW({ decay: 0.1 }), 0.02],
  muon: [muon({ decay: 0.1 }), 0.02],
}

describe('50 steps in f64 are those of PyTorch', () => {
  test.each(Object.entries(CASES))('%s', async (name, [optimizer, rate]) => {
    const { numbers } = await descend({ optimizer, rate })
    const wanted = TORCH[name as keyof typeof TORCH]
    numbers.forEach((v, i) => {
      expect(Math.abs(v - wanted[i])).toBeLessThan(1e-9)
    })
  })
})

test('5 steps in f32, interpreted and on ONNX Runtime, follow those in f64', async () => {
  const runtime = nodeDevice({ worker: false })
  for (const [optimizer, rate] of Object.values(CASES)) {
    const double = await descend({ optimizer, rate, steps: 5 })
    for (const device of [interpreterDevice(), runtime]) {
      const single = await descend({ optimizer, rate, dtype: 'f32', steps: 5, device })
      single.numbers.forEach((v, i) => {
        expect(Math.abs(v - double.numbers[i])).toBeLessThan(1e-4)
      })
    }
  }
  await runtime.close()
})

// torch.nn.utils.clip_grad_norm_(parameters, 0.05) and clip_grad_value_(parameters, 0.05) before SGD(lr=0.1), else as above.
test('clipped gradients move as in PyTorch', async () => {
  const byNorm = await descend({ optimizer: sgd(), rate: 0.1, clip: (g) => clipByNorm(g, 0.05) })
  const byValue = await descend({ optimizer: sgd(), rate: 0.1, clip: (g) => clipByValue(g, 0.05) })
  const wanted = [
    [
      0.5431612904360765, 0.541121474331743, 0.52037719467141, -0.5076736670722984, -0.029814526401005355,
      -0.1739303005520027,
    ],
    [
      0.5419587246747419, 0.5372336041379248, 0.5115610417020975, -0.5134921004165552, -0.04310374604138015,
      -0.19161561203926913,
    ],
  ]
  ;[byNorm, byValue].forEach(({ numbers }, k) => {
    numbers.forEach((v, i) => {
      expect(Math.abs(v - wanted[k][i])).toBeLessThan(1e-9)
    })
  })
})

test('groups: the first that takes a parameter moves it, a frozen one stays, rates scale', async () => {
  const groups = parameterGroups([
    { where: /^b/, optimizer: undefined },
    { where: (p) => p === 'w1', optimizer: scaleRate(sgd(), 0) },
    { optimizer: sgd() },
  ])
  const { net } = await descend({ optimizer: groups, rate: 0.1, steps: 3 })
  expect([...net.b1.data]).toEqual([0, 0, 0, 0])
  expect(net.w1).toEqual(sines([3, 4], 0.9, 'f64', 0.5))
  expect(net.w2).not.toEqual(sines([4, 2], 1.7, 'f64', 0.5))
})

test('patterns choose whatever their flags, and a group that takes nothing is refused with what there is', () => {
  const params = { w1: ndArray([1, 2], [1, 2]), b1: ndArray([0], [1]), b2: ndArray([0], [1]) }
  const moving = (optimizer: Optimizer) => Object.keys(initOptimizer(optimizer, params))
  const momentum = sgd({ momentum: 0.9 })
  // A global pattern remembers where it found something.
  for (const where of [/^b/, /^b/g, /^b/y])
    expect(moving(parameterGroups([{ where, optimizer: momentum }])), `${where}`).toEqual(['b1', 'b2'])
  const typo = (where: RegExp) =>
    parameterGroups([
      { where: /^b/, optimizer: sgd() },
      { where, optimizer: momentum },
    ])
  expect(() => moving(typo(/bias/))).toThrow(
    'The parameter group /bias/ takes no parameter: none of that name is left by the groups before it. There are w1, b1, b2.',
  )
  expect(() => moving(typo(/b2/))).toThrow('/b2/ takes no parameter')
  expect(() => moving(scaleRate(typo(/b2/), 2))).toThrow('/b2/ takes no parameter')
  expect(() => moving(parameterGroups([{ optimizer: typo(/w2/) }]))).toThrow('/w2/ takes no parameter')
  // A rule may find nothing, and what is left may be nothing.
  const rest = [
    { where: () => false, optimizer: momentum },
    { where: /1|2/, optimizer: momentum },
    { optimizer: sgd() },
  ]
  expect(moving(parameterGroups(rest))).toEqual(['w1', 'b1', 'b2'])
})

test('Muon moves matrices; single rows and columns, vectors and what is not hidden move by AdamW', () => {
  const zeros = (...shape: number[]) => ndArray(new Float32Array(shape.reduce((a, b) => a * b, 1)), shape)
  const params = {
    ...{ hidden: zeros(3, 4), kernel: zeros(2, 1, 3, 3), head: zeros(2, 3), bias: zeros(3) },
    ...{ token: zeros(1, 1, 4), positions: zeros(1, 5, 4), output: zeros(4, 1) },
  }
  const state = initOptimizer(muon({ hidden: (path, { shape }) => path !== 'head' && shape[0] > 1 }), params)
  const byMuon = (s: typeof state) => Object.keys(s).filter((path) => 'momentum' in s[path])
  expect(byMuon(state)).toEqual(['hidden', 'kernel', 'output'])
  expect(byMuon(initOptimizer(muon(), params))).toEqual(['hidden', 'kernel', 'head'])
})

test.each([
  [() => sgd({ momentum: 1 }), 'momentum is 1: a number from 0 to below 1 is wanted.'],
  [() => sgd({ nesterov: true }), 'Nesterov looks ahead along the momentum, and there is none'],
  [() => adam({ betas: [0.9, 1] }), 'betas[1] is 1: a number from 0 to below 1'],
  [() => adamW({ betas: [-0.1, 0.9] }), 'betas[0] is -0.1'],
  [() => adamW({ decay: Number.NaN }), 'decay is NaN'],
  [() => adamW({ epsilon: -1 }), 'epsilon is -1: a number from 0 is wanted'],
  [() => rmsprop({ alpha: 1 }), 'alpha is 1'],
  [() => adadelta({ rho: 1 }), 'rho is 1'],
  [() => adagrad({ decay: -1 }), 'decay is -1'],
  [() => muon({ momentum: 1 }), 'momentum is 1'],
  [() => muon({ restRate: -1 }), 'factor is -1'],
  [() => clipByNorm(new Map(), -1), 'norm is -1'],
  [() => clipByValue(new Map(), Number.NaN), 'value is NaN'],
])('a setting outside its range is refused by name: %s', (make, message) => {
  expect(make).toThrow(message)
})
