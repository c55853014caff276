import { readFile } from 'node:fs/promises'
import { formatValue } from '@epipole/sfm'
import type { Command } from 'commander'
import { compare } from '../../actions/compare.js'
import { reconstructFolder } from '../../actions/reconstruct-folder.js'
import { sampleFolder } from '../../actions/sample-folder.js'
import type { Context } from '../context.js'
import { wholeNumber } from '../parse.js'
import { progress } from '../progress.js'
import { announce } from '../show-info.js'
import { finishReconstruct, type More } from '../show-result.js'
import { outFlags, type WorkFlags, workFlags } from './shared-flags.js'

interface Flags extends WorkFlags {
  readonly maxFeatures: number
  readonly out: string
  readonly open?: boolean
  readonly json?: boolean
}

/** What `reconstruct` would take without a flag. */
const OPTIONS = { matching: 'auto', maxImageSize: 3200 } as const
/** Half of what `reconstruct` would take: plenty for photos of one megapixel, and soon done. */
const MAX_FEATURES = 4096

export function addDemo(program: Command, context: Context): void {
  const command = program
    .command('demo')
    .description('reconstruct the sample photos that come with Epipole, and compare with their truth')
    .option('-o, --out <folder>', 'where the outputs go', 'sample-epipole')
    .option('--max-features <n>', 'features a photo', wholeNumber(16), MAX_FEATURES)
  workFlags(command)
  outFlags(command).action((flags: Flags) => act(flags, context))
}

async function act({ open, json, ...rest }: Flags, context: Context): Promise<void> {
  const { terminal, signal } = context
  const { photos, truth } = await sampleFolder()
  const onEvent = progress(terminal)
  const result = await reconstructFolder(photos, {
    ...OPTIONS,
    ...rest,
    signal,
    onEvent,
    onPhotos: (set) => announce(set, { ...OPTIONS, ...rest }, terminal),
  })
  const flags = { photos, json: json === true, open: open === true }
  await finishReconstruct(result, flags, context, result.sparse ? await beside(result.sparse, truth) : undefined)
  if (!json) terminal.out('          your own photos: npx epipole reconstruct <folder>')
}

/** How far the model is from the truth, which for rendered photos is exact. */
async function beside(model: string, truth: string): Promise<More> {
  const { centers, registered, total } = await compare(model, truth)
  if (!centers) return { json: {}, lines: [] }
  const { sceneSize } = JSON.parse(await readFile(truth, 'utf8')) as { sceneSize: number }
  const percent = (100 * centers.rmse) / sceneSize
  return {
    json: { truth: { registered, total, centerRmse: centers.rmse, centerMax: centers.max, sceneSize } },
    lines: [
      `truth     camera centres are off by ${formatValue(1000 * centers.rmse)} mm (RMSE), ` +
        `${formatValue(percent)} % of the scene's ${formatValue(sceneSize)} m`,
    ],
  }
}
