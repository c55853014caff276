import type { Command } from 'commander'
import { CONVERT_TARGETS, type ConvertTarget, convert } from '../../actions/convert.js'
import type { Context } from '../context.js'
import { oneOf } from '../parse.js'
import { printable } from '../printable.js'
import { plural } from '../show-info.js'

interface Flags {
  readonly to: ConvertTarget
  readonly photos?: string
  readonly json?: boolean
}

export function addConvert(program: Command, context: Context): void {
  program
    .command('convert')
    .description('a COLMAP model in another form')
    .argument('<model>', 'folder of a COLMAP model, or an output folder')
    .argument('<output>', 'folder (colmap-bin, colmap-text) or file')
    .requiredOption('--to <form>', `one of ${CONVERT_TARGETS.join(', ')}`, oneOf(CONVERT_TARGETS))
    .option('--photos <folder>', 'folder of the photos, which nerfstudio names (default: images beside the output)')
    .option('--json', 'print one line of JSON')
    .action(async (model: string, output: string, flags: Flags) => {
      const { to, photos } = flags
      const done = await convert(model, output, { to, ...(photos !== undefined && { photoFolder: photos }) })
      if (flags.json) context.terminal.out(JSON.stringify({ ok: true, ...done }))
      else {
        context.terminal.out(`${plural(done.images, 'image')}, ${plural(done.points, 'point')}`)
        for (const file of done.written) context.terminal.out(printable(file))
      }
    })
}
