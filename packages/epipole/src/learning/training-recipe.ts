import {
  batchesPerEpoch,
  channelStatistics,
  crossEntropy,
  type LabelledImages,
  overBudget,
  type TrainOptions,
} from '@epipole/learn'
import type { ModelFile } from './model-file.js'
import { AUGMENTATIONS, choose, modelFor, OPTIMIZERS, QUANTIZE, SCHEDULES } from './recipe.js'

/** What is trained and how, by names. */
export interface RecipeOptions {
  /** A name of `MODELS`; default `resnet-small`. */
  readonly model?: string
  readonly optimizer?: string
  /** Default the optimizer's usual one. */
  readonly rate?: number
  readonly decay?: number
  /** A name of `SCHEDULES`, stretched over the whole training. */
  readonly schedule?: string
  /** Names of `AUGMENTATIONS`. */
  readonly augment?: readonly string[]
  /** Default 10, or without a limit where `steps` or `seconds` are given. */
  readonly epochs?: number
  /** Batches in all. */
  readonly steps?: number
  /** Seconds of training and validation in all; schedules end with them, so the clock then has a part in the result. */
  readonly seconds?: number
  readonly batchSize?: number
  readonly smoothing?: number
  /** Trains through rounding to 8 bits, for an export that computes with integers. */
  readonly quantize?: boolean
  /** Validations without a better score after which training ends. */
  readonly patience?: number
}

/**
 * The model's file and what `train` is told, with the settings that must not change between parts of a run.
 *
 * @param known mean and deviation of the images, where they need not be measured
 */
export async function trainingRecipe(
  images: LabelledImages,
  options: RecipeOptions,
  known?: Pick<ModelFile['preparation'], 'mean' | 'std'>,
) {
  const { model = 'resnet-small', optimizer = 'adamw', schedule = 'cosine', decay = 0.01, seconds } = options
  const { smoothing = 0, augment = [], patience, steps } = options
  const quantize = options.quantize ? { quantize: QUANTIZE } : {}
  const unlimited = steps !== undefined || seconds !== undefined
  const epochs = options.epochs ?? (unlimited ? undefined : 10)
  const batchSize = Math.min(options.batchSize ?? 64, images.count)
  const chosen = choose(OPTIMIZERS, optimizer, 'optimizer')
  const rate = options.rate ?? chosen.rate
  const { mean, std } = known ?? (await channelStatistics(images))
  const perEpoch = batchesPerEpoch(images.count, { size: batchSize })
  // With seconds alone, a schedule has its shape from so many epochs and its length from the clock.
  const inEpochs = (epochs ?? 100) * perEpoch
  const planned = steps === undefined ? inEpochs : epochs === undefined ? steps : Math.min(steps, inEpochs)
  const file: ModelFile = {
    format: 'epipole-model',
    version: 1,
    model,
    classes: images.classes,
    ...quantize,
    preparation: { shape: images.shape, mean, std },
  }
  const training = {
    net: modelFor(model, images.shape, images.classes.length, quantize.quantize),
    loss: ((apply, { image, label }) => crossEntropy(apply(image), label, { smoothing })) as TrainOptions['loss'],
    optimizer: chosen.make(decay),
    rate: overBudget(choose(SCHEDULES, schedule, 'schedule')(rate, planned), planned),
    batchSize,
    preparation: {
      shape: images.shape,
      mean,
      std,
      augment: augment.map((name) => choose(AUGMENTATIONS, name, 'augmentation')(images.shape[1])),
    },
    settings: { model, optimizer, schedule, rate, decay, epochs, steps, seconds, smoothing, augment, ...quantize },
    ...(epochs !== undefined && { epochs }),
    ...(steps !== undefined && { steps }),
    ...(seconds !== undefined && { seconds }),
    ...(patience !== undefined && { patience }),
  }
  return { file, training }
}
