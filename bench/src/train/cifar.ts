import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Device } from '@epipole/graph'
import { type Budgets, crossEntropy, train } from '@epipole/learn'
import { noPeer, type Row, row } from '../rows.js'
import { type CifarOptimizer, cifarAugmentation, cifarNet, cifarOptimizer, cifarRate, cifarRecipe } from './cases.js'
import { flat, loadData, type Split } from './data.js'
import { show } from './show.js'

interface Outcome {
  /** On the test images, of the last weights. */
  readonly accuracy: number
  readonly steps: number
}

/** The CIFAR recipe on our side, within a budget. */
export async function ourCifar(data: Split, kind: CifarOptimizer, seed: number, device: Device, budget: Budgets) {
  const { batchSize, smoothing } = cifarRecipe
  const result = await train({
    net: cifarNet(),
    loss: (apply, { image, label }) => crossEntropy(apply(image), label, { smoothing }),
    optimizer: cifarOptimizer(kind),
    rate: cifarRate(kind),
    train: data.train,
    preparation: { augment: cifarAugmentation },
    batchSize,
    ...budget,
    seed,
    device,
    validation: data.test,
    evaluateOnce: true,
    onEvent: show,
  })
  return {
    accuracy: result.evaluation?.accuracy ?? 0,
    steps: result.position.step,
    waited: result.waited / result.seconds,
    seconds: result.position.seconds,
  }
}

/** The same in PyTorch; undefined where it is not installed. */
function theirCifar(folder: string, kind: CifarOptimizer, seed: number, seconds: number): Outcome | undefined {
  const script = fileURLToPath(new URL('../../src/train/torch_side.py', import.meta.url))
  const python = process.env.EPIPOLE_PYTHON ?? '/usr/bin/python3'
  const args = [script, folder, `${seed}`, `${seconds}`, kind, JSON.stringify(cifarRecipe)]
  const { stdout } = spawnSync(python, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'inherit'] })
  try {
    return JSON.parse(stdout) as Outcome
  } catch {
    return undefined
  }
}

/** Ours and PyTorch's turns for each seed, each for so many seconds. */
export async function benchCifar(device: Device, seeds: number, seconds: number): Promise<Row[]> {
  const data = await loadData('cifar')
  const folder = mkdtempSync(path.join(tmpdir(), 'bench-train-'))
  const ours: (Outcome & { readonly waited: number })[] = []
  const theirs: Outcome[] = []
  try {
    await writeSplits(data, folder)
    for (let seed = 0; seed < seeds; seed++) {
      console.log(`  seed ${seed}: ours, ${seconds} s`)
      ours.push(await ourCifar(data, 'muon', seed, device, { seconds }))
      console.log(`  seed ${seed}: PyTorch, ${seconds} s`)
      const peer = theirCifar(folder, 'muon', seed, seconds)
      if (peer) theirs.push(peer)
      console.log(`  seed ${seed}: ours`, ours.at(-1), 'PyTorch', peer ?? 'not installed')
    }
  } finally {
    rmSync(folder, { recursive: true })
  }
  const name = `CIFAR subset, residual net, Muon, ${seconds} s × ${seeds} seeds`
  const peer = (pick: (r: Outcome) => number) => ({
    name: 'PyTorch',
    value: theirs.length > 0 ? mean(theirs.map(pick)) : undefined,
  })
  const accuracy = peer((r) => 100 * r.accuracy)
  const bound = accuracy.value === undefined ? undefined : { of: 'ours' as const, atLeast: accuracy.value - 0.5 }
  return [
    // Without the peer there is nothing to reach.
    row(name, 'test accuracy', '%', 100 * mean(ours.map((r) => r.accuracy)), accuracy, bound ?? { of: 'nothing' }),
    row(
      name,
      'steps',
      '',
      mean(ours.map((r) => r.steps)),
      peer((r) => r.steps),
      { of: 'nothing' },
    ),
    row(name, 'waiting for data', '%', 100 * mean(ours.map((r) => r.waited)), noPeer, { of: 'ours', atMost: 5 }),
  ]
}

async function writeSplits(data: Split, folder: string): Promise<void> {
  for (const split of ['train', 'test'] as const) {
    const { pixels, labels } = await flat(data[split])
    writeFileSync(path.join(folder, `${split}.pixels`), pixels)
    writeFileSync(path.join(folder, `${split}.labels`), labels)
  }
}

const mean = (list: readonly number[]) => list.reduce((a, b) => a + b, 0) / list.length
