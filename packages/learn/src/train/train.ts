import { EpipoleError, type OnEvent, StageProgress, throwIfAborted } from '@epipole/core'
import { type Device, f32, i32, type NdArray, type TensorSpec } from '@epipole/graph'
import { channelStatistics, type LabelledImages } from '../data/array-images.js'
import { type BatchMaker, batches, batchesPerEpoch, type ImageBatch } from '../data/batches.js'
import type { Preparation } from '../data/make-batch.js'
import type { Variables } from '../layers/layer.js'
import type { BatchRamp } from '../schedules/batch-ramp.js'
import { type PlateauOptions, plateau, plateauStart } from '../schedules/plateau.js'
import { asSchedule, type Schedule } from '../schedules/schedule.js'
import { type CheckpointStore, type Position, readCheckpoint, writeCheckpoint } from './checkpoint.js'
import { type CompiledTraining, compileTraining } from './compile-training.js'
import { type Evaluation, evaluateClassifier } from './evaluate.js'
import { describeNonFinite, findNonFinite } from './probe.js'
import { type TrainingState, type TrainingStepOptions, trainingStep } from './training-step.js'

export type ImageSpecs = { readonly image: TensorSpec; readonly label: TensorSpec }

export interface TrainOptions extends TrainingStepOptions<ImageSpecs> {
  readonly train: LabelledImages
  /** Looked at once an epoch; without it there is no best checkpoint and no early stopping. */
  readonly validation?: LabelledImages
  /** Mean and deviation default to the training images' own. */
  readonly preparation?: Partial<Preparation>
  /** Looks at the validation images only when training ends. */
  readonly evaluateOnce?: boolean
  readonly batchSize: number
  /** By step. */
  readonly rate: number | Schedule
  /** Budgets: training ends at the first that is used up; at least one of them is needed. */
  readonly epochs?: number
  readonly steps?: number
  readonly seconds?: number
  readonly device: Device
  readonly makeBatch?: BatchMaker
  /** Multiplies the batch over time; needs `accumulate`. */
  readonly ramp?: BatchRamp
  /** Lets the rate fall where the validation's score stops rising. */
  readonly plateau?: PlateauOptions
  /** Early stopping: ends after so many validations in a row without a better score, at least 1. */
  readonly patience?: number
  /** Where `last` and `best` are kept, and `last` is continued from. */
  readonly checkpoints?: CheckpointStore
  /** Seconds between checkpoints within an epoch; default 30. */
  readonly saveEvery?: number
  /** Facts of the run that must not change between its parts, besides the built-in ones: recipe, data. */
  readonly settings?: Readonly<Record<string, unknown>>
  /** Another way of scoring, higher is better; default accuracy on `validation`. */
  readonly score?: (variables: Variables) => Promise<number>
  readonly onEvent?: OnEvent
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
  /** What the loss function told besides. */
  readonly metrics: Readonly<Record<string, number>>
}

export interface ValidationReport {
  readonly step: number
  readonly score: number
  readonly best: boolean
  /** Absent where `score` is given. */
  readonly evaluation?: Evaluation
}

export interface TrainResult {
  /** Why it ended. */
  readonly ended: 'epochs' | 'steps' | 'seconds' | 'patience' | 'not-finite'
  /** With `not-finite`: what was, and where. */
  readonly reason?: string
  readonly position: Position
  readonly losses: Float32Array
  /** The state at the end; where something was not finite, the last good one. */
  readonly state: TrainingState
  readonly preparation: Preparation
  /** The last validation. */
  readonly evaluation?: Evaluation
  /** Seconds of this run, and those in which the step waited for its batch. */
  readonly seconds: number
  readonly waited: number
}

/**
 * Trains an image classifier. With `checkpoints` it continues where an earlier run was stopped, in whatever way, and ends with
 * the same bits on the same device; all randomness derives from `seed`.
 *
 * @throws EpipoleError `usage` where options do not fit, `input` where the checkpoint is another model's, `aborted` after
 *   saving where the signal fired
 */
