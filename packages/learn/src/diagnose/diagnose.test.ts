import { randomStream } from '@epipole/core'
import { f32, i32, interpreterDevice, mean, mul, ndArray, reshape, transpose } from '@epipole/graph'
import { expect, test } from 'vitest'
import { relu, tanh } from '../layers/activations.js'
import type { LayerLike } from '../layers/layer.js'
import { linear } from '../layers/linear.js'
import { sequential } from '../layers/sequential.js'
import { crossEntropy } from '../losses/cross-entropy.js'
import { sgd } from '../optimizers/sgd.js'
import { stepStatistics } from '../train/statistics.js'
import { trainingStep } from '../train/training-step.js'
import { describeFinding, diagnosisHtml, ensemble, findings, summary, summaryLine } from './index.js'

const random = randomStream(1)
const batch = {
  image: ndArray(
    Float32Array.from({ length: 64 }, () => random.normal()),
    [16, 4],
  ),
  label: ndArray(
    Int32Array.from({ length: 16 }, (_, i) => i % 3),
    [16],
  ),
}
/** One step looked into, of images that are rows or maps and labels of three classes. */
function lookAt(net: LayerLike, batches: readonly (typeof batch)[], rate: number) {
  const [{ image, label }] = batches
  const shapes = { image: f32(...image.shape), label: i32(...label.shape) }
  const training = trainingStep<typeof shapes>({
    net,
    loss: (apply, given) => crossEntropy(apply(given.image), given.label),
    optimizer: sgd(),
  })
  return stepStatistics(training, shapes, training.start(), batches, { rate, device: interpreterDevice() })
}
const look = (net: LayerLike, rate = 0.01) => lookAt(net, [batch], rate)
const filled = (value: number) => (shape: readonly number[]) =>
  new Float32Array(shape.reduce((a, b) => a * b, 1)).fill(value)

test('a healthy step: every layer and parameter is there, nothing is found', async () => {
  const statistics = await look(sequential(linear(4, 8), relu, linear(8, 3)))
  expect(statistics.layers.map(({ name, kind }) => [name, kind])).toEqual([
    ['0', 'linear'],
    ['1', 'relu'],
    ['2', 'linear'],
  ])
  expect(statistics.parameters.map(({ name }) => name)).toEqual(['0.weight', '0.bias', '2.weight', '2.bias'])
  for (const { gradient, change } of statistics.parameters) expect(change).toBeCloseTo(0.01 * gradient, 6)
  expect(findings(statistics)).toEqual([])
})

test('the summary is the worst layer, the first gradient by the last, and the median update', () => {
  const weight = { value: 2, gradient: 1, change: 2e-3 }
  const layer = { kind: 'relu', mean: 0, deviation: 1, units: 4 }
  const found = summary({
    loss: 1,
    layers: [
      { ...layer, name: 'a', dead: 1 },
      { ...layer, name: 'b', dead: 3 },
    ],
    parameters: [
      { ...weight, name: 'a.weight', gradient: 0.25 },
      { ...weight, name: 'a.bias', gradient: 9 },
      { ...weight, name: 'b.weight', change: 2 },
      { ...weight, name: 'c.weight', value: 0 },
    ],
  })
  expect(found).toEqual({ dead: { name: 'b', part: 0.75 }, gradientRatio: 0.25, update: 1 })
  expect(summaryLine(found)).toBe('dead units 75 % in b · gradient first/last 0.25 · update/weight 1.0')
})

test('what a block computes itself is looked at, what a container hands on is not', async () => {
  const block: LayerLike = {
    kind: 'block',
    children: { inner: linear(4, 4) },
    forward: ({ parts }, x) => relu(parts.inner(x)),
  }
  const { layers } = await look(sequential({ block, head: linear(4, 3) }))
  expect(layers.map(({ name }) => name)).toEqual(['block.inner', 'block', 'head'])
})

