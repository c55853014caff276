import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import os from 'node:os'
import path from 'node:path'
import { readSafetensors } from '@epipole/learn'
import * as ort from 'onnxruntime-node'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { epipole } from './support/cli.js'
import { SIDES, writeSideImages } from './support/side-images.js'

let root: string
let data: string
const CLASSES = SIDES

beforeAll(async () => {
  root = await mkdtemp(path.join(os.tmpdir(), 'epipole-train-'))
  data = path.join(root, 'data')
  await writeSideImages(data, 60)
})
afterAll(() => rm(root, { recursive: true, force: true }))

const args = (out: string, ...more: string[]) => [
  ...['train', data, '--out', path.join(root, out), '--model', 'mlp', '--epochs', '12', '--batch-size', '4'],
  ...['--augment', 'flip,crop', '--seed', '5', '--workers', '1', '--rate', '0.002', ...more],
]
const last = async (out: string) => readSafetensors(await readFile(path.join(root, out, 'last.safetensors')))

test('train, then test and predict with the result', async () => {
  const trained = await epipole(args('model', '--augment', 'crop', '--json'))
  expect(trained.stderr).toContain('epoch 12/12')
  expect(trained.code).toBe(0)
  const result = JSON.parse(trained.stdout)
  expect(result).toMatchObject({
    ok: true,
    classes: CLASSES,
    images: { train: 108, validation: 12 },
    ended: 'epochs',
    step: 324,
  })
  expect(result.best.score).toBeGreaterThan(0.9)
  expect(await readFile(result.report, 'utf8')).toContain('Confusion')
  const tested = await epipole(['test', path.join(root, 'model'), data])
  expect(tested.stdout).toMatch(/accuracy 9\d|accuracy 100/)
  const image = path.join(data, 'right', '0.ppm')
  const predicted = JSON.parse((await epipole(['predict', path.join(root, 'model'), image, '--json'])).stdout)
  expect(predicted.predictions[0].classes[0].name).toBe('right')
  const page = path.join(root, 'diagnosis.html')
  const diagnosed = await epipole(['diagnose', path.join(root, 'model'), data, '--out', page])
  expect([diagnosed.code, diagnosed.stderr]).toEqual([0, expect.stringContaining('120 images')])
  expect(diagnosed.stdout).toMatch(/^accuracy (9\d|100).* weights after step \d+\n\nlayer +kind +mean/)
  expect(diagnosed.stdout).toMatch(/\nmlp\.1 +relu .* \d+ of 256\n/)
  expect(diagnosed.stdout).toMatch(/\nmlp\.0\.weight +\d/)
  expect(await readFile(page, 'utf8')).toContain('Confusion')
})

test('several seeds: the spread, and what the models reach together; again, everything is there already', async () => {
  const seeds = (...more: string[]) =>
    epipole(args('seeds', '--augment', 'crop', '--epochs', '4', '--seeds', '3', ...more))
  const first = await seeds('--json')
  expect(first.code).toBe(0)
  const { runs, report, page } = JSON.parse(first.stdout)
  expect(runs.map(({ seed }: { seed: number }) => seed)).toEqual([5, 6, 7])
  const accuracies: number[] = runs.map(({ accuracy }: { accuracy: number }) => accuracy)
  const mean = accuracies.reduce((a, b) => a + b) / 3
  expect(report.mean).toBeCloseTo(mean, 12)
  expect(report.deviation).toBeCloseTo(Math.sqrt(accuracies.reduce((s, a) => s + (a - mean) ** 2, 0) / 2), 12)
  expect(report.ensemble).toBeGreaterThanOrEqual(Math.min(...accuracies))
  expect(report.confusion.reduce((a: number, b: number) => a + b)).toBe(12)
  expect(await readFile(page, 'utf8')).toContain('Confusion')
  expect(first.stderr).toMatch(/✓ epoch 1\/4.*\n {2}dead units .* gradient first\/last .* update\/weight/)
  const weights = async () => readFile(path.join(root, 'seeds', 'seed-6', 'last.safetensors'))
  const before = await weights()
  const again = await seeds()
  expect(again.stderr).not.toContain('epoch')
  expect(again.stdout).toContain(`together ${(100 * report.ensemble).toFixed(2)} %`)
  expect(await weights()).toEqual(before)
})

