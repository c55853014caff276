import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { add, compileStep, type Device, f32, ndArray } from '@epipole/graph'
import { nodeDevice } from '@epipole/graph/node'
import { publish } from '../results.js'
import { type Row, row } from '../rows.js'
import { models } from './models.js'
import { batchOf, inferenceStep, trainingStep } from './step.js'
import { startTorch, type Torch } from './torch.js'

const { values: flags } = parseArgs({
  options: {
    models: { type: 'string', default: Object.keys(models).join(',') },
    seconds: { type: 'string', default: '20' },
    threads: { type: 'string', default: '2' },
  },
})
const threads = Number(flags.threads)
const median = (list: readonly number[]) => list.toSorted((a, b) => a - b)[list.length >> 1] as number

/** Both sides take turns, a few repeats each, for some seconds; the medians count. */
async function interleaved(ours: () => Promise<unknown>, theirs: (repeats: number) => Promise<number[]>) {
  const times: { ours: number[]; theirs: number[] } = { ours: [], theirs: [] }
  const once = async () => {
    const start = performance.now()
    await ours()
    return performance.now() - start
  }
  await once()
  const repeats = Math.max(1, Math.min(20, Math.round(200 / (await once()))))
  const end = performance.now() + Number(flags.seconds) * 1000
  while (times.ours.length < 3 * repeats || performance.now() < end) {
    for (let i = 0; i < repeats; i++) times.ours.push(await once())
    times.theirs.push(...(await theirs(repeats)))
  }
  return { ours: median(times.ours), theirs: times.theirs.length > 0 ? median(times.theirs) : undefined }
}

async function benchModel(key: keyof typeof models, device: Device, torch: Torch | undefined): Promise<Row[]> {
  const model = models[key]()
  const batch = batchOf(model)
  const rows: Row[] = []
  for (const what of ['train', 'infer'] as const) {
    const start = performance.now()
    const step = what === 'train' ? await trainingStep(model, device) : await inferenceStep(model, device)
    const compiled = (performance.now() - start) / 1000
    const feeds = what === 'train' ? batch : { x: batch.x }
    const times = await interleaved(
      () => step.run(feeds as never),
      async (n) => (await torch?.times(key, what, n)) ?? [],
    )
    const target = { of: 'ratio', atMost: what === 'train' ? 1.4 : 0.8 } as const
    const peer = { name: 'PyTorch', value: times.theirs }
    rows.push(row(model.name, what === 'train' ? 'training step' : 'inference', 'ms', times.ours, peer, target))
    if (what === 'train') {
      const bound = key === 'resnet18' ? ({ of: 'ours', atMost: 5 } as const) : ({ of: 'nothing' } as const)
      rows.push(row(model.name, 'compile', 's', compiled, { name: 'PyTorch', value: undefined }, bound))
    }
    await step.close()
  }
  return rows
}

/** What a step costs besides computing: w ← w + x of two numbers. */
async function overhead(worker: boolean): Promise<Row> {
  const device = nodeDevice({ worker, threads: 1 })
  const step = await compileStep(({ w }, { x }) => ({ state: { w: add(w, x) }, outputs: { y: w } }), {
    state: { w: ndArray([0, 0], [2]) },
    feeds: { x: f32(2) },
    device,
  })
  const feeds = { x: ndArray([1, 2], [2]) }
  const times: number[] = []
  for (let i = 0; i < 3000; i++) {
    const start = performance.now()
    await step.run(feeds)
    times.push((performance.now() - start) * 1000)
  }
  await device.close()
  const none = { name: '', value: undefined }
  return row('Overhead of a step', worker ? 'in a worker' : 'in the calling thread', 'µs', median(times), none, {
    of: 'ours',
    atMost: worker ? 300 : 150,
  })
}

const load = loadavg()[0]
const torch = await startTorch(threads)
const device = nodeDevice({ threads })
const rows: Row[] = []
for (const key of flags.models.split(',') as (keyof typeof models)[])
  rows.push(...(await benchModel(key, device, torch)))
await device.close()
rows.push(await overhead(true), await overhead(false))
const ratios = rows.filter((r) => r.metric === 'training step' && r.ratio !== null).map((r) => r.ratio as number)
const mean = ratios.length > 0 ? Math.exp(ratios.reduce((s, r) => s + Math.log(r), 0) / ratios.length) : undefined
rows.push(
  row(
    'All models',
    'training, geometric mean of the ratios',
    '× PyTorch',
    mean,
    { name: '', value: undefined },
    { of: 'ours', atMost: 1.1 },
  ),
)
torch?.close()
publish('graph', rows, [
  `${cpus()[0]?.model}, ${threads} threads, Node ${process.version}; load ${load?.toFixed(2)} at the start.`,
  `Peer: ${torch?.version ?? 'no torch in python3'}, interleaved: a few steps each in turn, for ${flags.seconds} s a row; medians.`,
])
