import { commonestMistakes } from '@epipole/learn'
import type { Command } from 'commander'
import { type TestModelResult, testModel } from '../../actions/test-model.js'
import type { Context } from '../context.js'
import { wholeNumber } from '../parse.js'
import { printable } from '../printable.js'
import { progress } from '../progress.js'
import { MAX_WORKERS } from './shared-flags.js'

interface Flags {
  readonly skipDamaged?: boolean
  readonly workers?: number
  readonly json?: boolean
}

export function addTest(program: Command, context: Context): void {
  program
    .command('test')
    .description('how a trained model does on labelled images: accuracy, and what it takes for what')
    .argument('<model>', 'folder that `train` wrote')
    .argument('<data>', 'folder or archive of labelled images; its test images where it has some')
    .option('--skip-damaged', 'leave out images that cannot be read')
    .option('--workers <n>', 'threads that prepare images (default: one a core)', wholeNumber(0, MAX_WORKERS))
    .option('--json', 'print the result as one line of JSON')
    .action(async (model: string, data: string, { json, ...options }: Flags) => {
      const { terminal, signal } = context
      const found = await testModel(model, data, { ...options, signal, onEvent: progress(terminal) })
      if (json) terminal.out(JSON.stringify({ ok: true, ...found, confusion: [...found.confusion] }))
      else for (const line of lines(found)) terminal.out(line)
    })
}

/** The overall numbers, each class's own, and the commonest mistakes. */
function lines({ count, accuracy, loss, classes, confusion }: TestModelResult): string[] {
  const n = classes.length
  const row = (c: number) => confusion.subarray(c * n, (c + 1) * n)
  const width = Math.min(24, Math.max(...classes.map((name) => printable(name).length)))
  const perClass = classes.map((name, c) => {
    const total = row(c).reduce((a, b) => a + b, 0)
    const right = total > 0 ? `${((100 * (row(c)[c] as number)) / total).toFixed(1)} %` : 'no images'
    return `  ${printable(name).padEnd(width)} ${right.padStart(8)} of ${total}`
  })
  const mistakes = commonestMistakes(confusion, n, 5).map(
    ({ times, truth, said }) =>
      `  ${times} × ${printable(classes[truth] ?? '')} taken for ${printable(classes[said] ?? '')}`,
  )
  return [
    `accuracy ${(100 * accuracy).toFixed(2)} %, loss ${loss.toFixed(4)} on ${count} images`,
    ...perClass,
    ...(mistakes.length > 0 ? ['commonest mistakes', ...mistakes] : []),
  ]
}
