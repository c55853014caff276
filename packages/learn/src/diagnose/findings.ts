import type { StepStatistics } from '../train/statistics.js'

/** Something in the statistics that usually hurts, with the layer and what helps. */
export interface Finding {
  readonly kind:
    | 'dead-units'
    | 'vanishing-gradient'
    | 'exploding-gradient'
    | 'vanishing-activation'
    | 'exploding-activation'
    | 'slow-updates'
    | 'fast-updates'
  /** The layer or parameter. */
  readonly name: string
  readonly value: number
  readonly threshold: number
  readonly suggestion: string
}

export interface FindingThresholds {
  /** Part of a layer's units that may be dead; default 0.2. */
  readonly dead?: number
  /** How much smaller, or larger, a weight's gradient may be than the median one; default 1000. */
  readonly gradientRatio?: number
  /** Bounds of an output's deviation; default 10⁻³ and 10³. */
  readonly deviation?: readonly [number, number]
  /** Bounds of change / value of a weight in one step; default 10⁻⁵ and 0.1 (a healthy step is near 10⁻³). */
  readonly update?: readonly [number, number]
}

/** What the statistics of a step say is wrong, each with the layer, the measured number and its bound. */
export function findings(statistics: StepStatistics, thresholds: FindingThresholds = {}): Finding[] {
  const { dead = 0.2, gradientRatio = 1e3, deviation = [1e-3, 1e3], update = [1e-5, 0.1] } = thresholds
  const found: Finding[] = []
  const add = (kind: Finding['kind'], name: string, value: number, threshold: number, suggestion: string) =>
    found.push({ kind, name, value, threshold, suggestion })
  for (const layer of statistics.layers) {
    const part = layer.dead / layer.units
    if (part > dead)
      add(
        'dead-units',
        layer.name,
        part,
        dead,
        'a lower rate, a leaky ReLU, Kaiming initialisation or normalisation before it',
      )
    // Units that are all dead have no deviation either: said once.
    else if (layer.deviation < deviation[0])
      add(
        'vanishing-activation',
        layer.name,
        layer.deviation,
        deviation[0],
        'a larger initialisation, or normalisation',
      )
    if (layer.deviation > deviation[1])
      add(
        'exploding-activation',
        layer.name,
        layer.deviation,
        deviation[1],
        'a smaller initialisation, normalisation, or a lower rate',
      )
  }
  const weights = statistics.parameters.filter(({ name }) => /weight$/.test(name))
  const sorted = weights.map(({ gradient }) => gradient).sort((a, b) => a - b)
  const median = sorted[sorted.length >> 1] ?? 0
  for (const { name, gradient, value, change } of weights) {
    if (gradient < median / gradientRatio)
      add(
        'vanishing-gradient',
        name,
        gradient,
        median / gradientRatio,
        'residual connections, normalisation, or activations that do not saturate',
      )
    if (gradient > median * gradientRatio)
      add(
        'exploding-gradient',
        name,
        gradient,
        median * gradientRatio,
        'clipping by norm, a lower rate, or normalisation',
      )
    const ratio = value > 0 ? change / value : 0
    if (value > 0 && ratio < update[0]) add('slow-updates', name, ratio, update[0], 'a higher rate')
    if (ratio > update[1]) add('fast-updates', name, ratio, update[1], 'a lower rate, or a warm-up')
  }
  return found
}

/** One line for people. */
export const describeFinding = ({ kind, name, value, threshold, suggestion }: Finding): string =>
  `${name}: ${kind.replace('-', ' ')} (${value.toPrecision(2)}, bound ${threshold.toPrecision(2)}). Try ${suggestion}.`
