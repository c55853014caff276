import type { StepStatistics } from '../train/statistics.js'
import { weightsInOrder } from './weights.js'

/** The few numbers of a step that tell whether training is well. */
export interface Summary {
  /** The layer with the largest part of dead units; none where no layer was looked at. */
  readonly dead: { readonly name: string; readonly part: number } | undefined
  /** Root mean square of the first weight's gradient by that of the last: far below 1 it vanishes on its way, far above it explodes. */
  readonly gradientRatio: number
  /** Change / value of a weight in one step, the median: healthy near 10⁻³. */
  readonly update: number
}

/** What a line of a terminal has room for. */
export function summary(statistics: StepStatistics): Summary {
  const parts = statistics.layers.map(({ name, kind, dead, units }) => ({
    name: name || kind,
    part: units > 0 ? dead / units : 0,
  }))
  const weights = weightsInOrder(statistics)
  const [first, last] = [weights[0]?.gradient ?? Number.NaN, weights.at(-1)?.gradient ?? Number.NaN]
  const updates = weights.filter(({ value }) => value > 0).map(({ change, value }) => change / value)
  const sorted = updates.sort((a, b) => a - b)
  return {
    dead: parts.reduce<Summary['dead']>((most, at) => (most && most.part >= at.part ? most : at), undefined),
    gradientRatio: first / last,
    update: sorted[sorted.length >> 1] ?? Number.NaN,
  }
}

/** The summary as text. */
export function summaryLine({ dead, gradientRatio, update }: Summary): string {
  const part = dead && dead.part > 0 ? `${(100 * dead.part).toFixed(0)} % in ${dead.name}` : 'none'
  return `dead units ${part} · gradient first/last ${gradientRatio.toPrecision(2)} · update/weight ${update.toPrecision(2)}`
}
