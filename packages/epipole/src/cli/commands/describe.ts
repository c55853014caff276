import { describeTable } from '@epipole/learn'
import { formatCount } from '@epipole/sfm'
import { type Command, InvalidArgumentError } from 'commander'
import { type DescribeModelResult, describeModel, type TrainedFacts } from '../../actions/describe-model.js'
import { MODELS } from '../../learning/recipe.js'
import type { Context } from '../context.js'
import { wholeNumber } from '../parse.js'
import { printable } from '../printable.js'

interface Flags {
  readonly input?: readonly number[]
  readonly classes?: number
  readonly svg?: string
  readonly example?: readonly number[]
  readonly seed: number
  readonly json?: boolean
}

export function addDescribe(program: Command, context: Context): void {
  program
    .command('describe')
    .description('what a model is made of: neurons, weights, sizes, what each layer sees, multiplications')
    .argument(
      '<model>',
      `${MODELS.join(', ')}, a perceptron by its widths (mlp-3-4-4-1), or a folder that \`train\` wrote`,
    )
    .option('--input <shape>', 'shape of one image, channels x rows x columns, e.g. 3x64x64', shape)
    .option('--classes <n>', 'classes of the last layer', wholeNumber(1))
    .option('--svg <file>', 'draw the layers (with --example: the neurons)')
    .option('--example <x,y,...>', 'show a small perceptron at this input as matrices, graph and algebra', numbers)
    .option('--seed <n>', 'seed of its weights', wholeNumber(0), 0)
    .option('--json', 'print the result as one line of JSON')
    .action((model: string, flags: Flags) => act(model, flags, context))
}

async function act(model: string, flags: Flags, { terminal }: Context): Promise<void> {
  const { json, ...options } = flags
  const result = await describeModel(model, options)
  if (json) terminal.out(JSON.stringify({ ok: true, model, ...result }))
  else for (const line of describeLines(result)) terminal.out(line)
}

function describeLines(result: DescribeModelResult): string[] {
  const { views, svg, trained, separable, total } = result
  const share = separable && (separable.multiplications / total.multiplications).toFixed(2)
  const saving = separable
    ? [
        `with depthwise separable convolutions ${share} of the multiplications, ${formatCount(separable.weights)} weights`,
      ]
    : []
  const seen = views ? ['', views.matrices, '', views.graph, '', views.algebra] : []
  return [
    ...(trained ? [trainedLine(trained), ''] : []),
    describeTable(result),
    ...saving,
    ...seen,
    ...(svg ? ['', `drawn in ${svg}`] : []),
  ]
}

function trainedLine({ model, classes, quantize, step, score }: TrainedFacts): string {
  const parts = [
    `${model} of ${classes.length} classes (${classes.slice(0, 10).map(printable).join(', ')}${classes.length > 10 ? ', …' : ''})`,
  ]
  if (quantize) parts.push(`trained through rounding to ${quantize.weightBits} and ${quantize.activationBits} bits`)
  if (step === undefined) parts.push('no weights yet')
  else
    parts.push(
      `weights after step ${step}${score === undefined ? '' : `, ${(100 * score).toFixed(2)} % on validation`}`,
    )
  return parts.join('; ')
}

function shape(text: string): number[] {
  if (/^[1-9]\d{0,5}(x[1-9]\d{0,5})*$/.test(text)) return text.split('x').map(Number)
  throw new InvalidArgumentError('It must be whole numbers joined by x: 3x224x224.')
}

function numbers(text: string): number[] {
  const list = text.split(',').map((part) => (part.trim() === '' ? Number.NaN : Number(part)))
  if (list.every(Number.isFinite)) return list
  throw new InvalidArgumentError('It must be numbers joined by commas: 0.5,-1,2.')
}
