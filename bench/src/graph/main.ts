import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { add, compileStep, type Device, f32, ndArray } from '@epipole/graph'
import { nodeDevice } from '@epipole/graph/node'
import { publish } from '../results.js'
import { type Row, row } from '../rows.js'
import { models } from './models.js'
import type { Peer } from './peer.js'
import { openPeer, PEERS, type PeerName } from './peers.js'
import { batchOf, inferenceStep, trainingStep } from './step.js'

const { values: flags } = parseArgs({
  options: {
    models: { type: 'string', default: Object.keys(models).join(',') },
    seconds: { type: 'string', default: '20' },
    threads: { type: 'string', default: '2' },
    peers: { type: 'string', default: Object.keys(PEERS).join(',') },
    limit: { type: 'string', default: '180' },
  },
})
const threads = Number(flags.threads)
const median = (list: readonly number[]) => list.toSorted((a, b) => a - b)[list.length >> 1] as number

interface Times {
  readonly ours: number
  /** By name: the median, or why there is none. */
  readonly theirs: ReadonlyMap<string, number | string>
}

/** Milliseconds of a peer's step from which one is enough. */
const SLOW = 10_000

/** All sides take turns, a few repeats each, for some seconds; the medians count. */
async function interleaved(
  ours: () => Promise<unknown>,
  theirs: readonly { name: string; times(repeats: number): Promise<number[] | string> }[],
): Promise<Times> {
  const times: number[] = []
  const peers = theirs.map((peer) => ({ ...peer, repeats: 1, all: [] as number[], without: '' }))
  const once = async () => {
    const start = performance.now()
    await ours()
    return performance.now() - start
  }
  const few = (milliseconds: number) => Math.max(1, Math.min(20, Math.round(200 / milliseconds)))
  for (const peer of peers) {
    const first = await peer.times(1)
    if (typeof first === 'string') peer.without = first
    else peer.repeats = first[0] > SLOW ? 0 : few(first[0])
    if (peer.repeats === 0) peer.all.push(first[0] as number)
  }
  await once()
  const repeats = few(await once())
  const end = performance.now() + Number(flags.seconds) * 1000
  while (times.length < 3 * repeats || performance.now() < end) {
    for (let i = 0; i < repeats; i++) times.push(await once())
    for (const peer of peers) {
      const more = peer.without === '' && peer.repeats > 0 ? await peer.times(peer.repeats) : []
      if (typeof more === 'string') peer.without = more
      else peer.all.push(...more)
    }
  }
  return {
    ours: median(times),
    theirs: new Map(peers.map(({ name, all, without }) => [name, without === '' ? median(all) : without])),
  }
}

/** Why a peer has no number, for the notes. */
const missing: string[] = []

function peerRow(model: string, key: string, { ours, theirs }: Times, what: 'train' | 'infer', name: PeerName): Row {
  const its = theirs.get(name) ?? 'was not asked for'
  const known: readonly string[] = PEERS[name].models
  if (typeof its === 'string' && known.includes(key)) missing.push(`${name}, ${model}: ${its}.`)
  const value = typeof its === 'string' ? undefined : its
  const target = { of: 'ratio', atMost: what === 'train' ? PEERS[name].atMost : 0.8 } as const
  return row(model, what === 'train' ? 'training step' : 'inference', 'ms', ours, { name, value }, target)
}

async function benchModel(key: keyof typeof models, device: Device, peers: readonly Peer[]): Promise<Row[]> {
  const model = models[key]()
  const batch = batchOf(model)
  const rows: Row[] = []
  for (const what of ['train', 'infer'] as const) {
    // Inference has a target beside PyTorch only.
    const names = (what === 'train' ? (Object.keys(PEERS) as PeerName[]) : (['PyTorch'] as const)).filter((name) =>
      (PEERS[name].models as readonly string[]).includes(key),
    )
    const asked = peers
      .filter(({ name }) => (names as readonly string[]).includes(name))
      .map((peer) => ({ name: peer.name, times: (repeats: number) => peer.times(key, what, repeats) }))
    const start = performance.now()
    const step = what === 'train' ? await trainingStep(model, device) : await inferenceStep(model, device)
    const compiled = (performance.now() - start) / 1000
    const feeds = what === 'train' ? batch : { x: batch.x }
    const times = await interleaved(() => step.run(feeds as never), asked)
    for (const name of names) rows.push(peerRow(model.name, key, times, what, name))
    if (what === 'train') {
      const bound = key === 'resnet18' ? ({ of: 'ours', atMost: 5 } as const) : ({ of: 'nothing' } as const)
      rows.push(row(model.name, 'compile', 's', compiled, { name: '', value: undefined }, bound))
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
const peers: Peer[] = []
for (const name of flags.peers.split(',').filter(Boolean) as PeerName[])
  peers.push(await openPeer(name, threads, Number(flags.limit)))
const device = nodeDevice({ threads })
const rows: Row[] = []
for (const key of flags.models.split(',') as (keyof typeof models)[])
  rows.push(...(await benchModel(key, device, peers)))
await device.close()
for (const peer of peers) peer.close()
rows.push(await overhead(true), await overhead(false))
const ratios = rows.flatMap(({ metric, peerName, ratio }) =>
  metric === 'training step' && peerName === 'PyTorch' && ratio !== null ? [ratio] : [],
)
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
publish('graph', rows, [
  `${cpus()[0]?.model}, ${threads} threads, Node ${process.version}; load ${load?.toFixed(2)} at the start.`,
  `Peers: ${peers.map(({ name, version }) => version ?? `${name} is not installed`).join('; ')}.`,
  `Interleaved: a few steps each in turn, for ${flags.seconds} s a row; medians.`,
  ...missing,
])
