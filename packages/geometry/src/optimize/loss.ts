import { EpipoleError, log1p } from '@epipole/core'

/**
 * Robust losses: the cost of a residual block with squared norm s is ½ ρ(s). All are normalised to ρ(s) ≈ s near 0 and
 * turn at √s ≈ `scale`, as in the Ceres solver (`ceres/loss_function.h`).
 *
 * - `trivial`: s; least squares.
 * - `huber`: s up to scale², then linear in √s: outliers pull with constant force.
 * - `soft-l1`: a² · 2 (√(1 + s/a²) − 1), a smooth Huber.
 * - `cauchy`: a² log(1 + s/a²): the pull of an outlier falls as 1/√s.
 * - `geman-mcclure`: s / (1 + s/a²): as 1/s^(3/2).
 * - `tukey`: a²/3 (1 − (1 − s/a²)³) up to a², then constant: outliers do not pull at all.
 */
export type LossType = 'trivial' | 'huber' | 'soft-l1' | 'cauchy' | 'geman-mcclure' | 'tukey'

export interface Loss {
  readonly type: LossType
  /** In the unit of the residual (pixels for projection errors). Default 1; without meaning for `trivial`. */
  readonly scale?: number
}

const TYPES: readonly LossType[] = ['trivial', 'huber', 'soft-l1', 'cauchy', 'geman-mcclure', 'tukey']
const TRIVIAL = 0
const HUBER = 1
const SOFT_L1 = 2
const CAUCHY = 3
const GEMAN_MCCLURE = 4

/** A loss as two numbers, for hot loops. */
export interface LossKernel {
  readonly kind: number
  /** scale². */
  readonly square: number
}

/** @throws EpipoleError `usage` on an unknown type or a scale that is not positive */
export function lossKernel(loss: Loss | undefined): LossKernel {
  const { type, scale = 1 } = loss ?? { type: 'trivial' }
  const kind = TYPES.indexOf(type)
  if (kind < 0) throw new EpipoleError('usage', `There is no loss "${type}"; known are ${TYPES.join(', ')}.`, { type })
  if (!(scale > 0 && scale < Number.POSITIVE_INFINITY)) {
    throw new EpipoleError('usage', `The scale of the ${type} loss must be positive, not ${scale}.`, { type, scale })
  }
  return { kind, square: scale * scale }
}

/** ρ(s). */
export function lossValue(kind: number, square: number, s: number): number {
  switch (kind) {
    case TRIVIAL:
      return s
    case HUBER:
      return s <= square ? s : 2 * Math.sqrt(square * s) - square
    case SOFT_L1:
      // 2a²(√(1+q) − 1) without the cancellation at small q.
      return (2 * s) / (Math.sqrt(1 + s / square) + 1)
    case CAUCHY:
      return square * log1p(s / square)
    case GEMAN_MCCLURE:
      return s / (1 + s / square)
    default: {
      // a²/3 (1 − (1 − q)³), multiplied out against cancellation.
      const q = s / square
      return q < 1 ? s * (1 - q * (1 - q / 3)) : square / 3
    }
  }
}

/** ρ′(s): the weight of a residual in iteratively re-weighted least squares. */
export function lossWeight(kind: number, square: number, s: number): number {
  switch (kind) {
    case TRIVIAL:
      return 1
    case HUBER:
      return s <= square ? 1 : Math.sqrt(square / s)
    case SOFT_L1:
      return 1 / Math.sqrt(1 + s / square)
    case CAUCHY:
      return 1 / (1 + s / square)
    case GEMAN_MCCLURE: {
      const q = 1 / (1 + s / square)
      return q * q
    }
    default: {
      const rest = s < square ? 1 - s / square : 0
      return rest * rest
    }
  }
}

/**
 * 1 + 2 s ρ″(s)/ρ′(s): the curvature of ½ ρ(‖r‖²) along r, as a share of that across it (Triggs et al., "Bundle adjustment: a modern
 * synthesis", 1999, section 4.3). 1 for least squares, at most 1 for every loss here; where it is negative the loss is not convex.
 */
export function lossCurvature(kind: number, square: number, s: number): number {
  switch (kind) {
    case TRIVIAL:
      return 1
    case HUBER:
      return s <= square ? 1 : 0
    case SOFT_L1:
      return square / (square + s)
    case CAUCHY:
      return (square - s) / (square + s)
    case GEMAN_MCCLURE:
      return (square - 3 * s) / (square + s)
    default:
      // Beyond its end the weight is 0, and no curvature is left to share.
      return s < square ? (square - 5 * s) / (square - s) : 0
  }
}