export async function train(options: TrainOptions): Promise<TrainResult> {
  // 1. What one batch looks like.
  const { train: images, batchSize, device, checkpoints } = options
  checkBudgets(options)
  const preparation = await prepare(options)
  const specs: ImageSpecs = { image: f32(batchSize, ...images.shape), label: i32(batchSize) }
  batchesPerEpoch(images.count, { size: batchSize })

  // 2. The step, and where to start it.
  const training = trainingStep<ImageSpecs>(options)
  const start = training.start()
  const saved = await checkpoints?.read('last')
  const checkpoint = saved && readCheckpoint(saved, start, 'last.safetensors')
  const settings = { batchSize, ...options.settings }
  if (checkpoint) checkSettings(checkpoint.position, settings, training.seed)
  const compiled = await compileTraining(training, specs, { device, state: checkpoint?.state ?? start })
  if (checkpoint) await compiled.writeState(checkpoint.state, checkpoint.position.batches)

  // 3. Epoch by epoch.
  const run = new Run(options, training, compiled, preparation, checkpoint?.losses ?? new Float32Array(0), {
    ...(checkpoint?.position ?? {
      step: 0,
      batches: 0,
      seed: training.seed,
      plateau: plateauStart,
      best: null,
      worse: 0,
      seconds: 0,
    }),
    settings,
  })
  try {
    return await run.go()
  } finally {
    await compiled.close()
  }
}

async function prepare({ preparation, train: images }: TrainOptions): Promise<Preparation> {
  const own = preparation?.mean === undefined ? await channelStatistics(images) : {}
  return { shape: images.shape, ...own, ...preparation }
}

function checkBudgets({
  epochs,
  steps,
  seconds,
  ramp,
  accumulate,
  patience,
  validation,
  score,
  plateau,
}: TrainOptions): void {
  const usage = (message: string): never => {
    throw new EpipoleError('usage', message)
  }
  if (epochs === undefined && steps === undefined && seconds === undefined)
    usage('Training without an end: give epochs, steps or seconds.')
  if (ramp && !accumulate) usage('A batch ramp gathers gradients: set `accumulate`.')
  if ((patience !== undefined || plateau) && !validation && !score)
    usage('Early stopping and rates that heed a plateau need validation images, or a score.')
}

function checkSettings(position: Position, settings: Readonly<Record<string, unknown>>, seed: number): void {
  const before = { ...position.settings, seed: position.seed }
  const now: Record<string, unknown> = { ...settings, seed }
  const names = [...new Set([...Object.keys(before), ...Object.keys(now)])]
  const changed = names.filter(
    (name) => JSON.stringify((before as Record<string, unknown>)[name]) !== JSON.stringify(now[name]),
  )
  if (changed.length > 0)
    throw new EpipoleError(
      'usage',
      `The checkpoint was trained with other settings (${changed
        .map(
          (name) =>
            `${name}: ${JSON.stringify((before as Record<string, unknown>)[name])}, now ${JSON.stringify(now[name])}`,
        )
        .join('; ')}). Take those, choose another folder, or start again (--fresh).`,
      { changed },
    )
}

/** One run of training: what changes while it goes on. */
class Run {
  readonly #o: TrainOptions
  readonly #training: ReturnType<typeof trainingStep<ImageSpecs>>
  readonly #compiled: CompiledTraining<ImageSpecs>
  readonly #preparation: Preparation
  readonly #losses: number[]
  readonly #now: () => number
  readonly #begun: number
  readonly #before: number
  #position: Position
  #waited = 0
  #saved: number
  #evaluation: Evaluation | undefined
  #failure: string | undefined

  constructor(
    options: TrainOptions,
    training: ReturnType<typeof trainingStep<ImageSpecs>>,
    compiled: CompiledTraining<ImageSpecs>,
    preparation: Preparation,
    losses: Float32Array,
    position: Position,
  ) {
    this.#o = options
    this.#training = training
    this.#compiled = compiled
    this.#preparation = preparation
    this.#losses = [...losses]
    this.#position = position
    this.#now = options.now ?? (() => performance.now())
    this.#begun = this.#now()
    this.#saved = this.#begun
    this.#before = position.seconds
  }

