import type { Command } from 'commander'
import { type PredictResult, predict } from '../../actions/predict.js'
import type { Context } from '../context.js'
import { exitCode } from '../exit-codes.js'
import { wholeNumber } from '../parse.js'
import { printable } from '../printable.js'
import { MAX_WORKERS } from './shared-flags.js'

interface Flags {
  readonly workers?: number
  readonly json?: boolean
}

export function addPredict(program: Command, context: Context): void {
  program
    .command('predict')
    .description('what a trained model says of images; one that cannot be read is told, and the others go on')
    .argument('<model>', 'folder that `train` wrote')
    .argument('<images...>', 'image files, or folders of them')
    .option('--workers <n>', 'threads that decode images (default: one a core)', wholeNumber(0, MAX_WORKERS))
    .option('--json', 'print the result as one line of JSON')
    .action((model: string, images: string[], flags: Flags) => act(model, images, flags, context))
}

async function act(model: string, images: string[], { json, ...options }: Flags, context: Context): Promise<void> {
  const { terminal, signal } = context
  const onImage = (image: PredictResult['predictions'][number] | PredictResult['refused'][number]) => {
    if ('reason' in image) terminal.err(`${printable(image.name)}: ${printable(image.reason)}`)
    else if (!json) terminal.out(line(image))
  }
  const { predictions, refused } = await predict(model, images, { ...options, signal, onImage })
  if (json) terminal.out(JSON.stringify({ ok: refused.length === 0, predictions, refused }))
  if (refused.length > 0) context.exit = exitCode('input')
}

function line({ image, classes }: PredictResult['predictions'][number]): string {
  const best = classes.slice(0, 3).map(({ name, probability }) => {
    return `${printable(name)} ${(100 * probability).toFixed(1)} %`
  })
  return `${printable(image)}: ${best.join(', ')}`
}
