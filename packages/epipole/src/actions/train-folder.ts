import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { createPool, defaultWorkers, EpipoleError, type OnEvent, randomStream } from '@epipole/core'
import type { Device } from '@epipole/graph'
import {
  batchesPerEpoch,
  type CheckpointStore,
  channelStatistics,
  crossEntropy,
  type LabelledImages,
  type StepReport,
  subset,
  type TrainOptions,
  type TrainResult,
  train,
  type ValidationReport,
} from '@epipole/learn'
import { createEpipoleWorker } from '#platform'
import type { RefusedImage } from '../images/image-sets.js'
import { openImages } from '../images/open-images.node.js'
import { checkpointFolder } from '../learning/checkpoint-folder.node.js'
import { openDevice } from '../learning/device.node.js'
import { type ModelFile, parseModelFile } from '../learning/model-file.js'
import { AUGMENTATIONS, choose, modelFor, OPTIMIZERS, QUANTIZE, SCHEDULES } from '../learning/recipe.js'
import { trainingReport } from '../learning/training-report.js'
import { writeFiles } from '../outputs/write-files.js'
import { tasks } from '../tasks/tasks.js'

export interface TrainFolderOptions {
  /** Default `./<data>-model`. */
  readonly out?: string
  /** A name of `MODELS`; default `resnet-small`. */
  readonly model?: string
  readonly optimizer?: string
  /** Default the optimizer's usual one. */
  readonly rate?: number
  readonly decay?: number
  readonly schedule?: string
  /** Names of `AUGMENTATIONS`. */
  readonly augment?: readonly string[]
  readonly epochs?: number
  /** Ends sooner: seconds of training in all. */
  readonly seconds?: number
  readonly batchSize?: number
  readonly smoothing?: number
  /** Trains through rounding to 8 bits, for an export that computes with integers. */
  readonly quantize?: boolean
  /** Validations without a better score after which training ends. */
  readonly patience?: number
  /** Part of the training images kept for validation where the data has no test images; default 0.1. */
  readonly hold?: number
  /** Side that images are brought to. */
  readonly size?: number
  readonly gray?: boolean
  readonly skipDamaged?: boolean
  readonly seed?: number
  /** Of which images are held back; default `seed`. */
  readonly holdSeed?: number
  readonly workers?: number
  /** Gives up what an earlier run left in `out`. */
  readonly fresh?: boolean
  /**
   * Part of the training images that is used, for learning curves: the same part of each class, at least one image. By `seed`;
   * a smaller part lies within a larger one, and validation images are the same for all.
   */
  readonly fraction?: number
  readonly device?: Device
  readonly onEvent?: OnEvent
  readonly onStep?: (report: StepReport) => void
  readonly onValidation?: (report: ValidationReport) => void
  readonly signal?: AbortSignal
}

export interface TrainFolderResult {
  /** Absolute. */
  readonly out: string
  /** The page: losses, layers, findings, confusion. */
  readonly report: string
  readonly classes: readonly string[]
  readonly images: { readonly train: number; readonly validation: number }
  /** Classes of the validation images. */
  readonly labels: readonly number[]
  readonly refused: readonly RefusedImage[]
  readonly result: TrainResult
}

/**
 * Trains a classifier on a folder (or archive) of labelled images. Checkpoints lie in `out`: stopped in any way, the same call
 * goes on and ends with the same bits on the same machine.
 *
 * @throws EpipoleError `input` where the data cannot be used, `usage` where options or an earlier run do not fit, `io`, `aborted`
 */
export async function trainFolder(data: string, options: TrainFolderOptions = {}): Promise<TrainFolderResult> {
  const { seed = 0, workers = defaultWorkers(), signal, onEvent, fresh = false } = options
  const out = path.resolve(options.out ?? `${nameOfData(data)}-model`)
  const pool = createPool<typeof tasks>({
    workers,
    tasks,
    createWorker: createEpipoleWorker,
    ...(signal && { signal }),
  })
  const device = options.device ?? (await openDevice())
  try {
    const sets = await openImages(data, {
      pool,
      ...imageOptions(options),
      ...(onEvent && { onEvent }),
      ...(signal && { signal }),
    })
    const { train: images, validation } = split(sets.train, sets.test, options)
    const recipe = await makeRecipe(images, options)
    const checkpoints = checkpointFolder(out)
    if (fresh) for (const name of ['last', 'best']) await rm(path.join(out, `${name}.safetensors`), { force: true })
    await writeModelFile(out, recipe.file, checkpoints)
    const result = await train({
      ...recipe.training,
      train: images,
      validation,
      seed,
      device,
      makeBatch: (payload) => pool.run('makeBatch', payload),
      checkpoints,
      diagnose: true,
      ...(onEvent && { onEvent }),
      ...(signal && { signal }),
      ...(options.onStep && { onStep: options.onStep }),
      ...(options.onValidation && { onValidation: options.onValidation }),
    })
    const report = path.join(out, 'report.html')
    const page = trainingReport({ title: path.basename(out), classes: images.classes, result })
    await writeFiles(new Map([[report, new TextEncoder().encode(page)]]))
    const counts = { train: images.count, validation: validation.count }
    const labels = Array.from({ length: validation.count }, (_, i) => validation.label(i))
    return { out, report, classes: images.classes, images: counts, labels, refused: sets.refused, result }
  } finally {
    await pool.close()
    if (!options.device) await device.close()
  }
}

