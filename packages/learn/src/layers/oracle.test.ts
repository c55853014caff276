import { nodeDevice } from '@epipole/graph/node'
import { afterAll, describe, expect, test } from 'vitest'
import { expectDescent, expectExact, expectOnDevice, oracle } from '../oracle.test-support.js'
import { quantizedLayer } from '../quantize/quantized.js'
import {
  elu,
  gelu,
  geluTanh,
  glu,
  leakyRelu,
  relu,
  sigmoid,
  silu,
  softplus,
  swiGlu,
  swish,
  tanh,
} from './activations.js'
import { multiHeadAttention } from './attention.js'
import { batchNorm } from './batch-norm.js'
import { conv2d, convTranspose2d, depthwiseConv2d, separableConv2d } from './convolution.js'
import { embedding } from './embedding.js'
import type { LayerLike } from './layer.js'
import { linear } from './linear.js'
import { groupNorm, instanceNorm, layerNorm, layerNorm2d, rmsNorm } from './norms.js'
import { adaptiveAvgPool2d, avgPool2d, flatten, globalAveragePool, globalMaxPool, maxPool2d } from './pooling.js'
import { layerScale, residual } from './residual.js'
import { globalResponseNorm } from './response-norm.js'
import { feedForward, transformerBlock } from './transformer-block.js'

const expected = oracle('layers')
const optionsOf = (name: string) => (name === 'embedding' ? { integers: 6 } : {})
const layers: Record<string, LayerLike> = {
  linear: linear(5, 3),
  'linear, tokens, no bias': linear(5, 3, { bias: false }),
  conv2d: conv2d(4, 3, { kernel: 3 }),
  'conv2d 1x1': conv2d(4, 3, { kernel: 1 }),
  'conv2d strided, padded': conv2d(4, 3, { kernel: [3, 2], stride: [2, 1], padding: [1, 0] }),
  'conv2d same, even kernel': conv2d(4, 3, { kernel: [4, 3], padding: 'same' }),
  'conv2d same, dilated': conv2d(4, 3, { kernel: 3, padding: 'same', dilation: 2 }),
  'conv2d dilated': conv2d(4, 3, { kernel: 2, dilation: [2, 3] }),
  'conv2d grouped, no bias': conv2d(4, 6, { kernel: 3, groups: 2, bias: false }),
  depthwise: depthwiseConv2d(4, { kernel: 3, padding: 1 }),
  separable: separableConv2d(4, 3, { kernel: 3, padding: 1 }),
  convTranspose2d: convTranspose2d(4, 3, { kernel: 3 }),
  'convTranspose2d strided, grouped': convTranspose2d(4, 6, {
    kernel: 3,
    stride: 2,
    padding: 1,
    outputPadding: 1,
    groups: 2,
  }),
  'convTranspose2d dilated': convTranspose2d(2, 2, { kernel: 2, dilation: 2, bias: false }),
  maxPool2d: maxPool2d({ kernel: 2 }),
  'maxPool2d overlapping': maxPool2d({ kernel: 3, stride: 2, padding: 1 }),
  avgPool2d: avgPool2d({ kernel: 2 }),
  'avgPool2d padded': avgPool2d({ kernel: 3, stride: 2, padding: 1 }),
  'avgPool2d padding left out': avgPool2d({ kernel: 3, stride: 2, padding: 1, countPadding: false }),
  adaptiveAvgPool2d: adaptiveAvgPool2d([2, 4]),
  globalAveragePool,
  globalMaxPool,
  'batchNorm, training': batchNorm(4),
  'batchNorm, in use': batchNorm(4),
  'batchNorm of rows, training': batchNorm(3, { eps: 1e-3, momentum: 0.3 }),
  layerNorm: layerNorm(5),
  'layerNorm of two axes': layerNorm([3, 5], { eps: 1e-3 }),
  layerNorm2d: layerNorm2d(4),
  groupNorm: groupNorm(2, 4),
  instanceNorm: instanceNorm(4),
  'instanceNorm, affine': instanceNorm(4, { affine: true }),
  globalResponseNorm: globalResponseNorm(3),
  rmsNorm: rmsNorm(5),
  embedding: embedding(6, 3),
  relu,
  leakyRelu: leakyRelu(0.2),
  elu: elu(1.3),
  gelu,
  geluTanh,
  silu,
  swish: swish({ beta: 1.7 }),
  'swish, learned': swish({ learned: true }),
  sigmoid,
  tanh,
  softplus,
  glu: glu(),
  'glu of channels': glu(1),
  swiGlu: swiGlu(),
  multiHeadAttention: multiHeadAttention(6, 2),
  'multiHeadAttention, causal': multiHeadAttention(6, 2, { causal: true }),
  'multiHeadAttention, cross': multiHeadAttention(6, 3, { cross: true }),
  transformerBlock: transformerBlock(6, 2, { ratio: 2 }),
  flatten,
  layerScale: layerScale(5),
  feedForward: feedForward(4, 7),
  'quantized, 8 bits': quantizedLayer(linear(5, 3), { momentum: 0.1 }),
  'quantized, 4 bits': quantizedLayer(linear(5, 3), { weightBits: 4, activationBits: 4, momentum: 0.1 }),
  residual: residual(linear(4, 3), { shortcut: linear(4, 3, { bias: false }), after: relu }),
}

describe('output, gradients and buffers are those of PyTorch to 1e-9', () => {
  test.each(Object.keys(layers))('%s', (name) => expectExact(layers[name], expected[name], optionsOf(name)))
  test('every answer is compared', () => expect(Object.keys(layers).sort()).toEqual(Object.keys(expected).sort()))
})

describe('in f32 on ONNX Runtime they are those of PyTorch to 1e-4', () => {
  const device = nodeDevice({ worker: false })
  afterAll(() => device.close())
  test.each(Object.keys(layers))('%s', (name) => expectOnDevice(device, layers[name], expected[name], optionsOf(name)))
  test.each(Object.keys(layers))('%s, over 5 steps', (name) =>
    expectDescent(layers[name], expected[name], { device, ...optionsOf(name) }),
  )
})

describe('50 steps of descent in f64 are those of PyTorch to 1e-9', () => {
  test.each(Object.keys(layers))('%s', (name) => expectDescent(layers[name], expected[name], optionsOf(name)))
})
