import type { Device } from '@epipole/graph'
import { f32, i32 } from '@epipole/graph'
import {
  batches,
  diagnosisHtml,
  findings,
  type ImageSpecs,
  type LabelledImages,
  stepStatistics,
  type TrainingStepOptions,
  type TrainResult,
  trainingStep,
} from '@epipole/learn'

export interface TrainingReport {
  readonly title: string
  readonly images: LabelledImages
  readonly recipe: TrainingStepOptions<ImageSpecs> & { readonly batchSize: number }
  readonly result: TrainResult
  readonly seed: number
  readonly device: Device
}

/** The page of a training: what was measured on the way, and one more step looked into at its end. */
export async function trainingReport(report: TrainingReport): Promise<string> {
  const { title, images, recipe, result, seed, device } = report
  const { evaluation, position, losses, rates, preparation, state } = result
  const training = trainingStep<ImageSpecs>({ ...recipe, seed })
  const specs = { image: f32(recipe.batchSize, ...images.shape), label: i32(recipe.batchSize) }
  const order = batches(images, { size: recipe.batchSize, seed, preparation, ahead: 0 })
  const { value: batch } = await order.next()
  await order.return(undefined)
  const rate = rates[Math.floor(position.step / 2)] ?? 0
  const seen =
    batch && result.ended !== 'not-finite'
      ? await stepStatistics(training, specs, state, { image: batch.image, label: batch.label }, { rate, device })
      : undefined
  return diagnosisHtml({
    title,
    losses,
    validations: position.validations,
    ...(seen && {
      statistics: [{ ...seen, step: position.step }],
      findings: findings(seen).map((finding) => ({ ...finding, step: position.step })),
    }),
    ...(evaluation && { confusion: { classes: images.classes, counts: evaluation.confusion } }),
  })
}
