import path from 'node:path'
import type { OnEvent } from '@epipole/core'
import {
  type Diagnosis,
  diagnose,
  diagnosisHtml,
  type ImageSpecs,
  readCheckpoint,
  readPosition,
  trainingStep,
} from '@epipole/learn'
import { openModel } from '../learning/load-model.node.js'
import { openModelImages } from '../learning/model-images.node.js'
import { type RuntimeOptions, withRuntime } from '../learning/runtime.node.js'
import { type RecipeOptions, trainingRecipe } from '../learning/training-recipe.js'
import { writeFiles } from '../outputs/write-files.js'

export interface DiagnoseModelOptions extends RuntimeOptions {
  /** The page; default `diagnosis.html` in the model's folder. */
  readonly out?: string
  /** The last weights in place of the best. */
  readonly last?: boolean
  readonly skipDamaged?: boolean
  readonly onEvent?: OnEvent
}

export interface DiagnoseModelResult extends Pick<Diagnosis, 'statistics' | 'findings'> {
  /** Absolute path of the page. */
  readonly page: string
  /** Steps behind the weights. */
  readonly step: number
  readonly count: number
  readonly accuracy: number
  readonly loss: number
  readonly classes: readonly string[]
  readonly confusion: Int32Array
}

/**
 * What is wrong with a trained model, or with a training that was stopped: looks into one more step of its training on the data
 * (dead units, activations, gradients, updates at the training's largest rate), scores it on the data's test images where it has
 * some, and writes a page.
 *
 * @throws EpipoleError `input` where the folder holds no training or images cannot be used; `io`, `aborted`
 */
export async function diagnoseModel(
  model: string,
  data: string,
  options: DiagnoseModelOptions = {},
): Promise<DiagnoseModelResult> {
  const { last = false, signal } = options
  const { file, bytes, checkpoint } = await openModel(model, { last })
  const { seed, step, settings, validations } = readPosition(bytes, checkpoint)
  const recorded: RecipeOptions = {
    ...(settings as RecipeOptions),
    model: file.model,
    quantize: file.quantize !== undefined,
  }
  return withRuntime(options, async ({ pool, device }) => {
    const { train: images, test: validation = images } = await openModelImages(file, data, { ...options, pool })
    const { training: recipe } = await trainingRecipe(images, recorded, file.preparation)
    const training = trainingStep<ImageSpecs>({ ...recipe, seed })
    const { state, losses } = readCheckpoint(bytes, training.start(), checkpoint)
    const { batchSize, preparation } = recipe
    const { statistics, findings, evaluation } = await diagnose({
      training,
      state,
      images,
      validation,
      preparation,
      batchSize,
      rate: recipe.settings.rate,
      device,
      makeBatch: (payload) => pool.run('makeBatch', payload),
      ...(signal && { signal }),
    })
    const { count, accuracy, loss, confusion } = evaluation
    const html = diagnosisHtml({
      title: `${path.basename(path.resolve(model))} on ${path.basename(path.resolve(data))}`,
      losses,
      validations,
      statistics: validations.flatMap((v) => (v.statistics ? [{ ...v.statistics, step: v.step }] : [])),
      look: statistics,
      findings: findings.map((finding) => ({ ...finding, step })),
      confusion: { classes: file.classes, counts: confusion },
    })
    const page = path.resolve(options.out ?? path.join(model, 'diagnosis.html'))
    await writeFiles(new Map([[page, new TextEncoder().encode(html)]]))
    return { page, step, count, accuracy, loss, classes: file.classes, confusion, statistics, findings }
  })
}
