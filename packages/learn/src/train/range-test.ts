import { type RangeTestResult, readRangeTest } from '../schedules/range-test.js'
import { exponentialRate } from '../schedules/schedule.js'
import { type TrainOptions, train } from './train.js'

type Recipe = 'net' | 'loss' | 'optimizer' | 'seed' | 'clip' | 'penalty' | 'weights'
type Data = 'train' | 'preparation' | 'batchSize' | 'accumulate' | 'makeBatch'

export interface RangeTestOptions
  extends Pick<TrainOptions, Recipe | Data | 'device' | 'onEvent' | 'onStep' | 'signal'> {
  /** The first and the last rate; defaults 10⁻⁶ and 10. */
  readonly from?: number
  readonly to?: number
  /** One at each rate; default 100. */
  readonly steps?: number
}

export interface RangeTest extends RangeTestResult {
  /** Of each step made. A loss that is not finite ends the test as its last, NaN. */
  readonly rates: readonly number[]
  readonly losses: readonly number[]
}

/**
 * A learning-rate range test (Smith 2017): training from its start at rates that grow with each step, until the loss breaks or the
 * last rate is reached. Nothing of it remains: train afterwards with a rate up to `steepest`.
 */
export async function rangeTest(options: RangeTestOptions): Promise<RangeTest> {
  // One by one: a whole recipe may be given, and its checkpoints are none of ours.
  const { net, loss, optimizer, seed, clip, penalty, weights, device, onEvent } = options
  const { train: images, preparation, batchSize, accumulate, makeBatch } = options
  const { from = 1e-6, to = 10, steps = 100, onStep, signal } = options
  const rate = exponentialRate(from, to, Math.max(1, steps - 1))
  const rates: number[] = []
  const losses: number[] = []
  const enough = new AbortController()
  try {
    const { ended } = await train({
      ...{ net, loss, optimizer, seed, clip, penalty, weights, device, onEvent },
      ...{ train: images, preparation, batchSize, accumulate, makeBatch },
      steps,
      rate,
      signal: signal ? AbortSignal.any([signal, enough.signal]) : enough.signal,
      onStep(report) {
        rates.push(report.rate)
        losses.push(report.loss)
        onStep?.(report)
        if (readRangeTest(rates, losses).divergesAt !== undefined) enough.abort()
      },
    })
    if (ended === 'not-finite') {
      rates.push(rate(losses.length))
      losses.push(Number.NaN)
    }
  } catch (error) {
    if (!enough.signal.aborted || signal?.aborted) throw error
  }
  return { ...readRangeTest(rates, losses), rates, losses }
}
