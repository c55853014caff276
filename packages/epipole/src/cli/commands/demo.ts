import { formatValue } from '@epipole/sfm'
import type { Command } from 'commander'
import { compare } from '../../actions/compare.js'
import { reconstructFolder } from '../../actions/reconstruct-folder.js'
import { sampleFolder } from '../../actions/sample-folder.js'
import type { Context } from '../context.js'
import { progress } from '../progress.js'
import { announce } from '../show-info.js'
import { finishReconstruct } from '../show-result.js'
import { outFlags, type WorkFlags, workFlags } from './shared-flags.js'

interface Flags extends WorkFlags {
  readonly out: string
  readonly open?: boolean
  readonly json?: boolean
}

/** What `reconstruct` would take without a flag. */
const DEFAULTS = { matching: 'auto', maxImageSize: 3200, maxFeatures: 8192 } as const

export function addDemo(program: Command, context: Context): void {
  const command = program
    .command('demo')
    .description('reconstruct the sample photos that come with Epipole, and compare with their truth')
    .option('-o, --out <folder>', 'where the outputs go', 'sample-epipole')
  workFlags(command)
  outFlags(command).action((flags: Flags) => act(flags, context))
}

async function act({ open, json, ...rest }: Flags, context: Context): Promise<void> {
  const { terminal, signal } = context
  const { photos, truth } = await sampleFolder()
  const onEvent = progress(terminal)
  const result = await reconstructFolder(photos, {
    ...rest,
    signal,
    onEvent,
    onPhotos: (set) => announce(set, { ...DEFAULTS, ...rest }, terminal),
  })
  await finishReconstruct(result, { photos, json: json === true, open: open === true }, context)
  if (json || !result.sparse) return
  const { centers, registered, total } = await compare(result.sparse, truth)
  if (!centers) return
  terminal.out(
    `truth     ${registered} of ${total} photos; camera centres off by ${formatValue(1000 * centers.rmse)} mm (RMSE), ` +
      `at most ${formatValue(1000 * centers.max)} mm`,
  )
}
