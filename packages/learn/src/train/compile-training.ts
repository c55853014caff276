import { EpipoleError } from '@epipole/core'
import {
  compileStep,
  type Device,
  type NdArray,
  ndArray,
  type Symbolic,
  scalarArray,
  type Tensor,
} from '@epipole/graph'
import { randomFeeds } from '../layers/random-source.js'
import type { Batch, BatchSpecs, StepFeeds, TrainingState, TrainingStep } from './training-step.js'

export interface RunOptions {
  readonly rate: number
  /** The part of the step's gradient this batch makes, 1 / (how many batches); default 1. Others need `accumulate`. */
  readonly share?: number
  /** Whether this is the first, and the last, of the batches that make the step; default true. */
  readonly first?: boolean
  readonly last?: boolean
}

/** A compiled training step; its state lives on the device's side until asked for. */
export interface CompiledTraining<B extends BatchSpecs = BatchSpecs> {
  readonly specs: B
  /** One batch: loss, norm of the gradient and what the loss function told besides, as they were before the move. */
  run(batch: Batch<B>, options: RunOptions): Promise<Readonly<Record<string, number>>>
  /** Batches run so far: what the random tensors of the next one derive from. */
  readonly batchesDone: number
  readState(): Promise<TrainingState>
  /** Continues from a state, as if `batchesDone` batches had been run. */
  writeState(state: TrainingState, batchesDone: number): Promise<void>
  close(): Promise<void>
}

/** Compiles a training step for batches of these specs. */
export async function compileTraining<B extends BatchSpecs>(
  training: TrainingStep<B>,
  specs: B,
  { device, state = training.start() }: { device: Device; state?: TrainingState },
): Promise<CompiledTraining<B>> {
  const requests = training.requests(specs)
  const accumulate = training.options.accumulate ?? false
  const step = (s: TrainingState<Tensor>, f: { batch: Symbolic<B>; feeds: StepFeeds<Tensor> }) =>
    training.step(s, f.batch, f.feeds, requests)
  const compiled = await compileStep(step as never, {
    state: state as never,
    feeds: training.feeds(specs) as never,
    device,
  })
  let done = 0
  return {
    specs,
    get batchesDone() {
      return done
    },
    async run(batch, { rate, share = 1, first = true, last = true } = {} as never) {
      if (!accumulate && (share !== 1 || !first || !last))
        throw new EpipoleError('usage', 'Several batches make a step only where the training step has `accumulate`.')
      if (!(rate >= 0 && Number.isFinite(rate)))
        throw new EpipoleError(
          'usage',
          `The rate of batch ${done + 1} is ${rate}: a finite number from 0 is wanted, also past the end of a schedule.`,
          { rate, batch: done + 1 },
        )
      const feeds: StepFeeds<NdArray> = {
        rate: scalarArray(rate),
        random: randomFeeds(requests, training.seed, done),
        ...(accumulate && {
          gather: {
            keep: scalarArray(first ? 0 : 1),
            share: scalarArray(share),
            last: ndArray([last ? 1 : 0], [], 'bool'),
          },
        }),
      }
      const outputs = (await compiled.run({ batch, feeds } as never)) as Record<string, NdArray>
      done++
      return Object.fromEntries(Object.entries(outputs).map(([name, value]) => [name, value.data[0] as number]))
    },
    readState: () => compiled.readState() as Promise<never>,
    async writeState(next, batches) {
      await compiled.writeState(next as never)
      done = batches
    },
    close: () => compiled.close(),
  }
}
