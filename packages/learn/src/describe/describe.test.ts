import { f32, i32, mul } from '@epipole/graph'
import fc from 'fast-check'
import { expect, describe as group, test } from 'vitest'
import { relu } from '../layers/activations.js'
import { conv2d, convTranspose2d } from '../layers/convolution.js'
import { embedding } from '../layers/embedding.js'
import { linear } from '../layers/linear.js'
import { adaptiveAvgPool2d, avgPool2d, flatten, globalAveragePool, maxPool2d } from '../layers/pooling.js'
import { residual } from '../layers/residual.js'
import { sequential } from '../layers/sequential.js'
import { countParameters } from '../layers/variables.js'
import { leNet } from '../models/lenet.js'
import { mlp } from '../models/mlp.js'
import { resNet18 } from '../models/resnet.js'
import { VIT_SIZES, vit } from '../models/vit.js'
import { describe } from './describe.js'
import { describeDiagram } from './diagram.js'
import { asSeparable, separableSaving } from './separable.js'
import { describeTable } from './table.js'

group('counts', () => {
  test('a 3-4-4-1 perceptron has 9 neurons, 32 weights, 9 biases, 41 parameters', () => {
    const { total, layers } = describe(mlp([3, 4, 4, 1]), [3])
    expect(total).toEqual({
      neurons: 9,
      weights: 32,
      biases: 9,
      parameters: 41,
      multiplications: 32,
      parameterBytes: 164,
      activationBytes: 4 * (4 + 4 + 4 + 4 + 1),
    })
    expect(layers.map(({ path, kind, weights }) => `${path} ${kind} ${weights}`)).toEqual([
      '0 linear 12',
      '1 relu 0',
      '2 linear 16',
      '3 relu 0',
      '4 linear 4',
    ])
  })
  test('LeNet-5 layer by layer, as its paper has them where every map sees every one before it', () => {
    const { layers, total } = describe(leNet(), [1, 28, 28])
    const at = Object.fromEntries(layers.map((row) => [row.path, row]))
    expect([at.conv1.neurons, at.conv1.weights, at.conv1.biases, at.conv1.multiplications]).toEqual([
      4704, 150, 6, 117600,
    ])
    expect([at.conv2.output, at.conv2.weights + at.conv2.biases]).toEqual([[16, 10, 10], 2416])
    expect([at.fc1.weights, at.fc2.weights, at.fc3.weights]).toEqual([48000, 10080, 840])
    expect(total.parameters).toBe(61706)
  })
  test('ResNet-18 multiplies 1.81 billion times at 224 × 224, as published', () => {
    const { total } = describe(resNet18(), [3, 224, 224])
    expect(total.parameters).toBe(11689512)
    expect(total.multiplications).toBe(1814073344)
  })
  test('attention counts its own products: 2 · T² · width', () => {
    const { layers, total } = describe(vit(VIT_SIZES.tiny), [3, 224, 224])
    const row = layers.find(({ path }) => path === 'blocks.0.attn')
    expect(row?.multiplications).toBe(2 * 197 * 197 * 192)
    expect(total.parameters).toBe(countParameters(vit(VIT_SIZES.tiny)))
  })
  test('of strided, grouped and transposed convolutions, by hand', () => {
    const strided = describe(conv2d(4, 8, { kernel: 3, stride: 2, padding: 1, groups: 2 }), [4, 9, 9])
    // 8 maps of 5 × 5; each sums 2 channels of 3 × 3.
    expect(strided.layers[0]).toMatchObject({ output: [8, 5, 5], neurons: 200, weights: 8 * 2 * 9, biases: 8 })
    expect(strided.total.multiplications).toBe(200 * 2 * 9)
    const spread = describe(convTranspose2d(4, 6, { kernel: 4, stride: 2, padding: 1, groups: 2 }), [4, 5, 5])
    // Each of 4 · 5 · 5 inputs goes into 3 maps by 4 × 4 weights.
    expect(spread.layers[0]).toMatchObject({ output: [6, 10, 10], neurons: 600, weights: 4 * 3 * 16, biases: 6 })
    expect(spread.total.multiplications).toBe(100 * 3 * 16)
  })
  // import torch.nn as nn; net = nn.Sequential(nn.Conv2d(4, 8, 3, 2, 1, groups=2), nn.ReLU(),
  //   nn.Conv2d(8, 8, 3, padding=2, dilation=2, bias=False), nn.ConvTranspose2d(8, 6, 3, 2, 1, output_padding=1, groups=2),
  //   nn.AdaptiveAvgPool2d(4), nn.Flatten(), nn.Linear(96, 5)), applied to torch.randn(1, 4, 19, 19); by a hook (m, i, o) of each module
  //   list(o.shape[1:]), sum(p.numel() for p in m.parameters()), and o[0].numel() (of a transposed one i[0][0].numel()) * m.weight[0].numel()
  test('of all kinds together, as PyTorch has them', () => {
    const net = sequential(
      conv2d(4, 8, { kernel: 3, stride: 2, padding: 1, groups: 2 }),
      relu,
      conv2d(8, 8, { kernel: 3, padding: 2, dilation: 2, bias: false }),
      convTranspose2d(8, 6, { kernel: 3, stride: 2, padding: 1, outputPadding: 1, groups: 2 }),
      adaptiveAvgPool2d(4),
      flatten,
      linear(96, 5),
    )
    const { layers, total } = describe(net, [4, 19, 19])
    expect(layers.map((row) => [row.output, row.weights + row.biases, row.multiplications])).toEqual([
      [[8, 10, 10], 152, 14400],
      [[8, 10, 10], 0, 0],
      [[8, 10, 10], 576, 57600],
      [[6, 20, 20], 222, 21600],
      [[6, 4, 4], 0, 0],
      [[96], 0, 0],
      [[5], 485, 480],
    ])
    expect(total.multiplications).toBe(94080)
  })
  test('a layer that is called twice works twice and has its weights once', () => {
    const shared = linear(4, 4)
    const { total } = describe(
      { kind: 'twice', children: { shared }, forward: ({ parts }, x) => parts.shared(parts.shared(x)) },
      [4],
    )
    expect([total.parameters, total.multiplications]).toEqual([20, 32])
  })
  test('other inputs come as a spec of one example', () => {
    expect(describe(embedding(10, 3), i32(1, 5)).output).toEqual([5, 3])
    expect(() => describe(linear(2, 1), f32(7, 2))).toThrow('a batch of 7')
  })
})