test('dead units are counted and named', async () => {
  // Weights of 0 and a bias of −1 for all: no unit ever fires.
  const dead = linear(4, 8, { initialise: filled(0) })
  const statistics = await look(sequential({ a: dead, shift: (x) => relu(x), b: linear(8, 3) }))
  const after = statistics.layers.find(({ name }) => name === 'shift')
  expect(after?.units).toBe(8)
  const half = await look(
    sequential({
      a: linear(4, 8, { bias: false, initialise: (s) => filled(0)(s).map((_, i) => (i < 16 ? 0 : 1)) }),
      r: relu,
      b: linear(8, 3),
    }),
  )
  expect(half.layers[1]).toMatchObject({ name: 'r', dead: 4, units: 8 })
  const found = findings(half)
  expect(found.map(({ kind, name }) => [kind, name])).toContainEqual(['dead-units', 'r'])
  const r = found.find(({ name }) => name === 'r') as (typeof found)[number]
  expect(describeFinding(r)).toMatch(/^r \(relu\): dead units \(0\.50, bound 0\.20\)\. Try a lower rate/)
  // A function has no name but its kind.
  expect(describeFinding({ ...r, name: 'relu' })).toMatch(/^relu: dead units/)
})

test('units are the last axis of tokens, and of images whose channels come last', async () => {
  // Channels last, as in ConvNeXt: three of eight units are 0.
  const last = sequential({
    turn: (x) => transpose(x, [0, 2, 3, 1]),
    fc: linear(4, 8, { bias: false, initialise: (s) => filled(1)(s).map((v, i) => (i < 12 ? 0 : v)) }),
    act: relu,
    back: (x) => transpose(x, [0, 3, 1, 2]),
    tokens: (x) => transpose(reshape(x, [2, 8, 9]), [0, 2, 1]),
    half: (x) => mul(x, 0.5),
    pool: (x) => mean(x, { axes: 1 }),
    head: linear(8, 3),
  })
  const maps = { image: ndArray(new Float32Array(72).fill(1), [2, 4, 3, 3]), label: ndArray(Int32Array.of(0, 1), [2]) }
  const { layers } = await lookAt(last, [maps], 0.1)
  const dead = Object.fromEntries(layers.map((layer) => [layer.name, `${layer.dead} of ${layer.units}`]))
  expect(dead).toMatchObject({ fc: '3 of 8', act: '3 of 8', tokens: '3 of 8', half: '3 of 8', pool: '3 of 8' })
})

test('a unit is dead that is 0 in all batches looked at', async () => {
  const net = sequential(linear(1, 2, { bias: false, initialise: () => Float32Array.of(1, -1) }), relu, linear(2, 3))
  const of = (...values: number[]) => ({
    image: ndArray(values, [2, 1], 'f32'),
    label: ndArray(Int32Array.of(0, 1), [2]),
  })
  const dead = async (...batches: ReturnType<typeof of>[]) => (await lookAt(net, batches, 0.1)).layers[1].dead
  expect(await dead(of(1, 2))).toBe(1)
  expect(await dead(of(1, 2), of(3, 4))).toBe(1)
  expect(await dead(of(1, 2), of(3, -4))).toBe(0)
})

test('a deep saturated net vanishes, too high a rate is told', async () => {
  const deep = (bias: boolean) =>
    sequential(
      ...Array.from({ length: 12 }, () => [
        linear(4, 4, { bias, initialise: (shape, r) => filled(0)(shape).map(() => 0.05 * r.normal()) }),
        tanh,
      ]).flat(),
      linear(4, 3),
    )
  const kinds = async (bias: boolean) => findings(await look(deep(bias))).map(({ kind }) => kind)
  expect(await kinds(false)).toContain('vanishing-activation')
  // Told of the layers far from the loss, and not as an explosion of those next to it.
  const vanishing = findings(await look(deep(true))).filter(({ kind }) => kind.endsWith('gradient'))
  expect(vanishing[0]).toMatchObject({ kind: 'vanishing-gradient', name: '0.weight' })
  expect(new Set(vanishing.map(({ kind }) => kind))).toEqual(new Set(['vanishing-gradient']))
  const small = linear(4, 8, { bias: false, initialise: (s, r) => filled(0)(s).map(() => 1e-4 * r.normal()) })
  const large = linear(8, 3, { initialise: (s, r) => filled(0)(s).map(() => r.normal()) })
  expect(findings(await look(sequential(small, large)))).toContainEqual(
    expect.objectContaining({ kind: 'exploding-gradient', name: '0.weight' }),
  )
  const fast = findings(await look(sequential(linear(4, 8), relu, linear(8, 3)), 1e3))
  expect(fast.map(({ kind }) => kind)).toContain('fast-updates')
})

