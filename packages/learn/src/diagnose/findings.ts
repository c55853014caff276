import type { StepStatistics } from '../train/statistics.js'
import { weightsInOrder } from './weights.js'

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
  /** What the layer is, of findings on layers: `relu`. */
  readonly layer?: string
  readonly value: number
  readonly threshold: number
  readonly suggestion: string
}

export interface FindingThresholds {
  /** Part of a layer's units that may be dead; default 0.2. */
  readonly dead?: number
  /** How much smaller, or larger, a weight's gradient may be than that of the last weight, next to the loss; default 1000. */
  readonly gradientRatio?: number
  /** Bounds of an output's deviation; default 10⁻³ and 10³. */
  readonly deviation?: readonly [number, number]
  /**
   * Bounds of change / value of a weight in one step; default 10⁻⁵ and 0.1 (a healthy step is near 10⁻³). The lower one falls with
   * the schedule (`ratePart`).
   */
  readonly update?: readonly [number, number]
}

/** What the statistics of a step say is wrong, each with the layer, the measured number and its bound. */
export function findings(statistics: StepStatistics, thresholds: FindingThresholds = {}): Finding[] {
  const { dead = 0.2, gradientRatio = 1e3, deviation = [1e-3, 1e3], update = [1e-5, 0.1] } = thresholds
  return [
    ...statistics.layers.flatMap((layer) => layerFindings(layer, dead, deviation)),
    ...weightFindings(statistics, gradientRatio, update),
  ]
}

function layerFindings(
  { name, kind, dead, units, deviation }: StepStatistics['layers'][number],
  most: number,
  [least, largest]: readonly [number, number],
): Finding[] {
  const found = (what: Finding['kind'], value: number, threshold: number, suggestion: string): Finding => ({
    kind: what,
    name: name || kind,
    layer: kind,
    value,
    threshold,
    suggestion,
  })
  const part = dead / units
  // Units that are all dead have no deviation either: said once.
  if (part > most)
    return [
      found('dead-units', part, most, 'a lower rate, a leaky ReLU, Kaiming initialisation or normalisation before it'),
    ]
  if (deviation < least)
    return [found('vanishing-activation', deviation, least, 'a larger initialisation, or normalisation')]
  // NaN is more than any bound.
  if (!(deviation <= largest))
    return [
      found('exploding-activation', deviation, largest, 'a smaller initialisation, normalisation, or a lower rate'),
    ]
  return []
}

const F32_RESOLUTION = 2 ** -23

function weightFindings(
  statistics: StepStatistics,
  ratio: number,
  [least, most]: readonly [number, number],
): Finding[] {
  const weights = weightsInOrder(statistics)
  const last = weights.at(-1)?.gradient ?? 0
  const slow = least * (statistics.ratePart ?? 1)
  // Where a schedule has come near 0, changes drown in f32's rounding, and nothing can be told from them.
  const tellable = slow > F32_RESOLUTION
  return weights.flatMap(({ name, gradient, value, change }) => {
    const found: Finding[] = []
    const add = (kind: Finding['kind'], measured: number, threshold: number, suggestion: string) =>
      found.push({ kind, name, value: measured, threshold, suggestion })
    if (gradient < last / ratio)
      add(
        'vanishing-gradient',
        gradient,
        last / ratio,
        'residual connections, normalisation, or activations that do not saturate',
      )
    if (gradient > last * ratio)
      add('exploding-gradient', gradient, last * ratio, 'clipping by norm, a lower rate, or normalisation')
    if (tellable && value > 0 && change / value < slow) add('slow-updates', change / value, slow, 'a higher rate')
    if (value > 0 && change / value > most) add('fast-updates', change / value, most, 'a lower rate, or a warm-up')
    return found
  })
}

const short = (v: number): string => (v >= 100 && v < 1e6 ? `${Number(v.toPrecision(2))}` : v.toPrecision(2))

/** One line for people. */
export const describeFinding = ({ kind, name, layer, value, threshold, suggestion }: Finding): string =>
  `${name}${layer === undefined || layer === name ? '' : ` (${layer})`}: ${kind.replace('-', ' ')} (${short(value)}, bound ${short(threshold)}). Try ${suggestion}.`
