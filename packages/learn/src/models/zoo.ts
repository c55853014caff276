import { EpipoleError } from '@epipole/core'
import type { Layer } from '../layers/layer.js'
import { CONVNEXT_V2_SIZES, convNeXtV2 } from './convnext-v2.js'
import { leNet } from './lenet.js'
import { mlp } from './mlp.js'
import { resNet18 } from './resnet.js'
import { VIT_SIZES, vit } from './vit.js'

/** What a model by name can be told. */
export interface ModelOptions {
  /** Default 1000, of LeNet and CIFAR's ResNet 10. A perceptron has its last width. */
  readonly classes?: number
  /** Shape of one image, [channels, rows, columns]; default the published one. */
  readonly input?: readonly number[]
}

interface Entry {
  readonly input: readonly number[]
  readonly classes: number
  /** Sizes it takes, and how that is said; default all. */
  readonly takes?: readonly [fits: (rows: number, columns: number) => boolean, wanted: string]
  readonly make: (options: { classes: number; input: readonly number[] }) => Layer
}

const IMAGENET = { input: [3, 224, 224], classes: 1000 }

const MODELS: Readonly<Record<string, Entry>> = {
  lenet: {
    input: [1, 28, 28],
    classes: 10,
    takes: [(rows, columns) => rows === 28 && columns === 28, '28 × 28'],
    make: ({ classes, input }) => leNet({ classes, channels: input[0] }),
  },
  resnet18: { ...IMAGENET, make: ({ classes, input }) => resNet18({ classes, channels: input[0] }) },
  'resnet18-cifar': {
    input: [3, 32, 32],
    classes: 10,
    make: ({ classes, input }) => resNet18({ classes, channels: input[0], stem: 'cifar' }),
  },
  ...Object.fromEntries(
    Object.entries(CONVNEXT_V2_SIZES).map(([name, size]): [string, Entry] => [
      `convnextv2-${name}`,
      {
        ...IMAGENET,
        // Smaller ones end in no place at all.
        takes: [(rows, columns) => rows >= 32 && columns >= 32, '32 × 32 or more'],
        make: ({ classes, input }) => convNeXtV2({ ...size, classes, channels: input[0] }),
      },
    ]),
  ),
  ...Object.fromEntries(
    Object.entries(VIT_SIZES).map(([name, size]): [string, Entry] => [
      `vit-${name}`,
      {
        ...IMAGENET,
        takes: [(rows, columns) => rows === columns, 'as many rows as columns'],
        make: ({ classes, input }) =>
          vit({ ...size, classes, channels: input[0], size: input[1], patch: input[1] <= 64 ? 4 : 16 }),
      },
    ]),
  ),
}

export const MODEL_NAMES: readonly string[] = Object.keys(MODELS)

/**
 * A ready model by name and the shape of its input: one of `MODEL_NAMES`, or the widths of a perceptron, `mlp-784-512-10`.
 * A `usage` error lists the names.
 */
export function modelByName(name: string, options: ModelOptions = {}): { model: Layer; input: readonly number[] } {
  const widths = /^mlp((-[1-9]\d*){2,})$/.exec(name)?.[1].slice(1).split('-').map(Number)
  if (widths !== undefined) {
    if (options.input !== undefined || options.classes !== undefined)
      throw new EpipoleError('usage', `The widths of ${name} say what it takes and gives: leave out input and classes.`)
    return { model: mlp(widths), input: [widths[0]] }
  }
  const entry = Object.hasOwn(MODELS, name) ? MODELS[name] : undefined
  if (entry === undefined)
    throw new EpipoleError('usage', `There is no model "${name}": take ${MODEL_NAMES.join(', ')} or mlp-784-512-10.`)
  const { input = entry.input, classes = entry.classes } = options
  if (input.length !== 3) throw new EpipoleError('usage', `${name} takes images: three sizes, not ${input.join('x')}.`)
  const [, rows, columns] = input
  if (entry.takes && !entry.takes[0](rows, columns))
    throw new EpipoleError('usage', `${name} takes images of ${entry.takes[1]}, not ${rows} × ${columns}.`)
  return { model: entry.make({ classes, input }), input }
}