test('what is not finite has exploded', async () => {
  const seen = await look(sequential(linear(4, 8), relu, linear(8, 3)))
  const layers = seen.layers.map((layer, i) => (i === 1 ? { ...layer, deviation: Number.NaN } : layer))
  const [found] = findings({ ...seen, layers })
  expect(found && describeFinding(found)).toMatch(/^1 \(relu\): exploding activation \(NaN, bound 1000\)\./)
})

test('updates are slow by the largest rate, not by that at the end of a schedule', async () => {
  const seen = await look(sequential(linear(4, 8), relu, linear(8, 3)))
  const kinds = (change: number, ratePart?: number) => {
    const parameters = seen.parameters.map((p) => ({ ...p, change: change * p.value }))
    return new Set(findings({ ...seen, parameters, ratePart }).map(({ kind }) => kind))
  }
  expect(kinds(4e-7)).toContain('slow-updates')
  expect(kinds(4e-7, 0.05)).toContain('slow-updates')
  expect(kinds(4e-7, 0.02)).toEqual(new Set())
  // Below f32's resolution a weight stands still at any rate.
  expect(kinds(0, 1e-3)).toEqual(new Set())
})

test('an ensemble: mean, spread, and the vote of probabilities', () => {
  const logits = [
    [2, 0, 0, 1],
    [0, 1, 0, 3],
    [3, 0, 2, 0],
  ].map((l) => Float32Array.from(l))
  const accuracies = [1, 0.5, 0.5]
  const report = ensemble(
    logits.map((l, i) => ({ logits: l, accuracy: accuracies[i] })),
    (i) => i,
    2,
  )
  expect(report).toMatchObject({ count: 3, accuracies, ensemble: 1 })
  expect(report.deviation).toBeCloseTo(Math.sqrt(1 / 12), 12)
  // Choices are 0 1, 1 1 and 0 0: of three pairs, two differ on one image of two, one on both.
  expect(report.disagreement).toBeCloseTo((0.5 + 0.5 + 1) / 3, 12)
  expect([...report.confusion]).toEqual([1, 0, 0, 1])
  expect(() => ensemble([], () => 0, 2)).toThrow('no models')
})

test('the page is whole, without scripts, and text in it is harmless', async () => {
  const statistics = await look(sequential(linear(4, 8), relu, linear(8, 3)))
  const html = diagnosisHtml({
    title: '<script>alert(1)</script>',
    losses: Float32Array.from({ length: 5000 }, (_, i) => 1 / (i + 1)),
    validations: [{ step: 10, score: 0.5 }],
    statistics: [
      { ...statistics, step: 1 },
      { ...statistics, step: 2 },
    ],
    findings: [{ step: 1, kind: 'dead-units', name: 'r', value: 0.5, threshold: 0.2, suggestion: 'less' }],
    confusion: { classes: ['a', '<b>'], counts: [3, 1, 0, 4] },
  })
  expect(html).not.toContain('<script')
  expect(html).toContain('step 1: r: dead units')
  expect(html.match(/<svg/g)).toHaveLength(6)
  // Confusion, layers, parameters; wide ones scroll by themselves.
  expect(html.match(/<div class="scroll"><table>/g)).toHaveLength(3)
  expect(html).toContain('<td class="word">0.weight</td>')
  // A validation alone is a point, which as a line nobody would see.
  expect(html).toContain('<title>validation</title></circle>')
  expect(html).toContain('&#60;b&#62;')
  expect(html).not.toMatch(/NaN|undefined|https?:/)
})
