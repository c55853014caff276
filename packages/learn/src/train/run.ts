import { EpipoleError, StageProgress, throwIfAborted } from '@epipole/core'
import type { NdArray } from '@epipole/graph'
import { batches, batchesPerEpoch, type ImageBatch } from '../data/batches.js'
import { plateau } from '../schedules/plateau.js'
import { asSchedule } from '../schedules/schedule.js'
import { usedPart, usedUp } from './budget.js'
import { type Position, writeCheckpoint } from './checkpoint.js'
import type { CompiledTraining } from './compile-training.js'
import { type Evaluation, evaluateClassifier } from './evaluate.js'
import { describeNonFinite, findNonFinite } from './probe.js'
import { sampleBatches } from './sample.js'
import { type CompiledStatistics, compileStatistics, type StepStatistics } from './statistics.js'
import type { ImageSpecs, NormalisedPreparation, TrainOptions, TrainResult } from './train.js'
import { type Batch, type TrainingStep, variablesInUse } from './training-step.js'

type Ended = TrainResult['ended']
type Told = Readonly<Record<string, number>> & { readonly loss: number; readonly gradientNorm: number }

/** One run of training: what changes while it goes on. */
export class Run {
  readonly #o: TrainOptions
  readonly #training: TrainingStep<ImageSpecs>
  readonly #compiled: CompiledTraining<ImageSpecs>
  readonly #preparation: NormalisedPreparation
  readonly #losses: number[]
  readonly #rates: number[]
  readonly #now: () => number
  readonly #begun: number
  readonly #before: number
  readonly #perEpoch: number
  #position: Position
  #waited = 0
  #saved: number
  #evaluation: Evaluation | undefined
  #failure: string | undefined
  #sample: readonly Batch<ImageSpecs>[] | undefined
  #statistics: CompiledStatistics<ImageSpecs> | undefined

  constructor(
    options: TrainOptions,
    training: TrainingStep<ImageSpecs>,
    compiled: CompiledTraining<ImageSpecs>,
    preparation: NormalisedPreparation,
    history: { readonly losses: Iterable<number>; readonly rates: Iterable<number> },
    position: Position,
  ) {
    this.#o = options
    this.#training = training
    this.#compiled = compiled
    this.#preparation = preparation
    this.#losses = [...history.losses]
    this.#rates = [...history.rates]
    this.#position = position
    this.#now = options.now ?? (() => performance.now())
    this.#begun = this.#now()
    this.#saved = this.#begun
    this.#before = position.seconds
    this.#perEpoch = batchesPerEpoch(options.train.count, { size: options.batchSize })
  }

