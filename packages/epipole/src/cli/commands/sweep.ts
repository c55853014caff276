import { type Command, InvalidArgumentError } from 'commander'
import { type Grid, SWEEPABLE, type SweepOptions, type SweepRun, sweep } from '../../actions/sweep.js'
import type { Context } from '../context.js'
import { progress } from '../progress.js'
import { trainingFlags } from './train.js'

interface Flags extends Omit<SweepOptions, 'device' | 'onEvent' | 'onRun' | 'signal'> {
  readonly grid: Grid
  readonly json?: boolean
}

export function addSweep(program: Command, context: Context): void {
  const command = program
    .command('sweep')
    .description('train a grid of settings and compare them on validation images; stopped in any way, it goes on')
    .argument('<data>', 'as for train')
    .requiredOption('--grid <name=a,b…>', `settings to vary, repeatable: ${SWEEPABLE.join(', ')}`, addToGrid)
  trainingFlags(command)
    .option('-o, --out <folder>', 'where the runs go (default: ./<data>-sweep)')
    .option('--json', 'print the result as one line of JSON')
    .action((data: string, flags: Flags) => act(data, flags, context))
}

async function act(data: string, { json, grid, ...options }: Flags, context: Context): Promise<void> {
  const { terminal, signal } = context
  const onRun = (run: SweepRun, done: number, total: number) => terminal.err(`run ${done} of ${total}: ${line(run)}`)
  const result = await sweep(data, grid, { ...options, signal, onEvent: progress(terminal), onRun })
  if (json) terminal.out(JSON.stringify({ ok: true, ...result }))
  else {
    for (const run of result.runs) terminal.out(line(run))
    terminal.out(`table and plot ${result.page}`)
  }
}

const line = ({ settings, score, seconds }: SweepRun): string =>
  `${score === null ? 'broke  ' : `${(100 * score).toFixed(2)} %`}  ${Object.entries(settings)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ')}  (${seconds.toFixed(0)} s)`

function addToGrid(text: string, before: Grid = {}): Grid {
  const [written = '', list = ''] = text.split('=')
  // As the flag has it, too: batch-size.
  const name = written.trim().replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase())
  const values = list
    .split(',')
    .map((value) => value.trim())
    .filter(Boolean)
  if (!(SWEEPABLE as readonly string[]).includes(name) || values.length === 0)
    throw new InvalidArgumentError(
      `It must be a setting and its values, rate=0.001,0.01; settings: ${SWEEPABLE.join(', ')}.`,
    )
  const words = name === 'model' || name === 'optimizer' || name === 'schedule'
  const numbers = values.map(Number)
  if (!words && numbers.some((v) => !Number.isFinite(v))) throw new InvalidArgumentError(`${name} takes numbers.`)
  return { ...before, [name]: [...(before[name] ?? []), ...(words ? values : numbers)] }
}
