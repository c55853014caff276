import { EpipoleError } from '@epipole/core'

export interface PlateauOptions {
  /** What the rate is multiplied by; default 0.1. */
  readonly factor?: number
  /** Measurements without improvement that are borne; default 10. */
  readonly patience?: number
  /** The least relative improvement that counts; default 10⁻⁴. */
  readonly threshold?: number
  /** Measurements after a reduction in which none is counted; default 0. */
  readonly cooldown?: number
  /** Default 'min': less is better. */
  readonly mode?: 'min' | 'max'
  /** What the factor never falls below; default 0. */
  readonly least?: number
}

/** What has been seen so far; plain data, kept in checkpoints. */
export interface PlateauState {
  /** The rate's factor now. */
  readonly scale: number
  readonly best: number | null
  readonly bad: number
  readonly cooling: number
}

export const plateauStart: PlateauState = { scale: 1, best: null, bad: 0, cooling: 0 }

/** The rate falls where a measure stops improving (ReduceLROnPlateau): the state after one more measurement. */
export function plateau(state: PlateauState, measure: number, options: PlateauOptions = {}): PlateauState {
  const { factor = 0.1, patience = 10, threshold = 1e-4, cooldown = 0, mode = 'min', least = 0 } = options
  if (!(factor > 0 && factor < 1 && patience >= 0 && cooldown >= 0))
    throw new EpipoleError(
      'usage',
      `A plateau with factor ${factor}, patience ${patience}, cooldown ${cooldown}: the factor is between 0 and 1, the others from 0.`,
      { factor, patience, cooldown },
    )
  const { best } = state
  const better =
    best === null
      ? !Number.isNaN(measure)
      : mode === 'min'
        ? measure < best * (1 - threshold)
        : measure > best * (1 + threshold)
  const cooling = Math.max(0, state.cooling - 1)
  const bad = state.cooling > 0 || better ? 0 : state.bad + 1
  const kept = { scale: state.scale, best: better ? measure : best, bad, cooling }
  if (bad <= patience) return kept
  return { ...kept, scale: Math.max(state.scale * factor, least), bad: 0, cooling: cooldown }
}
