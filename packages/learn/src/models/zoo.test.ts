import { expect, test } from 'vitest'
import { describe } from '../describe/describe.js'
import { arraysOf, countParameters } from '../layers/variables.js'
import { CONVNEXT_V2_SIZES, convNeXtV2 } from './convnext-v2.js'
import { resNet18 } from './resnet.js'
import { VIT_SIZES, vit } from './vit.js'
import { MODEL_NAMES, modelByName } from './zoo.js'

// torchvision and timm, `sum(p.numel() for p in create_model(name).parameters())` as their model cards publish it.
test.each([
  ['lenet', 61706],
  ['resnet18', 11689512],
  ['resnet18-cifar', 11173962],
  ['convnextv2-atto', 3708400],
  ['convnextv2-femto', 5233240],
  ['convnextv2-pico', 9066280],
  ['convnextv2-nano', 15623800],
  ['convnextv2-tiny', 28635496],
  ['convnextv2-base', 88717800],
  ['vit-tiny', 5717416],
  ['vit-small', 22050664],
  ['vit-base', 86567656],
])('%s has %i parameters', (name, count) => {
  const { model, input } = modelByName(name)
  expect(countParameters(model)).toBe(count)
  const { total, output } = describe(model, input)
  expect(total.parameters).toBe(count)
  expect(output).toEqual([count === 61706 || name === 'resnet18-cifar' ? 10 : 1000])
})
test('every name is counted', () => expect(MODEL_NAMES).toHaveLength(12))

const names = (model: Parameters<typeof arraysOf>[0], which: 'params' | 'buffers' = 'params') =>
  arraysOf(model, which).map(({ name, shape }) => `${name} ${shape.join('×')}`)

test('ResNet-18 has the names of torchvision', () => {
  const list = names(resNet18())
  expect(list.slice(0, 9)).toEqual([
    'conv1.weight 64×3×7×7',
    'bn1.weight 64',
    'bn1.bias 64',
    'layer1.0.conv1.weight 64×64×3×3',
    'layer1.0.bn1.weight 64',
    'layer1.0.bn1.bias 64',
    'layer1.0.conv2.weight 64×64×3×3',
    'layer1.0.bn2.weight 64',
    'layer1.0.bn2.bias 64',
  ])
  expect(list).toContain('layer2.0.downsample.0.weight 128×64×1×1')
  expect(list).toContain('layer4.1.bn2.bias 512')
  expect(list.slice(-2)).toEqual(['fc.weight 1000×512', 'fc.bias 1000'])
  expect(list).toHaveLength(62)
  const buffers = names(resNet18(), 'buffers')
  expect(buffers.slice(0, 2)).toEqual(['bn1.running_mean 64', 'bn1.running_var 64'])
  expect(buffers).toHaveLength(40)
})

test('ConvNeXt V2 and ViT have the names of timm', () => {
  const next = names(convNeXtV2(CONVNEXT_V2_SIZES.atto))
  for (const name of [
    'stem.0.weight 40×3×4×4',
    'stem.1.weight 40',
    'stages.0.blocks.1.conv_dw.weight 40×1×7×7',
    'stages.0.blocks.1.norm.bias 40',
    'stages.2.blocks.5.mlp.fc1.weight 640×160',
    'stages.2.blocks.5.mlp.grn.weight 640',
    'stages.3.downsample.0.weight 160',
    'stages.3.downsample.1.weight 320×160×2×2',
    'head.norm.weight 320',
    'head.fc.bias 1000',
  ])
    expect(next).toContain(name)
  expect(next).toHaveLength(4 + 12 * 10 + 3 * 4 + 4)
  const base = names(vit(VIT_SIZES.base))
  expect(base.slice(0, 4)).toEqual([
    'cls_token 1×1×768',
    'pos_embed 1×197×768',
    'patch_embed.proj.weight 768×3×16×16',
    'patch_embed.proj.bias 768',
  ])
  for (const name of [
    'blocks.11.norm1.weight 768',
    'blocks.11.attn.qkv.weight 2304×768',
    'blocks.11.attn.proj.bias 768',
    'blocks.11.mlp.fc2.weight 768×3072',
    'norm.weight 768',
    'head.weight 1000×768',
  ])
    expect(base).toContain(name)
  expect(base).toHaveLength(152)
})

test('options, perceptrons by widths, unknown names', () => {
  expect(describe(modelByName('mlp-784-512-10').model, [784]).total.parameters).toBe(784 * 512 + 512 + 512 * 10 + 10)
  const small = modelByName('vit-tiny', { input: [3, 32, 32], classes: 10 })
  expect(describe(small.model, small.input).output).toEqual([10])
  expect(() => modelByName('alexnet')).toThrow('There is no model "alexnet": take lenet, resnet18')
  expect(() => modelByName('constructor')).toThrow('There is no model')
  expect(() => modelByName('lenet', { input: [28, 28] })).toThrow('three sizes')
  expect(() => modelByName('mlp-3-4-1', { classes: 5 })).toThrow('leave out input and classes')
})
