import type { Command } from 'commander'
import { predict } from '../../actions/predict.js'
import type { Context } from '../context.js'
import { printable } from '../printable.js'

export function addPredict(program: Command, context: Context): void {
  program
    .command('predict')
    .description('what a trained model says of images')
    .argument('<model>', 'folder that `train` wrote')
    .argument('<images...>', 'image files')
    .option('--json', 'print the result as one line of JSON')
    .action(async (model: string, images: string[], { json }: { json?: boolean }) => {
      const { terminal } = context
      const predictions = await predict(model, images)
      if (json) terminal.out(JSON.stringify({ ok: true, predictions }))
      else
        for (const { image, classes } of predictions) {
          const best = classes
            .slice(0, 3)
            .map(({ name, probability }) => `${printable(name)} ${(100 * probability).toFixed(1)} %`)
          terminal.out(`${printable(image)}: ${best.join(', ')}`)
        }
    })
}