/** The name of a data set's folder or archive, without what says that it is one. */
export const nameOfData = (data: string): string =>
  path.basename(path.resolve(data)).replace(/\.(tar|tgz|tar\.gz)$/, '')

export function imageOptions({ size, gray, skipDamaged }: Pick<TrainFolderOptions, 'size' | 'gray' | 'skipDamaged'>) {
  return {
    ...(size !== undefined && { size: [size, size] as const }),
    channels: gray ? (1 as const) : (3 as const),
    skipDamaged: skipDamaged ?? false,
  }
}

/** Training and validation images: the data's own test images, or some of each class held back; equal for a seed. */
function split(
  all: LabelledImages,
  test: LabelledImages | undefined,
  { hold = 0.1, seed = 0, holdSeed = seed, fraction = 1 }: TrainFolderOptions,
): { train: LabelledImages; validation: LabelledImages } {
  if (!(fraction > 0 && fraction <= 1))
    throw new EpipoleError('usage', `A fraction of ${fraction}: above 0, at most 1.`)
  const order = randomStream(holdSeed, 'hold').shuffle(Array.from({ length: all.count }, (_, i) => i))
  const byClass = all.classes.map((_, c) => order.filter((i) => all.label(i) === c))
  const held = test ? [] : byClass.flatMap((list) => list.splice(0, Math.max(1, Math.round(hold * list.length))))
  const empty = byClass.findIndex((list) => list.length === 0)
  if (empty >= 0)
    throw new EpipoleError('input', `Class ${all.classes[empty]} has too few images to keep some for validation.`)
  const kept = byClass.flatMap((list) => list.slice(0, Math.max(1, Math.round(fraction * list.length))))
  return {
    train: subset(
      all,
      kept.sort((a, b) => a - b),
    ),
    validation: test ?? subset(all, held),
  }
}

async function makeRecipe(images: LabelledImages, options: TrainFolderOptions) {
  const { model = 'resnet-small', optimizer = 'adamw', schedule = 'cosine', decay = 0.01, epochs = 10 } = options
  const { smoothing = 0, augment = [], seconds, patience } = options
  const quantize = options.quantize ? { quantize: QUANTIZE } : {}
  const batchSize = Math.min(options.batchSize ?? 64, images.count)
  const chosen = choose(OPTIMIZERS, optimizer, 'optimizer')
  const rate = options.rate ?? chosen.rate
  const { mean, std } = await channelStatistics(images)
  const steps = epochs * batchesPerEpoch(images.count, { size: batchSize })
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
    rate: choose(SCHEDULES, schedule, 'schedule')(rate, steps),
    batchSize,
    epochs,
    preparation: {
      shape: images.shape,
      mean,
      std,
      augment: augment.map((name) => choose(AUGMENTATIONS, name, 'augmentation')(images.shape[1])),
    },
    settings: {
      model,
      optimizer,
      schedule,
      rate,
      decay,
      epochs,
      smoothing,
      augment,
      images: images.count,
      classes: images.classes,
      ...quantize,
    },
    ...(seconds !== undefined && { seconds }),
    ...(patience !== undefined && { patience }),
  }
  return { file, training }
}

/** Writes `model.json`; a `usage` error, and nothing touched, where the folder holds the weights of another model. */
async function writeModelFile(out: string, file: ModelFile, checkpoints: CheckpointStore): Promise<void> {
  const at = path.join(out, 'model.json')
  const before = await readFile(at, 'utf8').catch(() => undefined)
  const text = `${JSON.stringify(file, null, 1)}\n`
  if (before === text) return
  if (before !== undefined && ((await checkpoints.read('last')) ?? (await checkpoints.read('best')))) {
    const { model } = parseModelFile(before, at)
    const what = model === file.model ? 'a model of other images' : `a trained ${model}, not ${file.model}`
    throw new EpipoleError(
      'usage',
      `${out} holds ${what}. Choose another folder with --out, or give it up with --fresh.`,
      { out, model },
    )
  }
  await writeFiles(new Map([[at, new TextEncoder().encode(text)]]))
}
