import path from 'node:path'
import { EpipoleError } from '@epipole/core'
import { type EnsembleReport, type Evaluation, ensemble } from '@epipole/learn'
import { openImages } from '../images/open-images.node.js'
import { withRuntime } from '../learning/runtime.node.js'
import { seedsHtml } from '../learning/seeds-html.js'
import { writeFiles } from '../outputs/write-files.js'
import { nameOfData, openingOptions, type TrainFolderOptions } from './train-folder.js'
import { type TrainFolderResult, trainImages } from './train-images.js'

export interface SeedRun {
  readonly seed: number
  /** The model's folder. */
  readonly out: string
  /** At the end of training, on the validation images; null where training broke. */
  readonly accuracy: number | null
}

export interface TrainSeedsOptions extends TrainFolderOptions {
  /** How many: `seed`, `seed` + 1, …; 2 to 100. */
  readonly seeds: number
  readonly onRun?: (run: SeedRun, done: number, total: number) => void
}

export interface TrainSeedsResult {
  readonly out: string
  readonly page: string
  readonly classes: readonly string[]
  readonly runs: readonly SeedRun[]
  /** Of the runs that did not break; undefined where all did. */
  readonly report: EnsembleReport | undefined
}

/**
 * Trains one recipe from several seeds: how much the result owes to chance, and what the models reach together by their mean
 * probability. All are scored on the same validation images, which do not depend on the seed of a run. Each run is a model's
 * folder below `out` (`seed-0`, …); stopped in any way, the same call goes on with the run it was in.
 *
 * @throws EpipoleError `usage` for a number of seeds that is none; and what `trainFolder` throws
 */
export async function trainSeeds(data: string, options: TrainSeedsOptions): Promise<TrainSeedsResult> {
  const { seeds, onRun, out: wanted, seed: first = 0, ...base } = options
  if (!(Number.isInteger(seeds) && seeds >= 2 && seeds <= 100))
    throw new EpipoleError('usage', `${seeds} seeds: it must be a whole number from 2 to 100.`)
  const out = path.resolve(wanted ?? `${nameOfData(data)}-model`)
  const runs: SeedRun[] = []
  const evaluations: Evaluation[] = []
  let last: TrainFolderResult | undefined
  await withRuntime(base, async (runtime) => {
    const sets = await openImages(data, { ...openingOptions(base), pool: runtime.pool })
    for (let seed = first; seed < first + seeds; seed++) {
      const folder = path.join(out, `seed-${seed}`)
      last = await trainImages(sets, folder, runtime, { ...base, seed, holdSeed: first })
      const { evaluation, ended } = last.result
      const good = ended === 'not-finite' ? undefined : evaluation
      if (good) evaluations.push(good)
      const run = { seed, out: folder, accuracy: good?.accuracy ?? null }
      runs.push(run)
      onRun?.(run, runs.length, seeds)
    }
  })
  const { classes, labels } = last as unknown as TrainFolderResult
  const report = evaluations.length > 0 ? ensemble(evaluations, (i) => labels[i] as number, classes.length) : undefined
  const page = path.join(out, 'seeds.html')
  await writeFiles(new Map([[page, new TextEncoder().encode(seedsHtml(path.basename(out), classes, runs, report))]]))
  return { out, page, classes, runs, report }
}
