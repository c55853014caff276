import path from 'node:path'
import { randomStream } from '@epipole/core'
import { type Description, describe, describeDiagram, initialise, modelByName, type Views, views } from '@epipole/learn'
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
  const { model, input } = modelByName(name, { input: given, classes })
  const description = describe(model, input)
  const seen = example && views(model, initialise(model, randomStream(seed)), example)
  const file = svg === undefined ? undefined : path.resolve(svg)
  const drawing = seen?.neurons ?? describeDiagram(description)
  if (file !== undefined) await writeFiles(new Map([[file, new TextEncoder().encode(drawing)]]))
  return { ...description, ...(file && { svg: file }), ...(seen && { views: seen }) }
}
