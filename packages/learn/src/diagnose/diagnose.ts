import { type Device, f32, i32 } from '@epipole/graph'
import type { LabelledImages } from '../data/array-images.js'
import type { BatchMaker } from '../data/batches.js'
import type { Preparation } from '../data/make-batch.js'
import { type Evaluation, evaluateClassifier } from '../train/evaluate.js'
import { sampleBatches } from '../train/sample.js'
import { type StepStatistics, stepStatistics } from '../train/statistics.js'
import type { ImageSpecs } from '../train/train.js'
import { type TrainingState, type TrainingStep, variablesInUse } from '../train/training-step.js'
import { type Finding, type FindingThresholds, findings } from './findings.js'

export interface DiagnoseOptions {
  readonly training: TrainingStep<ImageSpecs>
  /** Its numbers: a checkpoint's, or `training.start()`. */
  readonly state: TrainingState
  /** What a step is looked into with. */
  readonly images: LabelledImages
  /** Scored for the confusion; default `images`. */
  readonly validation?: LabelledImages
  readonly preparation: Preparation
  readonly batchSize: number
  /** Of the step; updates are judged by it. */
  readonly rate: number
  readonly device: Device
  readonly thresholds?: FindingThresholds
  readonly makeBatch?: BatchMaker
  readonly signal?: AbortSignal
}

export interface Diagnosis {
  readonly statistics: StepStatistics
  readonly findings: readonly Finding[]
  /** Accuracy, loss and confusion of the model as it is used. */
  readonly evaluation: Evaluation
}

/**
 * What is wrong with a classifier: looks into one more step of its training without moving anything (dead units, activations,
 * gradients, updates, with what stands out), and scores it.
 */
export async function diagnose(options: DiagnoseOptions): Promise<Diagnosis> {
  const { training, state, images, validation = images, preparation, batchSize, rate, device } = options
  const { makeBatch, signal } = options
  const specs: ImageSpecs = { image: f32(batchSize, ...images.shape), label: i32(batchSize) }
  const making = { size: batchSize, seed: training.seed, preparation, ...(makeBatch && { makeBatch }) }
  const statistics = await stepStatistics(training, specs, state, await sampleBatches(images, making), { rate, device })
  const evaluation = await evaluateClassifier({
    net: training.options.net,
    variables: variablesInUse(state),
    images: validation,
    preparation,
    device,
    ...(makeBatch && { makeBatch }),
    ...(signal && { signal }),
  })
  return { statistics, findings: findings(statistics, options.thresholds), evaluation }
}
