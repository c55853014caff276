import type { Command } from 'commander'
import { type ExportModelOptions, exportModel } from '../../actions/export-model.js'
import type { Context } from '../context.js'
import { wholeNumber } from '../parse.js'
import { printable } from '../printable.js'
import { progress } from '../progress.js'
import { MAX_WORKERS } from './shared-flags.js'

interface Flags extends Omit<ExportModelOptions, 'device' | 'onEvent' | 'signal'> {
  readonly json?: boolean
}

export function addExport(program: Command, context: Context): void {
  program
    .command('export')
    .description('write a trained model as an ONNX file: pixels from 0 to 1 in, any number of images at once')
    .argument('<model>', 'folder that `train` wrote')
    .option('-o, --out <file>', 'where the file goes (default: model.onnx in the folder)')
    .option('--last', 'the last weights in place of the best')
    .option('--quantize', '8-bit integers in place of floats; needs `train --quantize`, or --calibrate')
    .option('--calibrate <data>', 'quantise a model trained in floats by these images, like those it will see')
    .option('--skip-damaged', 'with --calibrate: leave out images that cannot be read')
    .option(
      '--workers <n>',
      'with --calibrate: threads that prepare images (default: one a core)',
      wholeNumber(0, MAX_WORKERS),
    )
    .option('--json', 'print the result as one line of JSON')
    .action(async (model: string, { json, ...options }: Flags) => {
      const { terminal, signal } = context
      const result = await exportModel(model, { ...options, signal, onEvent: progress(terminal) })
      if (json) terminal.out(JSON.stringify({ ok: true, ...result }))
      else {
        const { out, bytes, shape, classes, numbers } = result
        terminal.out(
          `image [batch, ${shape.join(', ')}] from 0 to 1; logits and probabilities of ${classes.length} classes`,
        )
        terminal.out(`ONNX ${printable(out)} (${numbers}, ${(bytes / 1e6).toFixed(2)} MB)`)
      }
    })
}
