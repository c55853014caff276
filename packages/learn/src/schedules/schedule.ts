import { cos, EpipoleError, pow } from '@epipole/core'

/**
 * The rate (or another setting) at a step, counted from 0: a pure function, so that a resumed run continues exactly and
 * schedules compose like functions. Past its end a schedule keeps its last value. Steps may be batches or epochs: what the
 * caller counts. `train` gives besides the part of its budgets that is used, 0 … 1: see `overBudget`.
 */
export type Schedule = (step: number, part?: number) => number

const { PI } = Math

/** The same rate always. */
export const constantRate =
  (rate: number): Schedule =>
  () =>
    rate

/** A number as a schedule that never changes. */
export const asSchedule = (rate: number | Schedule): Schedule => (typeof rate === 'number' ? constantRate(rate) : rate)

/** rate · γ^⌊step / every⌋ (StepLR). */
export function stepDecay(rate: number, every: number, gamma = 0.1): Schedule {
  checkSteps('every', every)
  return (step) => rate * pow(gamma, Math.floor(step / every))
}

/** rate · γ^(how many milestones are reached) (MultiStepLR). */
export const multiStepDecay =
  (rate: number, milestones: readonly number[], gamma = 0.1): Schedule =>
  (step) =>
    rate * pow(gamma, milestones.filter((m) => m <= step).length)

/** From `rate` down to `final` along half a cosine in `steps` steps (Loshchilov & Hutter 2017; CosineAnnealingLR). */
export function cosine(rate: number, steps: number, final = 0): Schedule {
  checkSteps('steps', steps)
  return (step) => final + ((rate - final) * (1 + cos((PI * Math.min(step, steps)) / steps))) / 2
}

/** A straight line from one rate to another (LinearLR). */
export function linearRate(from: number, to: number, steps: number): Schedule {
  checkSteps('steps', steps)
  return (step) => from + ((to - from) * Math.min(step, steps)) / steps
}

/** Equal factors from one rate to another: the rates of a range test. */
export function exponentialRate(from: number, to: number, steps: number): Schedule {
  checkSteps('steps', steps)
  if (!(from > 0 && to > 0))
    throw new EpipoleError('usage', `Equal factors from ${from} to ${to}: both must be above 0.`, { from, to })
  return (step) => from * pow(to / from, Math.min(step, steps) / steps)
}

export interface OneCycleOptions {
  /** Part of the steps in which the rate rises; default 0.3. */
  readonly rise?: number
  /** The first rate is rate / divide, the last one that over `divideLast`; defaults 25 and 10⁴. */
  readonly divide?: number
  readonly divideLast?: number
}

/** Up to `rate` and far down again, both along half a cosine (Smith & Topin 2018; OneCycleLR). */
export function oneCycle(rate: number, steps: number, options: OneCycleOptions = {}): Schedule {
  checkSteps('steps', steps)
  const { rise = 0.3, divide = 25, divideLast = 1e4 } = options
  if (!(rise >= 0 && rise <= 1 && divide > 0 && divideLast > 0))
    throw new EpipoleError(
      'usage',
      `One cycle with rise ${rise}, divide ${divide}, divideLast ${divideLast}: the rise is from 0 to 1, the others above 0.`,
      { rise, divide, divideLast },
    )
  const [first, last] = [rate / divide, rate / divide / divideLast]
  const top = rise * steps - 1
  const anneal = (from: number, to: number, part: number) => to + ((from - to) / 2) * (1 + cos(PI * part))
  return (step) => {
    const s = Math.min(step, steps - 1)
    if (s <= top) return anneal(first, rate, top > 0 ? s / top : 1)
    return anneal(rate, last, (s - top) / (steps - 1 - top))
  }
}

/**
 * Linear warm-up from `start` times the schedule's first rate, then the schedule from its own step 0 (LinearLR, then it). With 0, the
 * default, the first step moves nothing.
 */
export function warmUp(schedule: Schedule, steps: number, start = 0): Schedule {
  checkSteps('steps', steps)
  return (step, part) =>
    step < steps ? schedule(0, part) * (start + ((1 - start) * step) / steps) : schedule(step - steps, part)
}

/** One schedule after another, each counting from its own 0; the last one goes on (SequentialLR). */
export function sequence(parts: readonly { readonly schedule: Schedule; readonly steps: number }[]): Schedule {
  if (parts.length === 0) throw new EpipoleError('usage', 'A sequence of no schedules: give at least one.')
  for (const { steps } of parts) checkSteps('steps', steps)
  return (step, part) => {
    let start = 0
    for (const { schedule, steps } of parts.slice(0, -1)) {
      if (step < start + steps) return schedule(step - start, part)
      start += steps
    }
    return (parts.at(-1) as (typeof parts)[number]).schedule(step - start, part)
  }
}

/** The product of schedules or factors. */
export const times =
  (...parts: readonly (number | Schedule)[]): Schedule =>
  (step, part) =>
    parts.reduce<number>((product, factor) => product * asSchedule(factor)(step, part), 1)

/**
 * A schedule of so many steps stretched or shrunk over the whole budget of `train`, so that it ends with it: with a budget of
 * seconds the rate follows the clock.
 */
export function overBudget(schedule: Schedule, steps: number): Schedule {
  checkSteps('steps', steps)
  return (_, part) => {
    if (part === undefined)
      throw new EpipoleError('usage', 'A schedule over the budget needs the part of it that is used: `train` gives it.')
    return schedule(part * steps, part)
  }
}

function checkSteps(name: string, steps: number): void {
  if (!(Number.isInteger(steps) && steps >= 1))
    throw new EpipoleError('usage', `A schedule of ${name} ${steps}: give a whole number from 1.`, { [name]: steps })
}