test('kill -9 and Ctrl-C at any time: the same command ends with the same bits', async () => {
  expect((await epipole(args('whole'))).code).toBe(0)
  const whole = await last('whole')
  for (const [i, signal] of (['SIGKILL', 'SIGKILL', 'SIGINT'] as const).entries()) {
    let sent = false
    const stopped = await epipole(args('killed'), {
      onStderr: (text, child) => {
        if (!sent && text.includes(`epoch ${3 * (i + 1)}/12`)) sent = child.kill(signal)
      },
    })
    expect(stopped.killedBy ?? stopped.code).toBe(signal === 'SIGINT' ? 130 : signal)
  }
  expect((await epipole(args('killed'))).code).toBe(0)
  const killed = await last('killed')
  expect(killed.tensors.get('history/loss')?.data).toHaveLength(324)
  expect([...killed.tensors]).toEqual([...whole.tensors])
})

test('another model, other settings and odd data are refused with what to do', async () => {
  const other = await epipole([...args('whole'), '--rate', '0.1'])
  expect([other.code, other.stderr]).toMatchObject([2, expect.stringContaining('rate: 0.002, now 0.1')])
  const missing = await epipole(['train', path.join(root, 'nothing')])
  expect(missing.code).toBe(3)
  const before = await readFile(path.join(root, 'whole', 'model.json'), 'utf8')
  const another = await epipole(args('whole', '--model', 'resnet-small'))
  expect([another.code, another.stderr]).toMatchObject([2, expect.stringContaining('a trained mlp, not resnet-small')])
  expect(await readFile(path.join(root, 'whole', 'model.json'), 'utf8')).toBe(before)
  const image = path.join(data, 'right', '0.ppm')
  const torn = path.join(root, 'torn.jpg')
  await writeFile(torn, Uint8Array.of(0xff, 0xd8, 0xff))
  const none = path.join(root, 'none.jpg')
  const empty = await mkdtemp(path.join(root, 'empty-'))
  const some = await epipole(['predict', path.join(root, 'whole'), torn, path.dirname(image), none, empty])
  expect(some.code).toBe(3)
  const lines = some.stdout.trim().split('\n')
  expect([lines.length, lines[0]]).toEqual([60, expect.stringContaining(`${image}: right`)])
  expect(
    some.stderr
      .trim()
      .split('\n')
      .map((line) => line.split(': ')[0]),
  ).toEqual([torn, none, empty])
  const json = await epipole(['predict', path.join(root, 'whole'), none, image, '--json'])
  expect([json.code, JSON.parse(json.stdout)]).toMatchObject([
    3,
    {
      ok: false,
      predictions: [{ image }],
      refused: [{ name: none, reason: expect.stringContaining('does not exist') }],
    },
  ])
  const usage = await epipole(args('x', '--model', 'resnet-smal'))
  expect([usage.code, usage.stderr]).toMatchObject([2, expect.stringContaining('Did you mean resnet-small?')])
  const untrained = await epipole(['test', root, data])
  expect(untrained.stderr).toContain(`${root} is no model, but holds some`)
})

test('numbers that run away stop training: exit code 1, the layer named, the weights before them kept', async () => {
  const stopped = await epipole(args('nan', '--optimizer', 'sgd', '--rate', '1000', '--schedule', 'constant'))
  expect(stopped.code).toBe(1)
  expect(stopped.stdout).toMatch(/the (output of layer|gradient of|loss)/)
  const { tensors } = await last('nan')
  for (const { data: values } of tensors.values()) expect(values.every(Number.isFinite)).toBe(true)
})

