import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { cpus, loadavg, tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import type { Device } from '@epipole/graph'
import { nodeDevice } from '@epipole/graph/node'
import { batchesPerEpoch, crossEntropy, train } from '@epipole/learn'
import { publish, readResults } from '../results.js'
import { type Row, row } from '../rows.js'
import { cifarNet, cifarOptimizer, cifarRecipe, cnnCase, mlpCase, type TrainCase } from './cases.js'
import { flat, loadData, type Split } from './data.js'

const { values: flags } = parseArgs({
  options: {
    cases: { type: 'string', default: 'mlp,cnn,cifar' },
    seconds: { type: 'string', default: '300' },
    seeds: { type: 'string', default: '3' },
  },
})
const seconds = Number(flags.seconds)
const seeds = Array.from({ length: Number(flags.seeds) }, (_, i) => i)
const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length
const none = { name: '', value: undefined }

/** A recipe from start to end, with a share of waiting for data. */
async function benchCase(item: TrainCase, device: Device, accuracy: number, atMost: number): Promise<Row[]> {
  const data = await loadData(item.data)
  const begun = performance.now()
  const steps = item.epochs * batchesPerEpoch(data.train.count, { size: item.batchSize })
  const result = await train({
    net: item.net,
    loss: (apply, { image, label }) => crossEntropy(apply(image), label, { smoothing: item.smoothing }),
    optimizer: item.optimizer,
    rate: item.rate(steps),
    train: data.train,
    validation: data.test,
    preparation: { augment: item.augment },
    batchSize: item.batchSize,
    epochs: item.epochs,
    seed: 1,
    device,
    onEvent: (e) => e.type === 'stage-end' && console.log(`  ${e.stage}: ${e.summary}, ${e.seconds.toFixed(1)} s`),
  })
  const time = (performance.now() - begun) / 1000
  return [
    row(item.name, 'test accuracy', '%', 100 * (result.evaluation?.accuracy ?? 0), none, {
      of: 'ours',
      atLeast: accuracy,
    }),
    row(item.name, 'time', 's', time, none, { of: 'ours', atMost }),
    row(item.name, 'waiting for data', '%', (100 * result.waited) / result.seconds, none, { of: 'ours', atMost: 5 }),
  ]
}

/** The CIFAR recipe for so many seconds; the rate follows the clock, on both sides. */
async function ourCifar(data: Split, kind: 'muon' | 'adamW', seed: number, device: Device) {
  const { batchSize, smoothing, augment, muonRate, adamRate } = cifarRecipe
  const top = kind === 'muon' ? muonRate : adamRate
  let begun = performance.now()
  const part = () => Math.min(1, (performance.now() - begun) / 1000 / seconds)
  const result = await train({
    net: cifarNet(),
    loss: (apply, { image, label }) => crossEntropy(apply(image), label, { smoothing }),
    optimizer: cifarOptimizer(kind),
    rate: (step) => {
      if (step === 0) begun = performance.now()
      return top * Math.min(1, part() / 0.05) * (1 - part())
    },
    train: data.train,
    preparation: { augment },
    batchSize,
    seconds,
    seed,
    device,
    validation: data.test,
    evaluateOnce: true,
  })
  return {
    accuracy: result.evaluation?.accuracy ?? 0,
    steps: result.position.step,
    waited: result.waited / result.seconds,
  }
}

function theirCifar(
  folder: string,
  kind: 'muon' | 'adamW',
  seed: number,
): { accuracy: number; steps: number } | undefined {
  const script = fileURLToPath(new URL('../../src/train/torch_side.py', import.meta.url))
  const { stdout } = spawnSync('/usr/bin/python3', [script, folder, `${seed}`, `${seconds}`, kind], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  try {
    return JSON.parse(stdout) as { accuracy: number; steps: number }
  } catch {
    return undefined // PyTorch is not installed
  }
}

async function benchCifar(device: Device, kinds: readonly ('muon' | 'adamW')[]): Promise<Row[]> {
  const data = await loadData('cifar')
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-train-'))
  const rows: Row[] = []
  try {
    for (const split of ['train', 'test'] as const) {
      const { pixels, labels } = await flat(data[split])
      writeFileSync(path.join(folder, `${split}.pixels`), pixels)
      writeFileSync(path.join(folder, `${split}.labels`), labels)
    }
    for (const kind of kinds) {
      const ours: { accuracy: number; steps: number; waited: number }[] = []
      const theirs: { accuracy: number; steps: number }[] = []
      for (const seed of seeds) {
        ours.push(await ourCifar(data, kind, seed, device))
        const peer = theirCifar(folder, kind, seed)
        if (peer) theirs.push(peer)
        console.log(`  ${kind}, seed ${seed}: ours`, ours.at(-1), 'PyTorch', peer)
      }
      const peer = (f: (r: { accuracy: number; steps: number }) => number) => ({
        name: 'PyTorch',
        value: theirs.length > 0 ? mean(theirs.map(f)) : undefined,
      })
      const name = `CIFAR subset, residual net, ${kind}, ${seconds} s × ${seeds.length} seeds`
      const accuracy = peer((r) => 100 * r.accuracy)
      const bound =
        kind === 'muon' && accuracy.value !== undefined
          ? { of: 'ours' as const, atLeast: accuracy.value - 0.5 }
          : { of: 'nothing' as const }
      rows.push(row(name, 'test accuracy', '%', 100 * mean(ours.map((r) => r.accuracy)), accuracy, bound))
      rows.push(
        row(
          name,
          'steps',
          '',
          mean(ours.map((r) => r.steps)),
          peer((r) => r.steps),
          { of: 'nothing' },
        ),
      )
      rows.push(
        row(name, 'waiting for data', '%', 100 * mean(ours.map((r) => r.waited)), none, { of: 'ours', atMost: 5 }),
      )
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  return rows
}

const device = nodeDevice()
const rows: Row[] = []
for (const name of (flags.cases as string).split(',')) {
  console.log(name)
  if (name === 'mlp') rows.push(...(await benchCase(mlpCase, device, 89.5, 90)))
  else if (name === 'cnn') rows.push(...(await benchCase(cnnCase, device, 93, 600)))
  else if (name === 'cifar') rows.push(...(await benchCifar(device, ['muon'])))
  else if (name === 'cifar-adam') rows.push(...(await benchCifar(device, ['adamW'])))
  else throw new Error(`There is no case ${name}: take mlp, cnn, cifar, cifar-adam.`)
}
await device.close()
// Cases that were not run keep their earlier numbers.
const measured = new Set(rows.map((r) => r.case))
const kept = readResults('train').rows.filter((r) => !measured.has(r.case))
const load = loadavg()[0]?.toFixed(1)
publish(
  'train',
  [...kept, ...rows],
  [
    `npm run bench:train (--cases mlp,cnn,cifar,cifar-adam --seconds 300 --seeds 3); ${cpus()[0]?.model}, ${cpus().length} threads, load ${load} at the end`,
    'CIFAR subset: lossy copies, so only the comparison on the same files counts; the same net, recipe and time on both sides, the rate follows the clock.',
  ],
)
