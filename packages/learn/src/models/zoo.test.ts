import { expect, test } from 'vitest'
import { describe } from '../describe/describe.js'
import { countParameters } from '../layers/variables.js'
import { convNeXtV2 } from './convnext-v2.js'
import { mlp } from './mlp.js'
import { resNet } from './resnet.js'
import { vit } from './vit.js'
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

test('options, perceptrons by widths, unknown names', () => {
  expect(describe(modelByName('mlp-784-512-10').model, [784]).total.parameters).toBe(784 * 512 + 512 + 512 * 10 + 10)
  const small = modelByName('vit-tiny', { input: [3, 32, 32], classes: 10 })
  expect(describe(small.model, small.input).output).toEqual([10])
  expect(() => modelByName('alexnet')).toThrow('There is no model "alexnet": take lenet, resnet18')
  expect(() => modelByName('constructor')).toThrow('There is no model')
  expect(() => modelByName('lenet', { input: [28, 28] })).toThrow('three sizes')
  expect(() => mlp([3])).toThrow('inputs and outputs are two at least')
  expect(() => resNet({ depths: [1, 1, 1], widths: [4, 8] })).toThrow('Stages of 3 depths and 2 widths')
  expect(() => convNeXtV2({ depths: [1], widths: [4, 8] })).toThrow('Stages of 1 depths and 2 widths')
  const tiny = vit({ size: 8, patch: 4, width: 6, depth: 1, heads: 2 })
  expect(() => describe(tiny, [3, 8, 12])).toThrow('takes images of 3 × 8 × 8, not [1,3,8,12]')
  expect(() => modelByName('mlp-3-4-1', { classes: 5 })).toThrow('leave out input and classes')
  expect(() => modelByName('lenet', { input: [1, 32, 32] })).toThrow('lenet takes images of 28 × 28, not 32 × 32')
  expect(() => modelByName('vit-tiny', { input: [3, 32, 64] })).toThrow('as many rows as columns, not 32 × 64')
  expect(() => modelByName('convnextv2-atto', { input: [3, 28, 28] })).toThrow('32 × 32 or more, not 28 × 28')
})
