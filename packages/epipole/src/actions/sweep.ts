import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { EpipoleError } from '@epipole/core'
import { escapeHtml, type Line, lineChart } from '@epipole/learn'
import { openImages } from '../images/open-images.node.js'
import { MODELS, OPTIMIZERS, SCHEDULES } from '../learning/recipe.js'
import { withRuntime } from '../learning/runtime.node.js'
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
export async function sweep(data: string, grid: Grid, options: SweepOptions = {}): Promise<SweepResult> {
  checkGrid(grid)
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

/** Before the first run, not in the middle of them. */
function checkGrid(grid: Grid): void {
  for (const [setting, values] of Object.entries(grid)) {
    if (!(SWEEPABLE as readonly string[]).includes(setting))
      throw new EpipoleError('usage', `A sweep cannot vary "${setting}": take ${SWEEPABLE.join(', ')}.`)
    const names = NAMES[setting]
    const unknown = values.find((value) => names && !names.includes(String(value)))
    if (unknown !== undefined)
      throw new EpipoleError('usage', `There is no ${setting} "${unknown}": take ${names?.join(', ')}.`)
  }
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

/** A table of all runs, and the score against each setting that is a number. */
function sweepHtml(title: string, grid: Grid, runs: readonly SweepRun[]): string {
  const names = Object.keys(grid)
  const numeric = names.filter(
    (name) => (grid[name] as readonly unknown[]).length > 1 && grid[name]?.every((v) => typeof v === 'number'),
  )
  const charts = numeric.map((name) => {
    const lines = new Map<string, [number, number][]>()
    for (const { settings, score } of runs) {
      const rest = nameOf(Object.fromEntries(Object.entries(settings).filter(([n]) => n !== name)))
      if (score !== null) lines.set(rest, [...(lines.get(rest) ?? []), [settings[name] as number, score]])
    }
    const list: Line[] = [...lines].map(([line, points]) => ({
      name: line,
      points: points.sort((a, b) => a[0] - b[0]),
    }))
    return lineChart(`Best validation accuracy by ${name}`, list, { logX: name === 'rate' || name === 'decay' })
  })
  const cell = (v: string | number | null | undefined) =>
    `<td>${escapeHtml(v === null ? 'broke' : String(v ?? ''))}</td>`
  const rows = runs.map(
    ({ settings, score, loss, steps, seconds }) =>
      `<tr>${names.map((n) => cell(settings[n])).join('')}${cell(score === null ? null : `${(100 * score).toFixed(2)} %`)}${cell(loss?.toFixed(4))}${cell(steps)}${cell(seconds.toFixed(0))}</tr>`,
  )
  const head = [...names, 'accuracy', 'loss', 'steps', 'seconds'].map((n) => `<th>${escapeHtml(n)}</th>`).join('')
  return `<!doctype html><html lang="en"><meta charset="utf-8"><title>${escapeHtml(title)}</title><style>body{font:15px system-ui,sans-serif;max-width:900px;margin:2em auto}td,th{padding:3px 10px;text-align:left}.grid{stroke:#ddd}svg text{font-size:11px}</style><h1>${escapeHtml(title)}</h1><table><tr>${head}</tr>${rows.join('')}</table>${charts.join('')}</html>\n`
}
