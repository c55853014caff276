import { readFile, rm } from 'node:fs/promises'
import path from 'node:path'
import { EpipoleError, type OnEvent } from '@epipole/core'
import { type CheckpointStore, type StepReport, type TrainResult, train, type ValidationReport } from '@epipole/learn'
import type { ImageSets, RefusedImage } from '../images/image-sets.js'
import { checkpointFolder } from '../learning/checkpoint-folder.node.js'
import { type ModelFile, parseModelFile } from '../learning/model-file.js'
import type { LearningRuntime } from '../learning/runtime.node.js'
import { type SplitOptions, splitImages } from '../learning/split-images.js'
import { type RecipeOptions, trainingRecipe } from '../learning/training-recipe.js'
import { trainingReport } from '../learning/training-report.js'
import { writeFiles } from '../outputs/write-files.js'

export interface TrainImagesOptions extends RecipeOptions, SplitOptions {
  /** Gives up what an earlier run left in `out`. */
  readonly fresh?: boolean
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

/** `trainFolder` on images that are open already, so that a sweep opens them once. */
export async function trainImages(
  sets: ImageSets,
  out: string,
  { pool, device }: LearningRuntime,
  options: TrainImagesOptions,
): Promise<TrainFolderResult> {
  const {
    seed = 0,
    holdSeed = seed,
    hold = 0.1,
    fraction = 1,
    fresh = false,
    onEvent,
    onStep,
    onValidation,
    signal,
  } = options
  const { train: images, validation } = splitImages(sets, options)
  const { file, training } = await trainingRecipe(images, options)
  const checkpoints = checkpointFolder(out)
  if (fresh) for (const name of ['last', 'best']) await rm(path.join(out, `${name}.safetensors`), { force: true })
  await writeModelFile(out, file, checkpoints)
  const result = await train({
    ...training,
    settings: {
      ...training.settings,
      data: sets.fingerprint,
      shape: images.shape,
      classes: images.classes,
      ...(!sets.test && { hold, holdSeed }),
      fraction,
    },
    train: images,
    validation,
    seed,
    device,
    makeBatch: (payload) => pool.run('makeBatch', payload),
    checkpoints,
    diagnose: true,
    ...(onEvent && { onEvent }),
    ...(onStep && { onStep }),
    ...(onValidation && { onValidation }),
    ...(signal && { signal }),
  })
  const page = trainingReport({ title: path.basename(out), classes: images.classes, result })
  const report = path.join(out, 'report.html')
  await writeFiles(new Map([[report, new TextEncoder().encode(page)]]))
  const counts = { train: images.count, validation: validation.count }
  const labels = Array.from({ length: validation.count }, (_, i) => validation.label(i))
  return { out, report, classes: images.classes, images: counts, labels, refused: sets.refused, result }
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
