import { cpus, loadavg } from 'node:os'
import { parseArgs } from 'node:util'
import { nodeDevice } from '@epipole/graph/node'
import { publish, readResults } from '../results.js'
import type { Row } from '../rows.js'
import { cnnCase, mlpCase } from './cases.js'
import { benchCifar } from './cifar.js'
import { benchFashion } from './fashion.js'
import { benchMuonAdam } from './muon-adam.js'

const { values: flags } = parseArgs({
  options: {
    cases: { type: 'string', default: 'mlp,cnn,cifar,cifar-adam' },
    seconds: { type: 'string', default: '300' },
    seeds: { type: 'string', default: '3' },
    steps: { type: 'string', default: '1000' },
  },
})
const load = loadavg()[0]?.toFixed(1)
const device = nodeDevice()
const CASES: Readonly<Record<string, () => Promise<Row[]>>> = {
  mlp: () => benchFashion(mlpCase, device, 89.5, 90),
  cnn: () => benchFashion(cnnCase, device, 93, 600),
  cifar: () => benchCifar(device, Number(flags.seeds), Number(flags.seconds)),
  'cifar-adam': () => benchMuonAdam(device, Number(flags.steps)),
}
const names = flags.cases.split(',')
for (const name of names)
  if (!CASES[name]) throw new Error(`There is no case ${name}: take ${Object.keys(CASES).join(', ')}.`)
let rows = readResults('train').rows
for (const name of names) {
  console.log(name)
  const fresh = (await CASES[name]?.()) ?? []
  // Cases that were not run keep their earlier numbers; what is measured is written at once.
  const again = new Set(fresh.map((r) => r.case))
  rows = [...rows.filter((r) => !again.has(r.case)), ...fresh]
  publish('train', rows, [
    `npm run bench:train (--cases ${Object.keys(CASES).join(',')} --seconds 300 --seeds 3 --steps 1000); ${cpus()[0]?.model}, ${cpus().length} threads, load ${load} at the start`,
    'CIFAR subset: lossy copies, so only the comparison on the same files counts; the same net, recipe and time on both sides, the rate follows the clock. Reading the data, compiling and the test at the end are not counted.',
  ])
}
await device.close()
