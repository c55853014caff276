import type { Command } from 'commander'
import { InvalidArgumentError } from 'commander'
import { type PairFilesResult, pairFiles } from '../../actions/pair-files.js'
import { readIntrinsics } from '../../actions/read-intrinsics.js'
import type { Context } from '../context.js'
import { exitCode } from '../exit-codes.js'
import { openFile } from '../open-file.js'
import { wholeNumber } from '../parse.js'
import { progress } from '../progress.js'
import { pairJson, pairLines } from '../show-pair.js'
import { type WorkFlags, workFlags } from './shared-flags.js'

interface Flags extends WorkFlags {
  readonly out?: string
  readonly intrinsics?: string
  readonly maxImageSize: number
  readonly maxFeatures: number
  readonly maxError: number
  readonly open?: boolean
  readonly json?: boolean
}

export function addPair(program: Command, context: Context): void {
  const command = program
    .command('pair')
    .description('how two photos relate: matches, epipolar lines and residuals, drawn as SVG')
    .argument('<a>', 'a photo')
    .argument('<b>', 'another')
    .option('-o, --out <file>', 'the drawing (default: ./<a>-<b>.svg)')
    .option(
      '--intrinsics <K>',
      "fx,fy,cx,cy in pixels of the full-size photo, or a file: 3×3 matrix or COLMAP's cameras.txt",
    )
    .option('--max-error <px>', 'largest residual of an inlier, pixels at full size', positive, 4)
    .option('--max-image-size <px>', 'scale photos down to this longer side for features', wholeNumber(64), 3200)
    .option('--max-features <n>', 'features a photo', wholeNumber(16), 8192)
  workFlags(command)
    .option('--open', 'open the drawing at the end')
    .option('--json', 'print the result as one line of JSON')
    .action((a: string, b: string, flags: Flags) => act(a, b, flags, context))
}

async function act(a: string, b: string, flags: Flags, context: Context): Promise<void> {
  const { terminal, signal } = context
  const { intrinsics, maxError, open, json, ...rest } = flags
  const given = intrinsics === undefined ? undefined : await readIntrinsics(intrinsics)
  const result: PairFilesResult = await pairFiles(a, b, {
    ...rest,
    maxErrorPx: maxError,
    ...(given && { intrinsics: given }),
    signal,
    onEvent: progress(terminal),
  })
  if (result.geometry.kind === 'refused') context.exit = exitCode('nothing')
  if (json) terminal.out(JSON.stringify(pairJson(result, context.exit)))
  else for (const line of pairLines(result, terminal.colors)) terminal.out(line)
  if (open) await openFile(result.svg, terminal)
}

function positive(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value > 0 && Number.isFinite(value)) return value
  throw new InvalidArgumentError('It must be a positive number of pixels.')
}
