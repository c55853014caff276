import { randomStream } from '@epipole/core'
import { f32, gradients, interpret, mul, type NdArray, ndArray, sum, trace } from '@epipole/graph'
import { expect, test } from 'vitest'
import { relu } from '../layers/activations.js'
import { bind } from '../layers/bind.js'
import { conv2d, convTranspose2d } from '../layers/convolution.js'
import type { Layer } from '../layers/layer.js'
import { linear } from '../layers/linear.js'
import { flatten, globalAveragePool, maxPool2d } from '../layers/pooling.js'
import { residual } from '../layers/residual.js'
import { sequential } from '../layers/sequential.js'
import { arraysOf, initialise } from '../layers/variables.js'
import { basicBlock } from '../models/resnet.js'
import { run } from '../run.test-support.js'
import { quantized, quantizedLayer } from './quantized.js'

const wide = (data: readonly number[], shape: readonly number[]): NdArray => ({
  dtype: 'f32',
  shape,
  data: Float64Array.from(data),
})
const waves = (n: number, f: (i: number) => number) => Array.from({ length: n }, (_, i) => f(i))

// PyTorch 1.13, W = sin(i) as [2, 3], batches cos(i) and 2 cos(1.7 i) as [2, 3]; scales and ranges are f32 there:
// fx = FakeQuantize(MovingAverageMinMaxObserver, quant_min=0, quant_max=255, dtype=torch.quint8)
// fw = FakeQuantize(PerChannelMinMaxObserver, quant_min=-127, quant_max=127, dtype=torch.qint8,
//                   qscheme=torch.per_channel_symmetric, ch_axis=0)
// y = fx(X) @ fw(W).T for both; torch.autograd.grad((y * [[1, -2], [0.5, 3]]).sum(), [X2, W])
test('outputs, gradients and running range over two batches are those of PyTorch', () => {
  const layer = quantizedLayer(linear(3, 2, { bias: false }))
  const { graph } = trace(
    ({ first, second, weight, slope, input_low, input_high }) => {
      const apply = bind(layer, { params: { weight }, buffers: { input_low, input_high } }, { training: true })
      const [y1, y2] = [apply(first), apply(second)]
      const after = apply.buffers() as Record<string, typeof y1>
      return [y1, y2, after.input_low, after.input_high, ...gradients(sum(mul(y2, slope)), [second, weight])]
    },
    { first: f32(2, 3), second: f32(2, 3), weight: f32(2, 3), slope: f32(2, 2), input_low: f32(), input_high: f32() },
  )
  const results = interpret(
    graph,
    [
      wide(waves(6, Math.cos), [2, 3]),
      wide(
        waves(6, (i) => 2 * Math.cos(1.7 * i)),
        [2, 3],
      ),
      wide(waves(6, Math.sin), [2, 3]),
      wide([1, -2, 0.5, 3], [2, 2]),
      wide([0], []),
      wide([0], []),
    ],
    { precision: 'f64' },
  )
  const wanted = [
    [0.07883889217323431, 0.13334490433936733, -0.2983697265804899, 0.08337739268237064],
    [-1.129701696610912, 1.300717636138965, -0.057830706638674755, 0.3066007034913355],
    [-0.9994285106658936],
    [1.0099999904632568],
    [0, 2.354976030997932, 0, 0.4303833497688174, 0, 0],
    [
      1.3868997395038605, 0.24428347684442997, -1.5011613657698035, 0.2521635890007019, 3.5460504703223705,
      -1.0007742438465357,
    ],
  ]
  wanted.forEach((values, i) => {
    values.forEach((v, j) => {
      expect(Math.abs(results[i].data[j] - v), `${i}, ${j}`).toBeLessThan(1e-6)
    })
  })
})

test('a quantised model has the parameters of the original, which stays as it was', () => {
  const net = sequential(conv2d(1, 4, { kernel: 3 }), relu, maxPool2d({ kernel: 2 }), flatten, linear(4, 3))
  const before = JSON.stringify(net)
  const rewritten = quantized(net)
  expect(JSON.stringify(net)).toBe(before)
  expect(arraysOf(rewritten)).toEqual(arraysOf(net))
  expect(initialise(rewritten, randomStream(3)).params).toEqual(initialise(net, randomStream(3)).params)
  expect(arraysOf(rewritten, 'buffers').map(({ name }) => name)).toEqual(
    ['0', '4'].flatMap((layer) => [`${layer}.input_low`, `${layer}.input_high`]),
  )
})

test('8 bits are close to the float model, 2 are not; a layer that has seen nothing takes its input as it is', () => {
  const net = sequential(conv2d(2, 4, { kernel: 3 }), relu, convTranspose2d(4, 3, { kernel: 2 }), globalAveragePool)
  const x = ndArray(
    Float32Array.from({ length: 2 * 2 * 8 * 8 }, (_, i) => Math.sin(0.7 * i)),
    [2, 2, 8, 8],
  )
  const exact = run(net, x)
  const error = (bits: number, training = true) => {
    const y = run(quantized(net, { weightBits: bits, activationBits: bits }), x, { training })
    return Math.max(...Array.from(y.data, (v, i) => Math.abs(v - exact.data[i])))
  }
  expect(error(8)).toBeLessThan(0.005)
  expect(error(8)).toBeGreaterThan(0)
  expect(error(2)).toBeGreaterThan(3 * error(8))
  expect(error(8, false)).toBeLessThan(0.005)
})

test('sums of residual blocks and average pools are rounded too, sums that nothing follows are not', () => {
  const branch = () => conv2d(2, 2, { kernel: 3, padding: 1 })
  const net = quantized(
    sequential({ a: basicBlock(2, 4, 2), b: residual(linear(4, 4), { after: relu }), c: residual(linear(4, 4)) }),
  )
  const names = arraysOf(net, 'buffers').map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['a.branch_low', 'a.shortcut_high', 'b.branch_low', 'b.shortcut_low']))
  expect(names.filter((name) => name.startsWith('c.'))).toEqual(['c.branch.input_low', 'c.branch.input_high'])
  const block = sequential(residual(branch(), { after: relu }), globalAveragePool)
  const x = ndArray(
    Float32Array.from({ length: 2 * 2 * 4 * 4 }, (_, i) => Math.sin(0.7 * i)),
    [2, 2, 4, 4],
  )
  const [exact, rounded] = [run(block, x), run(quantized(block, { activationBits: 6 }), x, { training: true })]
  const difference = Math.max(...rounded.data.map((v, i) => Math.abs(v - exact.data[i])))
  expect(difference).toBeGreaterThan(1e-4)
  expect(difference).toBeLessThan(0.05)
})

test('what is not quantised is refused', () => {
  expect(() => quantizedLayer(quantizedLayer(linear(2, 2)))).toThrow('quantised already')
  expect(() => quantizedLayer(sequential())).toThrow('"sequential" is not quantised')
  expect(() => quantized(linear(2, 2), { weightBits: 1 })).toThrow('to 1 bits')
  expect(() => quantized(linear(2, 2), { momentum: 0 })).toThrow('is 0: it must be above 0')
})

test('layers that are none of those pass as they are, whatever their names', () => {
  const layer: Layer = { kind: 'constructor', forward: (_, x) => x }
  expect(quantized(layer)).toEqual(layer)
  expect(() => quantizedLayer(layer)).toThrow('"constructor" is not quantised')
})
