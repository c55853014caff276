import { describe, expect, test } from 'vitest'
import { type Graph, graphOf } from '../graph.js'
import { graphCost } from '../inspect/cost.js'
import { interpret } from '../interpret/interpret.js'
import { readOracle } from '../ops/op-cases.test-support.js'
import { input } from '../ops/sources.js'
import type { Shape } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { gradients } from './gradients.js'
import { crossEntropy, type LayerCase, netNumbers, runLayers } from './nets.test-support.js'

/** Loss and gradients of a classifier; its parameters become inputs as its layers ask for them. */
function classifier(layers: readonly LayerCase[], image: Shape, dtype: 'f32' | 'f64') {
  const params: { name: string; tensor: Tensor }[] = []
  const param = (shape: Shape) => {
    params.push({ name: `p${params.length}`, tensor: input(`p${params.length}`, dtype, shape) })
    return params[params.length - 1].tensor
  }
  const x = { name: 'x', tensor: input('x', dtype, image) }
  const labels = { name: 'labels', tensor: input('labels', 'i64', [image[0]]) }
  const loss = crossEntropy(runLayers(layers, x.tensor, param), labels.tensor)
  const slopes = gradients(
    loss,
    params.map(({ tensor }) => tensor),
  )
  const inputs = [x, labels, ...params]
  const outputs = [loss, ...slopes].map((tensor, i) => ({ name: `${i}`, tensor }))
  return { forward: graphOf(inputs, outputs.slice(0, 1)), whole: graphOf(inputs, outputs), params }
}

interface NetCase {
  readonly seed: number
  readonly layers: readonly LayerCase[]
  readonly loss: number
  readonly grads: readonly (readonly number[])[]
}

describe('ten random small networks have PyTorch’s loss and gradients', () => {
  const nets = readOracle<NetCase>('torch-nets.jsonl')
  test('ten of them', () => expect(nets.length).toBe(10))
  test.each(nets.map((net) => [net.seed, net] as const))('%i', (seed, net) => {
    const image = [3, 2, 8, 8]
    const { whole, params } = classifier(net.layers, image, 'f64')
    const numbers = netNumbers(seed, image, 3)
    const feeds = [numbers.x, numbers.labels, ...numbers.params(params.map(({ tensor }) => tensor.shape))]
    const [loss, ...slopes] = interpret(whole, feeds)
    expect(Math.abs(loss.data[0] - net.loss)).toBeLessThan(1e-12 * (1 + net.loss))
    expect(slopes.length).toBe(net.grads.length)
    const errors = net.grads.map((g, i) =>
      Math.max(...g.map((v, k) => Math.abs(slopes[i].data[k] - v) / (1 + Math.abs(v)))),
    )
    expect(Math.max(...errors)).toBeLessThan(1e-9)
  })
})

describe('loss and gradients together cost at most four times the loss', () => {
  const conv = (out: number, stride = 1, kernel = 3, groups = 1): LayerCase[] => [
    ['conv', { out, kernel, stride, padding: (kernel - 1) / 2, groups } as never],
    ['batchNorm', null as never],
    ['act', 'relu' as never],
  ]
  const on = (kind: string, argument: unknown = null): LayerCase => [kind, argument as never]
  const block = on('residual', [...conv(32), ...conv(32)])
  const heads = on('residual', [on('layerNorm'), on('attention', 3)])
  const mixer = on('residual', [on('layerNorm'), on('linear', 768), on('act', 'gelu'), on('linear', 192)])
  const models: [name: string, layers: LayerCase[], image: Shape][] = [
    [
      'MLP',
      [on('globalPool'), on('linear', 512), on('act', 'relu'), on('linear', 512), on('linear', 10)],
      [128, 784, 1, 1],
    ],
    [
      'CNN',
      [
        ...conv(32),
        ...conv(32),
        on('maxPool', 3),
        ...conv(64),
        ...conv(64),
        on('avgPool', 2),
        on('globalPool'),
        on('linear', 10),
      ],
      [64, 3, 32, 32],
    ],
    ['residual blocks', [...conv(32), block, block, on('globalPool'), on('linear', 10)], [32, 3, 32, 32]],
    [
      'ViT blocks',
      [
        on('conv', { out: 192, kernel: 4, stride: 4, padding: 0, groups: 1 }),
        on('tokens'),
        heads,
        mixer,
        on('pool'),
        on('linear', 10),
      ],
      [64, 3, 32, 32],
    ],
    [
      'depthwise',
      [...conv(32), ...conv(32, 1, 3, 32), ...conv(64, 1, 1), on('globalPool'), on('linear', 10)],
      [8, 3, 16, 16],
    ],
  ]
  test.each(models)('%s', (_, layers, image) => {
    const { forward, whole } = classifier(layers, image, 'f32')
    const flops = (graph: Graph) => graphCost(graph).flops
    expect(flops(whole) / flops(forward)).toBeLessThan(4)
    expect(flops(whole) / flops(forward)).toBeGreaterThan(1.5)
  })
})
