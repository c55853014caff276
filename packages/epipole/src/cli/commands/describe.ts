import { describeTable } from '@epipole/learn'
import { type Command, InvalidArgumentError } from 'commander'
import { type DescribeModelResult, describeModel } from '../../actions/describe-model.js'
import { MODELS } from '../../learning/recipe.js'
import type { Context } from '../context.js'
import { wholeNumber } from '../parse.js'

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
    .argument('<model>', `${MODELS.join(', ')}, or a perceptron by its widths: mlp-3-4-4-1`)
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
  const { views, svg } = result
  const seen = views ? ['', views.matrices, '', views.graph, '', views.algebra] : []
  return [describeTable(result), ...seen, ...(svg ? ['', `drawn in ${svg}`] : [])]
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
