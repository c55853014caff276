import { EpipoleError } from '@epipole/core'
import type { Schedule } from './schedule.js'

/**
 * How many compiled batches make one step: larger batches by accumulation, so that nothing is compiled again
 * (Smith et al. 2018, "Don't decay the learning rate, increase the batch size").
 */
export interface BatchRamp {
  readonly batches: Schedule
  /** The rate's factor at a step: batches grown k-fold move k-fold (linear, Goyal et al. 2017) or √k-fold. */
  readonly scale: Schedule
}

/** Batches multiplied by `factor` at each milestone, the rate with them. */
export function batchRamp(
  milestones: readonly number[],
  { factor = 2, scaling = 'linear' as 'linear' | 'sqrt' | 'none' } = {},
): BatchRamp {
  if (!(Number.isInteger(factor) && factor >= 1))
    throw new EpipoleError('usage', `A batch ramp by the factor ${factor}: give a whole number from 1.`, { factor })
  const batches: Schedule = (step) => factor ** milestones.filter((m) => m <= step).length
  const scale = { linear: batches, sqrt: (step: number) => Math.sqrt(batches(step)), none: () => 1 }[scaling]
  return { batches, scale }
}
