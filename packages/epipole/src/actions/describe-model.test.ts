import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { writeSafetensors } from '@epipole/learn'
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

test('a folder that train wrote, or a checkpoint of it', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'describe-'))
  try {
    const preparation = { shape: [3, 8, 8], mean: [0, 0, 0], std: [1, 1, 1] }
    const model = { format: 'epipole-model', version: 1, model: 'resnet-small', classes: ['a', 'b'], preparation }
    await writeFile(path.join(folder, 'model.json'), JSON.stringify(model))
    const untrained = await describeModel(folder)
    expect(untrained).toMatchObject({ output: [2], trained: { model: 'resnet-small', classes: ['a', 'b'] } })
    expect(untrained.trained?.step).toBeUndefined()
    const position = JSON.stringify({ step: 7, validations: [{ step: 7, score: 0.75 }] })
    const best = path.join(folder, 'best.safetensors')
    await writeFile(best, writeSafetensors(new Map(), { position }))
    for (const from of [folder, best])
      expect((await describeModel(from)).trained).toMatchObject({ step: 7, score: 0.75 })
    await expect(describeModel(folder, { classes: 3 })).rejects.toThrow('has its own input and classes')
    await expect(describeModel(path.join(folder, 'last.safetensors'))).rejects.toThrow('There is no last.safetensors')
    await expect(describeModel(path.join(folder, 'x', 'a.safetensors'))).rejects.toThrow('no model.json')
  } finally {
    await rm(folder, { recursive: true })
  }
})

test('what separable convolutions would save', async () => {
  const { separable, total } = await describeModel('resnet-small')
  expect((separable?.multiplications ?? 0) / total.multiplications).toBeLessThan(0.3)
  expect((await describeModel('mlp-3-4-1')).separable).toBeUndefined()
})

test('an input or an example that does not fit', async () => {
  expect((await describeModel('resnet18-cifar', { input: [1, 28, 28], classes: 7 })).output).toEqual([7])
  await expect(describeModel('lenet', { input: [1, 8, 8] })).rejects.toThrow('lenet takes images of 28 × 28, not 8 × 8')
  await expect(describeModel('mlp-3-4-1', { example: [1, 2] })).rejects.toThrow('takes 3 numbers, the example has 2')
  await expect(describeModel('resnet18', { input: [3, 0, 8] })).rejects.toThrow('resnet18 does not take 3x0x8')
  await expect(describeModel('resnet18', { example: [1, 2] })).rejects.toThrow('resnet18 takes images')
  await expect(describeModel('nothing')).rejects.toThrow('There is no model "nothing"')
})
