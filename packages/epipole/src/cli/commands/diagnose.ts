import { describeFinding, statisticsTable } from '@epipole/learn'
import type { Command } from 'commander'
import { type DiagnoseModelOptions, type DiagnoseModelResult, diagnoseModel } from '../../actions/diagnose-model.js'
import type { Context } from '../context.js'
import { wholeNumber } from '../parse.js'
import { printable } from '../printable.js'
import { progress } from '../progress.js'
import type { Terminal } from '../terminal.js'
import { MAX_WORKERS } from './shared-flags.js'

interface Flags extends Omit<DiagnoseModelOptions, 'device' | 'onEvent' | 'signal'> {
  readonly json?: boolean
}

export function addDiagnose(program: Command, context: Context): void {
  program
    .command('diagnose')
    .description(
      'what is wrong with a trained model, or a training that was stopped: dead units, activations, gradients, updates, confusion',
    )
    .argument('<model>', 'folder that `train` wrote')
    .argument('<data>', 'folder or archive of labelled images: those it was trained on, or others of its classes')
    .option('-o, --out <file>', 'where the page goes (default: diagnosis.html in the folder)')
    .option('--last', 'the last weights in place of the best')
    .option('--skip-damaged', 'leave out images that cannot be read')
    .option('--workers <n>', 'threads that prepare images (default: one a core)', wholeNumber(0, MAX_WORKERS))
    .option('--json', 'print the result as one line of JSON')
    .action(async (model: string, data: string, { json, ...options }: Flags) => {
      const { terminal, signal } = context
      const found = await diagnoseModel(model, data, { ...options, signal, onEvent: progress(terminal) })
      if (json) terminal.out(JSON.stringify({ ok: true, ...found, confusion: [...found.confusion] }))
      else for (const line of lines(found, terminal)) terminal.out(line)
    })
}

function lines(found: DiagnoseModelResult, { colors }: Terminal): string[] {
  const { step, count, accuracy, loss, statistics, findings, page } = found
  return [
    `accuracy ${(100 * accuracy).toFixed(2)} %, loss ${loss.toFixed(4)} on ${count} images; weights after step ${step}`,
    '',
    ...statisticsTable(statistics).split('\n').map(printable),
    '',
    ...(findings.length === 0 ? ['nothing stands out'] : []),
    ...findings.map((finding) => `${colors.yellow('!')} ${printable(describeFinding(finding))}`),
    `page ${printable(page)}`,
  ]
}