group('sizes', () => {
  test('the formula of a window gives what the graph has', () => {
    const window = fc.record({
      n: fc.integer({ min: 7, max: 40 }),
      kernel: fc.integer({ min: 1, max: 7 }),
      stride: fc.integer({ min: 1, max: 4 }),
      padding: fc.integer({ min: 0, max: 3 }),
    })
    fc.assert(
      fc.property(window, ({ n, kernel, stride, padding }) => {
        const { layers } = describe(conv2d(1, 1, { kernel, stride, padding }), [1, n, n])
        const expected = Math.floor((n + 2 * padding - kernel) / stride) + 1
        expect(layers[0].output).toEqual([1, expected, expected])
        expect(layers[0].formula).toBe(`⌊(${n} + 2·${padding} − ${kernel})/${stride}⌋ + 1 = ${expected}`)
      }),
    )
  })
  test('`same` keeps the size at stride 1 and gives ⌈n / stride⌉ otherwise', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 30 }),
        fc.integer({ min: 1, max: 8 }),
        fc.integer({ min: 1, max: 3 }),
        fc.integer({ min: 1, max: 3 }),
        (n, kernel, dilation, stride) => {
          const { output } = describe(conv2d(1, 1, { kernel, dilation, stride, padding: 'same' }), [1, n, n])
          expect(output).toEqual([1, Math.ceil(n / stride), Math.ceil(n / stride)])
        },
      ),
    )
  })
  test('rows and columns that differ are told apart', () => {
    const { layers } = describe(maxPool2d({ kernel: [2, 3] }), [1, 8, 9])
    expect(layers[0].formula).toBe('⌊(8 + 2·0 − 2)/2⌋ + 1 = 4, ⌊(9 + 2·0 − 3)/3⌋ + 1 = 3')
  })
})

group('saving of a depthwise separable convolution', () => {
  test('a whole model made separable keeps its shapes, its 1 × 1 and its grouped convolutions', () => {
    const net = sequential(
      conv2d(3, 8, { kernel: 3, padding: 1, stride: 2 }),
      conv2d(8, 8, { kernel: 1 }),
      conv2d(8, 16, { kernel: 4, padding: 'same', bias: false }),
      conv2d(16, 16, { kernel: 3, groups: 4 }),
    )
    const [before, after] = [net, asSeparable(net)].map((model) => describe(model, [3, 16, 16]))
    expect(after.output).toEqual(before.output)
    expect(after.total.weights).toBe(3 * 9 + 3 * 8 + 8 * 8 + 8 * 16 + 8 * 16 + 4 * 16 * 9)
    expect(after.layers.map(({ path }) => path)).toEqual([
      ...['0.depthwise', '0.pointwise', '1', '2.depthwise', '2.pointwise', '3'],
    ])
  })

  test('is 1/N + 1/K²', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 1, max: 64 }),
        fc.integer({ min: 1, max: 7 }),
        (c, n, k) => {
          const { share, regular, separable } = separableSaving(c, n, k, [9, 11])
          expect(share).toBeCloseTo(1 / n + 1 / k ** 2, 12)
          expect(separable.weights / regular.weights).toBeCloseTo(share, 12)
        },
      ),
      { numRuns: 30 },
    )
    expect(() => separableSaving(0, 1, 3, [8, 8])).toThrow('whole numbers from 1')
  })
})

