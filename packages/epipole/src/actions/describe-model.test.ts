import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { describeModel } from './describe-model.js'

test('a model by name, with its drawing', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'describe-'))
  try {
    const svg = path.join(folder, 'net.svg')
    const result = await describeModel('mlp-3-4-4-1', { svg })
    expect(result.total.parameters).toBe(41)
    expect(result.svg).toBe(svg)
    expect(await readFile(svg, 'utf8')).toContain('<title>Layers of a model</title>')
    const seen = await describeModel('mlp-3-4-4-1', { svg, example: [1, 2, 3], seed: 1 })
    expect(seen.views?.algebra).toContain('h₁ = relu(')
    expect(await readFile(svg, 'utf8')).toContain('<title>Neurons of a network</title>')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('what train trains, too', async () => {
  expect((await describeModel('resnet-small')).output).toEqual([10])
  expect((await describeModel('mlp', { input: [1, 8, 8], classes: 3 })).output).toEqual([3])
  await expect(describeModel('mlp', { input: [8] })).rejects.toThrow('takes images')
})

test('an input or an example that does not fit', async () => {
  expect((await describeModel('resnet18-cifar', { input: [1, 28, 28], classes: 7 })).output).toEqual([7])
  await expect(describeModel('lenet', { input: [1, 8, 8] })).rejects.toThrow('does not fit')
  await expect(describeModel('mlp-3-4-1', { example: [1, 2] })).rejects.toThrow('takes 3 numbers, the example has 2')
  await expect(describeModel('lenet', { input: [3, 64, 64] })).rejects.toThrow('lenet does not take 3x64x64')
  await expect(describeModel('resnet18', { example: [1, 2] })).rejects.toThrow('resnet18 takes images')
  await expect(describeModel('nothing')).rejects.toThrow('There is no model "nothing"')
})
