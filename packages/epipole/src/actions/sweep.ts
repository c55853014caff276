import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { EpipoleError } from '@epipole/core'
import { openImages } from '../images/open-images.node.js'
import { MODELS, OPTIMIZERS, SCHEDULES } from '../learning/recipe.js'
import { withRuntime } from '../learning/runtime.node.js'
import { describeRange, isInRange, SETTING_RANGES, type SettingRange } from '../learning/setting-ranges.js'
import { sweepHtml } from '../learning/sweep-html.js'
import { writeFiles } from '../outputs/write-files.js'
import { nameOfData, openingOptions, type TrainFolderOptions } from './train-folder.js'
import { type TrainFolderResult, trainImages } from './train-images.js'

/** Settings to be tried, by name: every combination is trained. */
export type Grid = Readonly<Record<string, readonly (string | number)[]>>

export interface SweepRun {
  readonly settings: Readonly<Record<string, string | number>>
  /** Best validation accuracy; null where training broke. */
  readonly score: number | null
  readonly loss: number | null
  readonly steps: number
  readonly seconds: number
}

export interface SweepResult {
  readonly out: string
  readonly page: string
  /** Best first. */
  readonly runs: readonly SweepRun[]
}

export interface SweepOptions extends Omit<TrainFolderOptions, 'out' | 'fresh' | 'onStep' | 'onValidation'> {
  readonly out?: string
  readonly onRun?: (run: SweepRun, done: number, total: number) => void
}

/** What a grid may vary. */
export const SWEEPABLE = [
  'model',
  'optimizer',
  'rate',
  'decay',
  'schedule',
  'batchSize',
  'smoothing',
  'epochs',
  'steps',
  'seed',
  'fraction',
] as const

/**
 * Trains every combination of a grid and compares them on the validation images. Each run is a folder of its own below `out`;
 * stopped in any way, the same call goes on with the run it was in.
 *
 * @throws EpipoleError `usage` for a setting or a name there is not, or where `out` holds runs of other options; and what
 * `trainFolder` throws
 */
export async function sweep(data: string, wantedGrid: Grid, options: SweepOptions = {}): Promise<SweepResult> {
  const grid = checkedGrid(wantedGrid)
  const { onRun, out: wanted, ...base } = options
  const out = path.resolve(wanted ?? `${nameOfData(data)}-sweep`)
  const all = combinations(grid)
  const runs: SweepRun[] = []
  await withRuntime(base, async (runtime) => {
    const sets = await openImages(data, { ...openingOptions(base), pool: runtime.pool })
    const asked = askedFor(sets.fingerprint, base)
    for (const settings of all) {
      const folder = path.join(out, nameOf(settings))
      const record = path.join(folder, 'run.json')
      let run = await finished(record, asked)
      if (!run) {
        run = runOf(settings, await trainImages(sets, folder, runtime, { ...base, ...settings }))
        const text = JSON.stringify({ ...run, asked })
        await writeFiles(new Map([[record, new TextEncoder().encode(text)]]))
      }
      runs.push(run)
      onRun?.(run, runs.length, all.length)
    }
  })
  const sorted = runs.toSorted((a, b) => (b.score ?? -1) - (a.score ?? -1))
  const page = path.join(out, 'sweep.html')
  await writeFiles(new Map([[page, new TextEncoder().encode(sweepHtml(path.basename(out), grid, sorted))]]))
  return { out, page, runs: sorted }
}

const NAMES: Readonly<Record<string, readonly string[]>> = {
  model: MODELS,
  optimizer: Object.keys(OPTIMIZERS),
  schedule: Object.keys(SCHEDULES),
}

const RANGES: Readonly<Record<string, SettingRange>> = SETTING_RANGES

/** Checked before the first run, not in the middle of them; each value once. */
function checkedGrid(grid: Grid): Grid {
  for (const [setting, values] of Object.entries(grid)) {
    if (!(SWEEPABLE as readonly string[]).includes(setting))
      throw new EpipoleError('usage', `A sweep cannot vary "${setting}": take ${SWEEPABLE.join(', ')}.`)
    const names = NAMES[setting]
    const unknown = values.find((value) => names && !names.includes(String(value)))
    if (unknown !== undefined)
      throw new EpipoleError('usage', `There is no ${setting} "${unknown}": take ${names?.join(', ')}.`)
    const range = RANGES[setting]
    const outside = values.find((value) => range && !isInRange(value, range))
    if (range && outside !== undefined)
      throw new EpipoleError('usage', `${setting} cannot be ${outside}: it must be ${describeRange(range)}.`)
  }
  return Object.fromEntries(Object.entries(grid).map(([setting, values]) => [setting, [...new Set(values)]]))
}

/** What all runs of a sweep share and what changes their results. */
function askedFor(images: string, options: Omit<SweepOptions, 'out' | 'onRun'>): Readonly<Record<string, unknown>> {
  const { device: _d, onEvent: _e, signal: _s, workers: _w, ...settings } = options
  return { images, ...settings }
}

function combinations(grid: Grid): Record<string, string | number>[] {
  return Object.entries(grid).reduce<Record<string, string | number>[]>(
    (list, [name, values]) => list.flatMap((settings) => values.map((value) => ({ ...settings, [name]: value }))),
    [{}],
  )
}

const nameOf = (settings: Readonly<Record<string, string | number>>): string =>
  Object.entries(settings)
    .map(([name, value]) => `${name}=${value}`)
    .join(',') || 'default'

function runOf(settings: SweepRun['settings'], { result }: TrainFolderResult): SweepRun {
  const { position, evaluation, ended } = result
  return {
    settings,
    score: ended === 'not-finite' ? null : (position.best?.score ?? null),
    loss: evaluation?.loss ?? null,
    steps: position.step,
    seconds: position.seconds,
  }
}

/** The result of a run that an earlier call ended; a `usage` error where that was asked for something else. */
async function finished(file: string, asked: Readonly<Record<string, unknown>>): Promise<SweepRun | undefined> {
  let record: SweepRun & { readonly asked?: Readonly<Record<string, unknown>> }
  try {
    record = JSON.parse(await readFile(file, 'utf8'))
  } catch {
    return undefined // not there, or damaged: it is trained again, from its checkpoint
  }
  const { asked: before = {}, ...run } = record
  const say = (value: unknown) => JSON.stringify(value) ?? 'not given'
  const changed = [...new Set([...Object.keys(before), ...Object.keys(asked)])]
    .filter((name) => say(before[name]) !== say(asked[name]))
    .map((name) => `${name}: ${say(before[name])}, now ${say(asked[name])}`)
  if (changed.length === 0) return run
  throw new EpipoleError(
    'usage',
    `${path.dirname(file)} holds a run with other options (${changed.join('; ')}). Take those, or another folder with --out.`,
    { file, changed },
  )
}