group('shown', () => {
  const description = describe(
    sequential(conv2d(3, 8, { kernel: 3 }), relu, globalAveragePool, linear(8, 2)),
    [3, 8, 8],
  )
  test('as a table', () => {
    expect(describeTable(description)).toMatchInlineSnapshot(`
      "input 3 × 8 × 8

      layer  kind               output     size by                     sees  neurons  weights  biases  multiplications  if separable  activations
      ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
      0      conv2d             8 × 6 × 6  ⌊(8 + 2·0 − 3)/1⌋ + 1 = 6      3      288      216       8            7 776       × 0.236       1.2 kB
      1      relu               8 × 6 × 6                                 3                                                                1.2 kB
      2      globalAveragePool  8                                     image                                                                  32 B
      3      linear             2                                     image        2       16       2               16                        8 B
      ───────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────────
      total                     2                                                290      232      10            7 792                     2.3 kB

      242 parameters, 968 B"
    `)
  })
  test('as a drawing with one box a layer and the counts as they are', () => {
    const svg = describeDiagram(description)
    expect(svg.match(/rx="5"/g)).toHaveLength(4)
    expect(svg).toContain('0: conv2d')
    expect(svg).toContain('>7.8 k<')
    const odd = describeDiagram(describe({ kind: '<b>', forward: (_, x) => mul(x, 1) }, [1]))
    expect(odd).toContain('&#60;b&#62;')
  })
})

group('what a layer sees', () => {
  const field = (model: Parameters<typeof describe>[0], input = [1, 64, 64]) => {
    const { layers } = describe(model, input)
    return layers[layers.length - 1].receptiveField
  }
  test('of windows in a row', () => {
    const three = conv2d(1, 1, { kernel: 3, padding: 1 })
    expect(field(sequential(three, three, three))).toEqual({ size: [7, 7], jump: [1, 1] })
    const half = avgPool2d({ kernel: 2 })
    expect(field(sequential(three, half, three))).toEqual({ size: [8, 8], jump: [2, 2] })
    expect(field(conv2d(1, 1, { kernel: 3, dilation: 4 }))).toEqual({ size: [9, 9], jump: [1, 1] })
    expect(field(convTranspose2d(1, 1, { kernel: 4, stride: 2 }))).toEqual({ size: [2, 2], jump: [0.5, 0.5] })
  })
  test('of a residual branch is the larger of both ways', () =>
    expect(field(sequential(residual(conv2d(1, 1, { kernel: 5, padding: 2 })), relu))).toEqual({
      size: [5, 5],
      jump: [1, 1],
    }))
  test('of a block that halves is that of its longer way', () => {
    const half = { stride: 2, padding: 1 }
    const branch = sequential(
      conv2d(1, 1, { kernel: 3, ...half }),
      conv2d(1, 1, { kernel: 3, padding: 1, dilation: 2 }),
    )
    const shortcut = conv2d(1, 1, { kernel: 1, stride: 2 })
    const wide = residual(sequential(branch, conv2d(1, 1, { kernel: 3, padding: 2 })), { shortcut })
    // 3, + 2 · 2 · 2, + 2 · 2.
    expect(field(sequential(wide, relu))).toEqual({ size: [15, 15], jump: [2, 2] })
  })
  test('ResNet-18 sees 435 pixels before its pool, and the image behind it (Araujo et al. 2019, table 1)', () => {
    const { layers } = describe(resNet18(), [3, 224, 224])
    const at = Object.fromEntries(layers.map(({ path, receptiveField }) => [path, receptiveField]))
    expect(at['layer4.1.conv2']).toEqual({ size: [435, 435], jump: [32, 32] })
    expect(at.fc).toBe('image')
  })
  test('patches see themselves, attention sees the image', () => {
    const { layers } = describe(vit({ size: 16, patch: 4, width: 8, depth: 1, heads: 2 }), [3, 16, 16])
    const at = Object.fromEntries(layers.map(({ path, receptiveField }) => [path, receptiveField]))
    expect(at['blocks.0.norm1']).toEqual({ size: [4, 4], jump: [4, 4] })
    expect(at['blocks.0.mlp.fc1']).toBe('image')
  })
})
