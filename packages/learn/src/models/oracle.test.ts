import { nodeDevice } from '@epipole/graph/node'
import { afterAll, describe, expect, test } from 'vitest'
import type { LayerLike } from '../layers/layer.js'
import { expectExact, expectOnDevice, oracle } from '../oracle.test-support.js'
import { convNeXtV2 } from './convnext-v2.js'
import { leNet } from './lenet.js'
import { mlp } from './mlp.js'
import { resNet } from './resnet.js'
import { vit } from './vit.js'

const expected = oracle('models')
const models: Record<string, LayerLike> = {
  mlp: mlp([3, 4, 4, 1]),
  leNet: leNet(),
  'resNet, CIFAR stem': resNet({ stem: 'cifar', depths: [1, 2], widths: [4, 6], classes: 3 }),
  'resNet, ImageNet stem': resNet({ depths: [1, 1], widths: [4, 6], classes: 3 }),
  'resNet, in use': resNet({ stem: 'cifar', depths: [1, 2], widths: [4, 6], classes: 3 }),
  convNeXtV2: convNeXtV2({ depths: [1, 2], widths: [4, 6], patch: 2, classes: 3 }),
  vit: vit({ size: 8, patch: 4, width: 6, depth: 2, heads: 2, classes: 3 }),
}

describe('output, gradients and buffers are those of PyTorch to 1e-9', () => {
  test.each(Object.keys(models))('%s', (name) => expectExact(models[name], expected[name]))
  test('every answer is compared', () => expect(Object.keys(models).sort()).toEqual(Object.keys(expected).sort()))
})

describe('in f32 on ONNX Runtime they are those of PyTorch to 1e-4', () => {
  const device = nodeDevice({ worker: false })
  afterAll(() => device.close())
  test.each(Object.keys(models))('%s', (name) => expectOnDevice(device, models[name], expected[name]))
})