  async go(): Promise<TrainResult> {
    let ended = this.#ended()
    while (ended === undefined || this.#owesValidation(ended)) ended = await this.#turn(ended)
    // An earlier run may have ended it; what it has come to is told all the same.
    if (ended !== 'not-finite' && !this.#evaluation && !this.#o.score) await this.#evaluate()
    return this.#result(ended)
  }

  /** An epoch, or what is left of it, and its validation; says why training ends, where it does. */
  async #turn(before: Ended | undefined): Promise<Ended | undefined> {
    const { epochs, onEvent, signal } = this.#o
    const { batches: done } = this.#position
    const owed = this.#owesValidation(before)
    const epoch = Math.max(0, Math.floor((owed ? done - 1 : done) / this.#perEpoch))
    const start = done - epoch * this.#perEpoch
    const stage = `epoch ${epoch + 1}${epochs === undefined ? '' : `/${epochs}`}`
    const progress = new StageProgress(stage, { total: this.#perEpoch, unit: 'batches', reused: start, onEvent })
    let ended = before
    try {
      if (!owed) ended = (await this.#epoch(epoch, start, progress)) ?? this.#ended()
      if (this.#owesValidation(ended)) ended = (await this.#validate()) ?? ended
    } catch (error) {
      if (signal?.aborted) await this.#save('last')
      throw error
    }
    progress.end(this.#summary())
    await this.#save('last')
    throwIfAborted(signal)
    return ended
  }

  /** The batches of an epoch from `start` on. Stopped anywhere, what is gathered for a step is kept. */
  async #epoch(epoch: number, start: number, progress: StageProgress): Promise<Ended | undefined> {
    const { train: images, batchSize, makeBatch, signal, saveEvery = 30 } = this.#o
    const making = {
      size: batchSize,
      seed: this.#training.seed,
      preparation: this.#preparation,
      ...(makeBatch && { makeBatch }),
    }
    let asked = this.#now()
    for await (const batch of batches(images, making, { epoch, start })) {
      this.#waited += this.#now() - asked
      if (!(await this.#batch(batch, epoch))) return 'not-finite'
      progress.advance(`loss ${(this.#losses.at(-1) ?? Number.NaN).toPrecision(3)}`)
      // An epoch's end belongs to its validation.
      if (!this.#atEpochEnd) {
        throwIfAborted(signal)
        const ended = this.#position.gathered.batches === 0 ? this.#ended() : undefined
        if (ended !== undefined) return ended
        if (this.#now() - this.#saved > saveEvery * 1000) await this.#save('last')
      }
      asked = this.#now()
    }
    return undefined
  }

  /** One batch: a step, or a part of one. False where a number is not finite. */
  async #batch({ image, label }: ImageBatch, epoch: number): Promise<boolean> {
    const { step, gathered } = this.#position
    const size = this.#groupSize()
    const share = 1 / size
    const [first, last] = [gathered.batches === 0, gathered.batches + 1 >= size]
    const rate = this.#rate()
    const told = await this.#compiled.run({ image, label }, { rate, share, first, last })
    const { loss: own, gradientNorm, ...others } = told as Told
    if (!Number.isFinite(own) || !Number.isFinite(gradientNorm)) {
      await this.#explain({ image, label }, own, rate)
      return false
    }
    const loss = gathered.loss + share * own
    const metrics = Object.fromEntries(
      Object.entries(others).map(([name, value]) => [name, (gathered.metrics?.[name] ?? 0) + share * value]),
    )
    this.#position = {
      ...this.#position,
      batches: this.#position.batches + 1,
      step: step + (last ? 1 : 0),
      gathered: last ? { batches: 0, loss: 0 } : { batches: gathered.batches + 1, loss, metrics },
    }
    if (!last) return true
    this.#losses.push(loss)
    this.#rates.push(rate)
    this.#o.onStep?.({ step, epoch, loss, rate, gradientNorm, metrics })
    return true
  }

  /** How many batches make the step that is gathered now; a step never reaches over the end of an epoch. */
  #groupSize(): number {
    const { batches: done, gathered, step } = this.#position
    const { accumulate = 1, ramp } = this.#o
    const wanted = accumulate * Math.round(ramp?.batches(step) ?? 1)
    if (!(wanted >= 1))
      throw new EpipoleError('usage', `A step of ${wanted} batches, by the ramp at step ${step}.`, { step })
    const left = this.#perEpoch - (done % this.#perEpoch) + gathered.batches
    return Math.min(wanted, left)
  }

  #rate(): number {
    const { step, plateau: heeded } = this.#position
    const part = usedPart(this.#o, this.#used())
    return asSchedule(this.#o.rate)(step, part) * heeded.scale * (this.#o.ramp?.scale(step) ?? 1)
  }

  /** Names what was not finite. The step did not move, so the state is still the last good one. */
  async #explain(batch: { image: NdArray; label: NdArray }, loss: number, rate: number): Promise<void> {
    const state = await this.#compiled.readState()
    const done = this.#compiled.batchesDone - 1
    const found = await findNonFinite(this.#training, this.#compiled.specs, state, batch, done, this.#o.device)
    this.#failure = `At step ${this.#position.step + 1} the loss is ${loss}: ${describeNonFinite(found)}. The weights before it are kept; try a rate below ${Number(rate.toPrecision(2))}, a warm-up, or clipping.`
  }

  /** At the end of an epoch (unless all wait for the end) and of training, once for each step. */
  #owesValidation(ended: Ended | undefined): boolean {
    const { validation, score, evaluateOnce } = this.#o
    const { step, batches: done, validations } = this.#position
    if ((!validation && !score) || ended === 'not-finite' || validations.at(-1)?.step === step) return false
    return ended !== undefined || (done > 0 && this.#atEpochEnd && !evaluateOnce)
  }

  /** The score, the best checkpoint, the plateau, early stopping. */
  async #validate(): Promise<Ended | undefined> {
    const score = await this.#evaluate()
    if (!Number.isFinite(score)) throw new EpipoleError('usage', `The score is ${score}: a finite number is wanted.`)
    const statistics = this.#o.diagnose ? { statistics: await this.#look() } : {}
    const { step, best, worse, validations } = this.#position
    const better = best === null || score > best.score
    this.#position = {
      ...this.#position,
      best: better ? { score, step } : best,
      worse: better ? 0 : worse + 1,
      validations: [...validations, { step, score, ...statistics }],
      ...(this.#o.plateau && { plateau: plateau(this.#position.plateau, score, { mode: 'max', ...this.#o.plateau }) }),
    }
    const evaluation = this.#evaluation && { evaluation: this.#evaluation }
    this.#o.onValidation?.({ step, score, best: better, ...evaluation, ...statistics })
    if (better) await this.#save('best')
    return this.#ranOutOfPatience() ? 'patience' : undefined
  }

  /** One step looked into, always with the same images, so that what changes is the model. */
  async #look(): Promise<StepStatistics> {
    const { train: images, batchSize: size, makeBatch, device } = this.#o
    const state = await this.#compiled.readState()
    const making = { size, seed: this.#training.seed, preparation: this.#preparation, ...(makeBatch && { makeBatch }) }
    this.#sample ??= await sampleBatches(images, making)
    this.#statistics ??= await compileStatistics(this.#training, this.#compiled.specs, state, device)
    const rate = this.#rates.at(-1) ?? 0
    const largest = this.#rates.reduce((a, b) => Math.max(a, b), 0)
    const ratePart = largest > 0 ? rate / largest : 1
    return this.#statistics.run(state, this.#sample, { rate, ratePart, batchesDone: this.#position.batches })
  }

  async close(): Promise<void> {
    await this.#statistics?.close()
  }

  /** The model's score on the validation images as it is now; NaN where there is nothing to score by. */
  async #evaluate(): Promise<number> {
    const { validation, score, device, net, makeBatch, signal } = this.#o
    if (!validation && !score) return Number.NaN
    const state = await this.#compiled.readState()
    const variables = variablesInUse(state)
    if (score) return score(variables)
    this.#evaluation = await evaluateClassifier({
      net,
      variables,
      images: validation as NonNullable<typeof validation>,
      preparation: this.#preparation,
      device,
      ...(makeBatch && { makeBatch }),
      ...(signal && { signal }),
    })
    return this.#evaluation.accuracy
  }

  #ranOutOfPatience(): boolean {
    const { patience } = this.#o
    return patience !== undefined && this.#position.worse >= patience
  }

  async #save(name: 'last' | 'best'): Promise<void> {
    this.#position = { ...this.#position, seconds: this.#used().seconds }
    const { checkpoints } = this.#o
    if (!checkpoints) return
    const state = await this.#compiled.readState()
    await checkpoints.write(name, writeCheckpoint({ state, position: this.#position, ...this.#history() }))
    this.#saved = this.#now()
  }

  get #atEpochEnd(): boolean {
    return this.#position.batches % this.#perEpoch === 0
  }

  #used() {
    const { step, batches: done } = this.#position
    return { epochs: done / this.#perEpoch, steps: step, seconds: this.#before + (this.#now() - this.#begun) / 1000 }
  }

  #ended(): Ended | undefined {
    return usedUp(this.#o, this.#used()) ?? (this.#ranOutOfPatience() ? 'patience' : undefined)
  }

  #history() {
    return { losses: Float32Array.from(this.#losses), rates: Float32Array.from(this.#rates) }
  }

  #summary(): string {
    const recent = this.#losses.slice(-50)
    const mean = recent.reduce((a, b) => a + b, 0) / Math.max(1, recent.length)
    const parts = [`loss ${mean.toFixed(4)}`]
    if (this.#evaluation) parts.push(`accuracy ${(100 * this.#evaluation.accuracy).toFixed(2)} %`)
    return parts.join(' · ')
  }

  async #result(ended: Ended): Promise<TrainResult> {
    return {
      ended,
      ...(this.#failure !== undefined && { reason: this.#failure }),
      position: this.#position,
      ...this.#history(),
      state: await this.#compiled.readState(),
      preparation: this.#preparation,
      ...(this.#evaluation && { evaluation: this.#evaluation }),
      seconds: (this.#now() - this.#begun) / 1000,
      waited: this.#waited / 1000,
    }
  }
}