test('a sweep trains every combination once, and goes on where it was stopped', async () => {
  const out = path.join(root, 'sweep')
  const grid = ['sweep', data, '--out', out, '--model', 'mlp', '--batch-size', '16', '--epochs', '2', '--workers', '1']
  const command = [...grid, '--grid', 'rate=0.001,0.003', '--grid', 'optimizer=adamw,sgd']
  let sent = false
  const stopped = await epipole(command, {
    onStderr: (text, child) => {
      if (!sent && text.includes('run 2 of 4')) sent = child.kill('SIGKILL')
    },
  })
  expect(stopped.killedBy).toBe('SIGKILL')
  const again = await epipole([...command, '--json'])
  const { runs } = JSON.parse(again.stdout) as { runs: { score: number; settings: object }[] }
  expect(again.stderr.match(/epoch 2\/2/g)?.length ?? 0).toBeLessThanOrEqual(2)
  expect(runs).toHaveLength(4)
  expect(runs.map(({ score }) => score)).toEqual(runs.map(({ score }) => score).toSorted((a, b) => b - a))
  expect(await readFile(path.join(out, 'sweep.html'), 'utf8')).toContain('<svg')
  const other = await epipole([...command, '--epochs', '3'])
  expect([other.code, other.stderr]).toMatchObject([2, expect.stringContaining('epochs: 2, now 3')])
  expect((await epipole([...grid, '--grid', 'colour=1'])).code).toBe(2)
  const misspelt = await epipole([...grid, '--grid', 'optimizer=adamw,sdg'])
  expect([misspelt.code, misspelt.stderr]).toMatchObject([2, expect.stringContaining('no optimizer "sdg"')])
  expect((await epipole(grid)).stderr).toContain("'--grid <name=a,b…>' not specified")
})

test('a learning curve is a sweep over the part of the training images', async () => {
  const flags = ['--model', 'mlp', '--epochs', '1', '--batch-size', '4', '--workers', '1', '--hold', '0.2', '--json']
  const curve = ['sweep', data, '--out', path.join(root, 'curve'), '--grid', 'fraction=0.1,0.5,1,0.5', ...flags]
  const { runs } = JSON.parse((await epipole(curve)).stdout) as { runs: { steps: number; settings: object }[] }
  const steps = new Map(runs.map((run) => [JSON.stringify(run.settings), run.steps]))
  // 96 images in batches of 4; a tenth of 48 of each class is 5.
  expect([0.1, 0.5, 1].map((fraction) => steps.get(JSON.stringify({ fraction })))).toEqual([2, 12, 24])
  expect(await readFile(path.join(root, 'curve', 'sweep.html'), 'utf8')).toContain('validation accuracy by fraction')
  const alone = await epipole(['train', data, '--out', path.join(root, 'part'), '--fraction', '0.5', ...flags])
  expect(JSON.parse(alone.stdout).images).toEqual({ train: 48, validation: 24 })
  const weights = async (...folder: string[]) =>
    readSafetensors(await readFile(path.join(root, ...folder, 'last.safetensors'))).tensors
  expect([...(await weights('part'))]).toEqual([...(await weights('curve', 'fraction=0.5'))])
  expect((await epipole(['train', data, '--fraction', '0'])).code).toBe(2)
})

