import { execFile } from 'node:child_process'
import { copyFile, cp, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { readSafetensors } from '@epipole/learn'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { BIN, epipole, type Finished } from './support/cli.js'
import { writeSideImages } from './support/side-images.js'

let root: string
let data: string
let model: string

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'epipole-train-bad-'))
  data = path.join(root, 'data')
  model = path.join(root, 'model')
  await writeSideImages(data, 20)
  expect((await epipole(train('model'))).code).toBe(0)
})
afterAll(() => rm(root, { recursive: true, force: true }))

const train = (out: string, from = data) => [
  ...['train', from, '--out', path.join(root, out), '--model', 'mlp', '--epochs', '6', '--batch-size', '4'],
  ...['--workers', '0', '--seed', '3'],
]
const checkpoint = async (out: string) => readSafetensors(await readFile(path.join(root, out, 'last.safetensors')))

/** The command line where no file may grow beyond a size, which fails in the write as a full disk does. */
const withLargestFile = (kilobytes: number, args: readonly string[]): Promise<Finished> =>
  new Promise((resolve) => {
    const command = `ulimit -f ${kilobytes}; exec "$@"`
    execFile('bash', ['-c', command, 'bash', process.execPath, BIN, ...args], (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code) : 0, killedBy: null, stdout, stderr }),
    )
  })

test('no room for a checkpoint: exit code 4, the one before it is whole, and the same command goes on from it', async () => {
  // Checkpoints grow by what each epoch tells: there is room for some of them.
  const { size } = await stat(path.join(model, 'last.safetensors'))
  const stopped = await withLargestFile(Math.floor(size / 1024) - 1, train('full'))
  expect(stopped.code).toBe(4)
  expect(stopped.stderr).toMatch(
    /Cannot write the checkpoint, and the one before it is kept: .*full.(best|last)\.safetensors\. It is larger than/,
  )
  const before = await checkpoint('full')
  const { step } = JSON.parse(before.metadata.position as string) as { step: number }
  expect(step).toBeGreaterThan(0)
  expect(step).toBeLessThan(54)
  expect((await readdir(path.join(root, 'full'))).filter((name) => name.endsWith('.tmp'))).toEqual([])
  const image = path.join(data, 'left', '0.ppm')
  expect((await epipole(['predict', path.join(root, 'full'), image])).code).toBe(0)
  expect((await epipole(train('full'))).code).toBe(0)
  expect([...(await checkpoint('full')).tensors]).toEqual([...(await checkpoint('model')).tensors])
})

test('damaged images to calibrate by are named, nothing is written, and they are left out only when told', async () => {
  const damaged = path.join(root, 'damaged')
  await cp(data, damaged, { recursive: true })
  const image = path.join(damaged, 'left', '3.ppm')
  await writeFile(image, (await readFile(image)).subarray(0, 50))
  await writeFile(path.join(damaged, 'right', 'x.jpg'), 'no image')
  const out = path.join(root, 'calibrated.onnx')
  const command = ['export', model, '--calibrate', damaged, '--out', out, '--workers', '0']
  const refused = await epipole(command)
  expect(refused.code).toBe(3)
  expect(refused.stderr).toContain('2 images cannot be read: left/3.ppm, right/x.jpg. Repair or remove them, or')
  await expect(stat(out)).rejects.toThrow('ENOENT')
  const skipped = await epipole([...command, '--skip-damaged', '--json'])
  expect([skipped.code, JSON.parse(skipped.stdout)]).toMatchObject([0, { ok: true, numbers: 'integers' }])
  expect(skipped.stderr).toContain('right/x.jpg')
  for (const [from, message] of [
    [path.join(root, 'none'), 'Cannot open the data'],
    [await mkdtemp(path.join(root, 'empty-')), 'is empty'],
  ] as const) {
    const failed = await epipole(['export', model, '--calibrate', from, '--out', out])
    expect([failed.code, failed.stderr]).toMatchObject([3, expect.stringContaining(message)])
  }
})

