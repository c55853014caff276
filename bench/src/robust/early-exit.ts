import { median } from '@epipole/geometry'
import { type Row, row, type Target } from '../rows.js'
import { runOurs } from './ours.js'
import type { Family } from './problem.js'
import { syntheticProblem } from './synthetic.js'

const PROBLEMS = 20
const PERCENT = 30
const MAX_TRIALS = 5000

export const earlyExitName = (family: Family) => `${family}, ${PERCENT} % right, no scores: early exit`

/** What giving up on hopeless models early saves: the same searches with it and (in the peer's column) without. */
export function earlyExitRows(family: Family): Row[] {
  const problems = Array.from({ length: PROBLEMS }, (_, seed) => ({
    ...syntheticProblem(family, PERCENT / 100, seed),
    scores: new Float64Array(0),
  }))
  const run = (earlyExit: boolean) => problems.map((p, seed) => runOurs(p, MAX_TRIALS, seed, earlyExit))
  run(true)
  run(false)
  const [eager, full] = [run(true), run(false)]
  const name = earlyExitName(family)
  const middle = (runs: typeof eager, of: (r: (typeof eager)[number]) => number) => median(runs.map(of))
  const numbers = (metric: string, unit: string, of: (r: (typeof eager)[number]) => number, target: Target) =>
    row(name, metric, unit, middle(eager, of), { name: 'ours without it', value: middle(full, of) }, target)
  return [
    numbers('time', 'ms', (r) => r.ms, { of: 'nothing' }),
    numbers('residuals a model', '', (r) => r.report.evaluations / r.report.models, { of: 'ratio', atMost: 1 }),
  ]
}
