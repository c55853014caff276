import type { Command } from 'commander'
import { info } from '../../actions/info.js'
import { openPhotos } from '../../photos/open-photos.js'
import type { Context } from '../context.js'
import { exitCode } from '../exit-codes.js'
import { wholeNumber } from '../parse.js'
import { progress } from '../progress.js'
import { infoLines } from '../show-info.js'
import { MAX_WORKERS, type MatchingFlags, matchingFlags } from './shared-flags.js'

interface Flags extends MatchingFlags {
  readonly workers?: number
  readonly json?: boolean
}

export function addInfo(program: Command, context: Context): void {
  const command = program
    .command('info')
    .description('what a reconstruction of these photos would do, with an estimate')
    .argument('<photos>', 'folder of photos')
  matchingFlags(command)
    .option('--workers <n>', 'worker threads to reckon with (default: one a core)', wholeNumber(0, MAX_WORKERS))
    .option('--json', 'print one line of JSON')
    .action((photos: string, flags: Flags) => act(photos, flags, context))
}

async function act(photos: string, flags: Flags, context: Context): Promise<void> {
  const { terminal, signal } = context
  const set = await openPhotos(photos)
  const found = await info(set, { ...flags, signal, onEvent: progress(terminal) })
  if (flags.json) terminal.out(JSON.stringify({ ok: true, ...found }))
  else for (const line of infoLines(found, terminal.colors)) terminal.out(line)
  if (found.photos.length === 0) context.exit = exitCode('input')
}
