import { readFile } from 'node:fs/promises'
import path from 'node:path'
import { EpipoleError, isEpipoleError, randomStream } from '@epipole/core'
import {
  asSeparable,
  type Description,
  describe,
  describeDiagram,
  initialise,
  type Layer,
  MODEL_NAMES,
  modelByName,
  type Position,
  readSafetensors,
  type Views,
  views,
} from '@epipole/learn'
import { checkpointFolder } from '../learning/checkpoint-folder.node.js'
import { nameModelsBelow } from '../learning/load-model.node.js'
import { parseModelFile } from '../learning/model-file.js'
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
  /** With its regular convolutions made depthwise separable; absent where it has none. */
  readonly separable?: { readonly multiplications: number; readonly weights: number }
  /** Of a folder that `train` wrote. */
  readonly trained?: TrainedFacts
}

export interface TrainedFacts {
  /** The ready model it is. */
  readonly model: string
  readonly classes: readonly string[]
  /** Bits of weights and activations, where it was trained through rounding. */
  readonly quantize?: { readonly weightBits: number; readonly activationBits: number }
  /** Steps behind its weights, and their validation score; undefined where there are no weights yet. */
  readonly step: number | undefined
  readonly score: number | undefined
}

/**
 * What a model is made of: one by name, a folder that `train` wrote, or one of its checkpoints (`best.safetensors`).
 *
 * @throws EpipoleError `usage` for an unknown name or an input it does not take, `input` for a damaged folder, `io`
 */
export async function describeModel(name: string, options: DescribeModelOptions = {}): Promise<DescribeModelResult> {
  const { svg, example, seed = 0, input: given, classes } = options
  const ready = OWN_MODELS.includes(name) || MODEL_NAMES.includes(name) || name.startsWith('mlp-')
  const folder = ready ? undefined : await trainedModel(name, options)
  if (!ready && !folder)
    throw new EpipoleError(
      'usage',
      `There is no model "${name}": take ${[...OWN_MODELS, ...MODEL_NAMES].join(', ')}, widths as in mlp-784-512-10, or a folder that \`train\` wrote.`,
    )
  const { model, input } =
    folder ??
    (OWN_MODELS.includes(name) ? ownModel(name, given, classes) : modelByName(name, { input: given, classes }))
  if (example) checkExample(name, input, example)
  const description = described(name, model, input)
  const seen = example && views(model, initialise(model, randomStream(seed)), example)
  const file = svg === undefined ? undefined : path.resolve(svg)
  const drawing = seen?.neurons ?? describeDiagram(description)
  if (file !== undefined) await writeFiles(new Map([[file, new TextEncoder().encode(drawing)]]))
  const separated = asSeparable(model)
  const { multiplications, weights } = describe(separated, input).total
  const saves = weights !== description.total.weights
  return {
    ...description,
    ...(saves && { separable: { multiplications, weights } }),
    ...(folder && { trained: folder.trained }),
    ...(file && { svg: file }),
    ...(seen && { views: seen }),
  }
}

/** A model from its folder, or from a checkpoint in it; undefined where there is no such folder. */
async function trainedModel(from: string, { input, classes }: DescribeModelOptions) {
  const file = from.endsWith('.safetensors')
  const folder = file ? path.dirname(from) : from
  const at = path.join(folder, 'model.json')
  const text = await readFile(at, 'utf8').catch(() => undefined)
  if (text === undefined && !file) {
    await nameModelsBelow(folder)
    return undefined
  }
  if (text === undefined) throw new EpipoleError('input', `${folder} has no model.json that says what ${from} is.`)
  if (input !== undefined || classes !== undefined)
    throw new EpipoleError('usage', `${from} has its own input and classes: leave out --input and --classes.`)
  const facts = parseModelFile(text, at)
  const { shape } = facts.preparation
  const trained: TrainedFacts = {
    model: facts.model,
    classes: facts.classes,
    ...(facts.quantize && { quantize: facts.quantize }),
    ...(await standing(folder, file ? path.basename(from, '.safetensors') : undefined)),
  }
  return { model: modelFor(facts.model, shape, facts.classes.length, facts.quantize), input: shape, trained }
}

/** Where the training of a checkpoint stood: of the one named, else of the best, else of the last. */
async function standing(folder: string, name: string | undefined): Promise<Pick<TrainedFacts, 'step' | 'score'>> {
  const checkpoints = checkpointFolder(folder)
  for (const each of name === undefined ? ['best', 'last'] : [name]) {
    const bytes = await checkpoints.read(each)
    if (bytes === undefined) continue
    const { position } = readSafetensors(bytes, path.join(folder, `${each}.safetensors`)).metadata
    const { step, validations } = JSON.parse(position ?? '{}') as Partial<Position>
    return { step, score: validations?.findLast((v) => v.step === step)?.score }
  }
  if (name !== undefined) throw new EpipoleError('input', `There is no ${name}.safetensors in ${folder}.`, { folder })
  return { step: undefined, score: undefined }
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
