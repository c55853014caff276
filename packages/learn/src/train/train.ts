import type { OnEvent } from '@epipole/core'
import { type Device, f32, i32, type TensorSpec } from '@epipole/graph'
import { channelStatistics, type LabelledImages } from '../data/array-images.js'
import { type BatchMaker, batchesPerEpoch } from '../data/batches.js'
import { checkPreparation, type Preparation } from '../data/make-batch.js'
import type { Variables } from '../layers/layer.js'
import type { BatchRamp } from '../schedules/batch-ramp.js'
import type { PlateauOptions } from '../schedules/plateau.js'
import type { Schedule } from '../schedules/schedule.js'
import type { Budgets } from './budget.js'
import { checkOptions } from './check-options.js'
import { type CheckpointStore, type History, type Position, readCheckpoint, startPosition } from './checkpoint.js'
import { compileTraining } from './compile-training.js'
import type { Evaluation } from './evaluate.js'
import { Run } from './run.js'
import { checkSettings } from './settings.js'
import type { StepStatistics } from './statistics.js'
import { type TrainingState, type TrainingStepOptions, trainingStep } from './training-step.js'

export type ImageSpecs = { readonly image: TensorSpec; readonly label: TensorSpec }

/** At least one of the budgets is needed. */
export interface TrainOptions extends Omit<TrainingStepOptions<ImageSpecs>, 'accumulate'>, Budgets {
  readonly train: LabelledImages
  /** Looked at once an epoch; without it, or a `score`, there is no best checkpoint, early stopping or diagnosis. */
  readonly validation?: LabelledImages
  /** Mean and deviation default to the training images' own. */
  readonly preparation?: Partial<Preparation>
  /** Looks at the validation images only when training ends. */
  readonly evaluateOnce?: boolean
  readonly batchSize: number
  /** How many batches make a step, where a larger one does not fit in memory; default 1. Fewer at the end of an epoch. */
  readonly accumulate?: number
  /** By step and part of the budgets used; `overBudget` stretches a schedule over them. */
  readonly rate: number | Schedule
  readonly device: Device
  readonly makeBatch?: BatchMaker
  /** Multiplies the batches that make a step over time. */
  readonly ramp?: BatchRamp
  /** Lets the rate fall where the validation's score stops rising. */
  readonly plateau?: PlateauOptions
  /**
   * Early stopping: ends after so many validations in a row without a better score. The best weights are in `checkpoints`, the
   * result has the last.
   */
  readonly patience?: number
  /** Where `last` and `best` are kept, and `last` is continued from; `memoryCheckpoints()` where no file is wanted. */
  readonly checkpoints?: CheckpointStore
  /** Seconds between checkpoints within an epoch; default 30. */
  readonly saveEvery?: number
  /** Facts of the run that must not change between its parts, besides the built-in ones: recipe, data. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** Another way of scoring, higher is better; default accuracy on `validation`. */
  readonly score?: (variables: Variables) => Promise<number>
  readonly onEvent?: OnEvent
  /** Looks into a step at each validation (`StepStatistics`): the reports tell what was seen, and `Position` keeps it. */
  readonly diagnose?: boolean
  readonly onStep?: (report: StepReport) => void
  readonly onValidation?: (report: ValidationReport) => void
  readonly signal?: AbortSignal
  /** Milliseconds; default `performance.now`. */
  readonly now?: () => number
}

export interface StepReport {
  readonly step: number
  readonly epoch: number
  readonly loss: number
  readonly rate: number
  readonly gradientNorm: number
  /** What the loss function told besides; like the loss, the mean over the batches of the step. */
  readonly metrics: Readonly<Record<string, number>>
}

export interface ValidationReport {
  readonly step: number
  readonly score: number
  readonly best: boolean
  /** Absent where `score` is given. */
  readonly evaluation?: Evaluation
  /** With `diagnose`: what a step at this point shows. */
  readonly statistics?: StepStatistics
}

/** A preparation that says by how much images were normalised. */
export type NormalisedPreparation = Preparation & Required<Pick<Preparation, 'mean' | 'std'>>

export interface TrainResult extends History {
  /** Why it ended. */
  readonly ended: keyof Budgets | 'patience' | 'not-finite'
  /** With `not-finite`: what was, and where. */
  readonly reason?: string
  readonly position: Position
  /** The state at the end; where something was not finite, the last good one. */
  readonly state: TrainingState
  readonly preparation: NormalisedPreparation
  /** At the end; absent where `score` is given, or a number was not finite before the first validation. */
  readonly evaluation?: Evaluation
  /** Seconds of this run, and those in which the step waited for its batch. */
  readonly seconds: number
  readonly waited: number
}

/**
 * Trains an image classifier. With `checkpoints` it continues where an earlier run was stopped, in whatever way, and ends with
 * the same bits on the same device; all randomness derives from `seed`. A budget of seconds makes the number of steps, and
 * by `overBudget` their rates, a matter of the clock; both are kept (`position.step`, `rates`), and given as `steps` and
 * `rate: (step) => rates[step]` they repeat that run to the bit.
 *
 * @throws EpipoleError `usage` where options do not fit, `input` where the checkpoint is another model's or the images are of one
 *   class, `aborted` after saving where the signal fired
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  // 1. What one batch looks like.
  const { train: images, batchSize, device, checkpoints, accumulate = 1, ramp } = options
  checkOptions(options)
  batchesPerEpoch(images.count, { size: batchSize })
  const preparation = await prepare(options)
  const specs: ImageSpecs = { image: f32(batchSize, ...images.shape), label: i32(batchSize) }

  // 2. The step, and where to start it.
  const training = trainingStep<ImageSpecs>({ ...options, accumulate: accumulate > 1 || ramp !== undefined })
  const start = training.start()
  const saved = await checkpoints?.read('last')
  const checkpoint = saved && readCheckpoint(saved, start, 'last.safetensors')
  const settings = { batchSize, accumulate, images: images.count, ...options.settings }
  if (checkpoint) checkSettings(checkpoint.position, settings, training.seed)
  const compiled = await compileTraining(training, specs, { device, state: checkpoint?.state ?? start })
  if (checkpoint) await compiled.writeState(checkpoint.state, checkpoint.position.batches)

  // 3. Epoch by epoch.
  const position = checkpoint?.position ?? startPosition(training.seed, settings)
  const history = { losses: checkpoint?.losses ?? [], rates: checkpoint?.rates ?? [] }
  const run = new Run(options, training, compiled, preparation, history, { ...position, settings })
  try {
    return await run.go()
  } finally {
    await run.close()
    await compiled.close()
  }
}

async function prepare({ preparation = {}, train: images }: TrainOptions): Promise<NormalisedPreparation> {
  const { mean, std } = preparation
  const own = mean && std ? { mean, std } : await channelStatistics(images)
  const whole = { shape: images.shape, ...preparation, mean: mean ?? own.mean, std: std ?? own.std }
  checkPreparation(whole, images)
  return whole
}