test('images that changed under a run are noticed', async () => {
  const set = path.join(root, 'set')
  for (const name of CLASSES) {
    await mkdir(path.join(set, name), { recursive: true })
    for (let i = 0; i < 6; i++) await copyFile(path.join(data, name, `${i}.ppm`), path.join(set, name, `${i}.ppm`))
  }
  const command = [
    'train',
    set,
    '--out',
    path.join(root, 'changing'),
    '--model',
    'mlp',
    '--epochs',
    '1',
    '--workers',
    '0',
  ]
  const first = await epipole(command)
  expect(first.code).toBe(0)
  expect(first.stdout).toContain('few steps: so few images want more --epochs')
  // Run again it says the same, and the page keeps its validations.
  const page = path.join(root, 'changing', 'report.html')
  const before = await readFile(page, 'utf8')
  expect(before).toContain('Validation score by step')
  const again = await epipole(command)
  expect([again.code, again.stdout]).toEqual([0, first.stdout])
  expect(await readFile(page, 'utf8')).toBe(before)
  const swap = ['left', 'right'].map((name) => path.join(set, name, '0.ppm'))
  await copyFile(swap[0], path.join(set, 'spare.bin'))
  await copyFile(swap[1], swap[0])
  await copyFile(path.join(set, 'spare.bin'), swap[1])
  const changed = await epipole(command)
  expect([changed.code, changed.stderr]).toMatchObject([2, expect.stringMatching(/other images|data: "12 images/)])
})

test('a budget of seconds: training and its schedule end with it', async () => {
  const command = ['train', data, '--out', path.join(root, 'timed'), '--model', 'mlp', '--workers', '0', '--json']
  const { code, stdout } = await epipole([...command, '--seconds', '2'])
  const result = JSON.parse(stdout)
  expect([code, result.ended]).toEqual([0, 'seconds'])
  const { tensors } = await last('timed')
  const rates = tensors.get('history/rate')?.data as Float32Array
  expect(rates).toHaveLength(result.step)
  expect(rates[rates.length - 1]).toBeLessThan(0.2 * Math.max(...rates))
  const other = await epipole([...command, '--seconds', '3'])
  expect([other.code, other.stderr]).toMatchObject([2, expect.stringContaining('seconds: 2, now 3')])
})

test('a run that is refused leaves the model before it as it was', async () => {
  const before = await readFile(path.join(root, 'whole', 'model.json'), 'utf8')
  expect((await epipole([...args('whole'), '--fraction', '0.3'])).code).toBe(2)
  expect(await readFile(path.join(root, 'whole', 'model.json'), 'utf8')).toBe(before)
})

test('an exported model says what predict says, for any number of images', async () => {
  const model = path.join(root, 'model')
  const file = path.join(root, 'model.onnx')
  const exported = await epipole(['export', model, '--out', file, '--json'])
  expect(JSON.parse(exported.stdout)).toMatchObject({ ok: true, out: file, shape: [3, 8, 8], classes: CLASSES })
  const images = [0, 1, 2, 3, 4].flatMap((i) => CLASSES.map((name) => path.join(data, name, `${i}.ppm`)))
  const { predictions } = JSON.parse((await epipole(['predict', model, ...images, '--json'])).stdout) as {
    predictions: { classes: { name: string; probability: number }[] }[]
  }
  const session = await ort.InferenceSession.create(file)
  for (const batch of [1, 10]) {
    const pixels = await Promise.all(images.slice(0, batch).map(planes))
    const image = new ort.Tensor(
      'float32',
      Float32Array.from(pixels.flat(), (v) => v / 255),
      [batch, 3, 8, 8],
    )
    const { probabilities } = await session.run({ image })
    expect(probabilities.dims).toEqual([batch, 2])
    predictions.slice(0, batch).forEach(({ classes }, n) => {
      for (const { name, probability } of classes) {
        const own = probabilities.data[2 * n + CLASSES.indexOf(name)] as number
        expect(Math.abs(own - probability)).toBeLessThan(1e-5)
      }
    })
  }
})

test('what is no trained model is not exported', async () => {
  const wrong = await epipole(['export', data])
  expect([wrong.code, wrong.stderr]).toMatchObject([3, expect.stringContaining('Cannot open the model')])
  await mkdir(path.join(root, 'untrained'))
  await copyFile(path.join(root, 'model', 'model.json'), path.join(root, 'untrained', 'model.json'))
  const untrained = await epipole(['export', path.join(root, 'untrained')])
  expect([untrained.code, untrained.stderr]).toMatchObject([3, expect.stringContaining('has no weights yet')])
  expect((await epipole(['export', path.join(root, 'nothing')])).code).toBe(3)
})

/** Planes of one of the images above: red, green, blue. */
async function planes(image: string): Promise<number[]> {
  const pixels = (await readFile(image)).subarray(-8 * 8 * 3)
  return [0, 1, 2].flatMap((c) => Array.from({ length: 8 * 8 }, (_, i) => pixels[3 * i + c] as number))
}
