import path from 'node:path'
import { EpipoleError, isEpipoleError, randomStream } from '@epipole/core'
import {
  type Description,
  describe,
  describeDiagram,
  initialise,
  type Layer,
  modelByName,
  type Views,
  views,
} from '@epipole/learn'
import { modelFor, OWN_MODELS } from '../learning/recipe.js'
import { writeFiles } from '../outputs/write-files.js'

export interface DescribeModelOptions {
  /** Shape of one example; default the model's own. */
  readonly input?: readonly number[]
  readonly classes?: number
  /** Where the drawing goes; none without it. */
  readonly svg?: string
  /** A small perceptron's input: asks for its four views, with weights drawn from `seed`; the drawing shows its neurons. */
  readonly example?: readonly number[]
  readonly seed?: number
}

export interface DescribeModelResult extends Description {
  /** Absolute path of the drawing. */
  readonly svg?: string
  readonly views?: Views
}

/**
 * What a model by name is made of.
 *
 * @throws EpipoleError `usage` for an unknown name or an input it does not take, `io`
 */
export async function describeModel(name: string, options: DescribeModelOptions = {}): Promise<DescribeModelResult> {
  const { svg, example, seed = 0, input: given, classes } = options
  const { model, input } = OWN_MODELS.includes(name)
    ? ownModel(name, given, classes)
    : modelByName(name, { input: given, classes })
  if (example) checkExample(name, input, example)
  const description = described(name, model, input)
  const seen = example && views(model, initialise(model, randomStream(seed)), example)
  const file = svg === undefined ? undefined : path.resolve(svg)
  const drawing = seen?.neurons ?? describeDiagram(description)
  if (file !== undefined) await writeFiles(new Map([[file, new TextEncoder().encode(drawing)]]))
  return { ...description, ...(file && { svg: file }), ...(seen && { views: seen }) }
}

/** For images as CIFAR's where nothing else is said. */
function ownModel(name: string, input: readonly number[] = [3, 32, 32], classes = 10) {
  const [channels, height, width] = input
  if (input.length !== 3 || channels === undefined || height === undefined || width === undefined)
    throw new EpipoleError('usage', `${name} takes images: three sizes, not ${input.join('x')}.`)
  return { model: modelFor(name, [channels, height, width], classes), input }
}

function checkExample(name: string, input: readonly number[], example: readonly number[]): void {
  if (input.length !== 1)
    throw new EpipoleError('usage', `An example shows a small perceptron, such as mlp-3-4-4-1; ${name} takes images.`)
  if (input[0] !== example.length)
    throw new EpipoleError('usage', `${name} takes ${input[0]} numbers, the example has ${example.length}.`)
}

function described(name: string, model: Layer, input: readonly number[]): Description {
  try {
    return describe(model, input)
  } catch (error) {
    if (!isEpipoleError(error) || error.code !== 'usage') throw error
    const { message, details } = error
    throw new EpipoleError('usage', `${name} does not take ${input.join('x')}: ${message}`, details, { cause: error })
  }
}