  get #perEpoch(): number {
    return batchesPerEpoch(this.#o.train.count, { size: this.#o.batchSize })
  }

  get #atEpochEnd(): boolean {
    return this.#position.batches % this.#perEpoch === 0
  }

  async go(): Promise<TrainResult> {
    const { epochs, onEvent, signal } = this.#o
    let ended = this.#ended()
    while (ended === undefined) {
      const epoch = Math.floor(this.#position.batches / this.#perEpoch)
      const start = this.#position.batches % this.#perEpoch
      const stage = `epoch ${epoch + 1}${epochs === undefined ? '' : `/${epochs}`}`
      const progress = new StageProgress(stage, { total: this.#perEpoch, unit: 'batches', reused: start, onEvent })
      try {
        ended = await this.#epoch(epoch, start, progress)
      } catch (error) {
        if (signal?.aborted) await this.#save('last')
        throw error
      }
      ended ??= this.#ended()
      const due = ended !== undefined || (this.#atEpochEnd && !this.#o.evaluateOnce)
      if (ended !== 'not-finite' && due) ended = (await this.#validate()) ?? ended
      progress.end(this.#summary())
      await this.#save('last')
      throwIfAborted(signal)
    }
    return this.#result(ended)
  }

  /** The batches of an epoch from `start` on; says why training ends, where it does. */
  async #epoch(epoch: number, start: number, progress: StageProgress): Promise<TrainResult['ended'] | undefined> {
    const { train: images, batchSize, makeBatch, signal, saveEvery = 30 } = this.#o
    const making = {
      size: batchSize,
      seed: this.#training.seed,
      preparation: this.#preparation,
      ...(makeBatch && { makeBatch }),
    }
    let group = 0
    let asked = this.#now()
    for await (const batch of batches(images, making, { epoch, start })) {
      this.#waited += this.#now() - asked
      const size = this.#groupSize(group)
      const moved = await this.#batch(batch, epoch, group, size)
      if (!moved) return 'not-finite'
      group = group + 1 === size ? 0 : group + 1
      progress.advance(`loss ${(this.#losses.at(-1) ?? Number.NaN).toPrecision(3)}`)
      // Steps are not torn, and an epoch's end belongs to its validation.
      if (group === 0 && !this.#atEpochEnd) {
        throwIfAborted(signal)
        const ended = this.#ended()
        if (ended !== undefined) return ended
        if (this.#now() - this.#saved > saveEvery * 1000) await this.#save('last')
      }
      asked = this.#now()
    }
    return undefined
  }

  /** How many batches make the step that is gathered now; a step never reaches over the end of an epoch. */
  #groupSize(group: number): number {
    const left = this.#perEpoch - (this.#position.batches % this.#perEpoch) + group
    return Math.max(1, Math.min(Math.round(this.#o.ramp?.batches(this.#position.step) ?? 1), left))
  }

  async #batch({ image, label }: ImageBatch, epoch: number, group: number, size: number): Promise<boolean> {
    const { step } = this.#position
    const rate = asSchedule(this.#o.rate)(step) * this.#position.plateau.scale * (this.#o.ramp?.scale(step) ?? 1)
    const last = group + 1 === size
    const share = 1 / size
    const told = await this.#compiled.run({ image, label }, { rate, share, first: group === 0, last })
    const { loss, gradientNorm, ...metrics } = told as Record<'loss' | 'gradientNorm', number>
    if (!Number.isFinite(loss) || !Number.isFinite(gradientNorm)) {
      await this.#explain({ image, label }, loss)
      return false
    }
    if (last) this.#losses.push(loss)
    this.#position = { ...this.#position, batches: this.#position.batches + 1, step: step + (last ? 1 : 0) }
    if (last) this.#o.onStep?.({ step, epoch, loss, rate, gradientNorm, metrics })
    return true
  }

  /** Names what was not finite. The step did not move, so the state is still the last good one. */
  async #explain(batch: { image: NdArray; label: NdArray }, loss: number): Promise<void> {
    const state = await this.#compiled.readState()
    const done = this.#compiled.batchesDone - 1
    const found = await findNonFinite(this.#training, this.#compiled.specs, state, batch, done, this.#o.device)
    const rate = asSchedule(this.#o.rate)(this.#position.step)
    this.#failure = `At step ${this.#position.step + 1} the loss is ${loss}: ${describeNonFinite(found)}. The weights before it are kept; try a rate below ${rate.toPrecision(2)}, a warm-up, or clipping.`
  }

  /** After an epoch: the score, the best checkpoint, the plateau, early stopping. */
  async #validate(): Promise<TrainResult['ended'] | undefined> {
    const { validation, score: custom, device, net, makeBatch, signal, onValidation } = this.#o
    if (!validation && !custom) return undefined
    const state = await this.#compiled.readState()
    const variables = { params: state.average ?? state.params, buffers: state.buffers }
    if (!custom && validation) {
      const rest = { ...(makeBatch && { makeBatch }), ...(signal && { signal }) }
      this.#evaluation = await evaluateClassifier({
        net,
        variables,
        images: validation,
        preparation: this.#preparation,
        device,
        ...rest,
      })
    }
    const score = custom ? await custom(variables) : (this.#evaluation as Evaluation).accuracy
    const { step, best, worse } = this.#position
    const better = best === null || score > best.score
    this.#position = {
      ...this.#position,
      best: better ? { score, step } : best,
      worse: better ? 0 : worse + 1,
      ...(this.#o.plateau && { plateau: plateau(this.#position.plateau, score, { mode: 'max', ...this.#o.plateau }) }),
    }
    onValidation?.({ step, score, best: better, ...(this.#evaluation && { evaluation: this.#evaluation }) })
    if (better) await this.#save('best')
    return this.#ranOutOfPatience() ? 'patience' : undefined
  }

  #ranOutOfPatience(): boolean {
    const { patience } = this.#o
    return patience !== undefined && this.#position.worse >= Math.max(1, patience)
  }

  async #save(name: 'last' | 'best'): Promise<void> {
    this.#position = { ...this.#position, seconds: this.#before + (this.#now() - this.#begun) / 1000 }
    const { checkpoints } = this.#o
    if (!checkpoints) return
    const losses = Float32Array.from(this.#losses)
    await checkpoints.write(
      name,
      writeCheckpoint({ state: await this.#compiled.readState(), position: this.#position, losses }),
    )
    this.#saved = this.#now()
  }

  #ended(): TrainResult['ended'] | undefined {
    const { epochs, steps, seconds } = this.#o
    const { step, batches: done } = this.#position
    if (epochs !== undefined && done >= epochs * this.#perEpoch) return 'epochs'
    if (steps !== undefined && step >= steps) return 'steps'
    if (seconds !== undefined && this.#before + (this.#now() - this.#begun) / 1000 >= seconds) return 'seconds'
    return this.#ranOutOfPatience() ? 'patience' : undefined
  }

  #summary(): string {
    const recent = this.#losses.slice(-50)
    const mean = recent.reduce((a, b) => a + b, 0) / Math.max(1, recent.length)
    const parts = [`loss ${mean.toFixed(4)}`]
    if (this.#evaluation) parts.push(`accuracy ${(100 * this.#evaluation.accuracy).toFixed(2)} %`)
    return parts.join(' · ')
  }

  async #result(ended: TrainResult['ended']): Promise<TrainResult> {
    return {
      ended,
      ...(this.#failure !== undefined && { reason: this.#failure }),
      position: this.#position,
      losses: Float32Array.from(this.#losses),
      state: await this.#compiled.readState(),
      preparation: this.#preparation,
      ...(this.#evaluation && { evaluation: this.#evaluation }),
      seconds: (this.#now() - this.#begun) / 1000,
      waited: this.#waited / 1000,
    }
  }
}