test('what a model is calibrated by needs no labels; what it is tested on may be of one of its classes', async () => {
  const out = path.join(root, 'loose.onnx')
  const flat = path.join(data, 'left')
  expect((await epipole(['export', model, '--calibrate', flat, '--out', out, '--workers', '0'])).code).toBe(0)
  const one = path.join(root, 'right-only')
  await cp(path.join(data, 'right'), path.join(one, 'right'), { recursive: true })
  const tested = await epipole(['test', model, one, '--workers', '0', '--json'])
  const { count, confusion } = JSON.parse(tested.stdout)
  expect([count, confusion.slice(0, 2)]).toEqual([20, [0, 0]])
  await cp(path.join(data, 'left'), path.join(one, 'up'), { recursive: true })
  const unknown = await epipole(['test', model, one])
  expect([unknown.code, unknown.stderr]).toMatchObject([
    3,
    expect.stringContaining('up, which the model does not know'),
  ])
})

test('images that cannot be trained on: each told by name, exit code 3, and no model is begun', async () => {
  const left = async (name: string) => {
    const folder = path.join(root, name)
    await cp(path.join(data, 'left'), path.join(folder, 'left'), { recursive: true })
    return folder
  }
  const one = await left('one')
  const empty = await left('empty')
  await mkdir(path.join(empty, 'right'))
  const odd = await left('odd')
  await mkdir(path.join(odd, 'right'))
  await writeFile(path.join(odd, 'right', 'a.ppm'), Buffer.from('P6\n1 1\n255\nabc'))
  const torn = await left('torn')
  await mkdir(path.join(torn, 'right'))
  await writeFile(path.join(torn, 'right', 'a.ppm'), 'P6\n8 8\n255\nabc')
  for (const [from, message] of [
    [one, 'All images are of one class (left)'],
    [empty, 'right is empty'],
    [odd, 'right/a.ppm is 1 × 1, others are 8 × 8: give the size'],
    [torn, '1 image cannot be read: right/a.ppm'],
  ] as const) {
    const { code, stderr } = await epipole(train('refused', from))
    expect([code, stderr]).toMatchObject([3, expect.stringContaining(message)])
  }
  await expect(stat(path.join(root, 'refused'))).rejects.toThrow('ENOENT')
  // Left out, nothing of its class remains.
  const skipped = await epipole([...train('refused', torn), '--skip-damaged'])
  expect([skipped.code, skipped.stderr]).toMatchObject([
    3,
    expect.stringContaining('Class right has no image that can be read'),
  ])
})

test('a damaged or foreign checkpoint is named, whatever asks for it', async () => {
  const folder = path.join(root, 'mixed')
  await mkdir(folder)
  await copyFile(path.join(model, 'model.json'), path.join(folder, 'model.json'))
  const best = path.join(folder, 'best.safetensors')
  await writeFile(best, (await readFile(path.join(model, 'best.safetensors'))).subarray(0, 3000))
  const image = path.join(data, 'left', '0.ppm')
  for (const command of [
    ['predict', folder, image],
    ['test', folder, data],
    ['export', folder],
    ['describe', folder],
  ]) {
    const { code, stderr } = await epipole(command)
    expect([code, stderr]).toMatchObject([3, expect.stringContaining(best)])
  }
  const small = path.join(root, 'small')
  expect((await epipole([...train('small'), '--size', '4'])).code).toBe(0)
  await copyFile(path.join(small, 'last.safetensors'), path.join(folder, 'last.safetensors'))
  await rm(best)
  const foreign = await epipole(['predict', folder, image])
  expect([foreign.code, foreign.stderr]).toMatchObject([
    3,
    expect.stringContaining("another model's: mlp.0.weight is [256,48], not [256,192]"),
  ])
  const resumed = await epipole(train('mixed'))
  expect([resumed.code, resumed.stderr]).toMatchObject([3, expect.stringContaining('mlp.0.weight is [256,48]')])
})
