import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { expect, test } from 'vitest'
import { describeModel } from '../actions/describe-model.js'
import { loadModel } from './load-model.node.js'

test('a folder with models in it is none: they are named', async () => {
  const folder = await mkdtemp(path.join(tmpdir(), 'models-'))
  try {
    await expect(loadModel(folder)).rejects.toThrow('Cannot open the model')
    for (const name of ['seed-0', 'seed-1', 'seed-10', 'seed-2', 'seed-3', 'seed-4']) {
      await mkdir(path.join(folder, name))
      await writeFile(path.join(folder, name, 'model.json'), '{}')
    }
    await writeFile(path.join(folder, 'seeds.html'), '')
    const told = `is no model, but holds some: take one of ${path.join(folder, 'seed-0')}, `
    for (const attempt of [loadModel(folder), describeModel(folder)])
      await expect(attempt).rejects.toMatchObject({ code: 'input', message: expect.stringContaining(told) })
  } finally {
    await rm(folder, { recursive: true })
  }
})
