/** What a number of a training may be; the command line and grids of sweeps ask the same. */
export interface SettingRange {
  readonly least: number
  readonly most: number
  readonly whole?: boolean
}

export const SETTING_RANGES = {
  rate: { least: 0, most: 1000 },
  decay: { least: 0, most: 10 },
  epochs: { least: 1, most: Number.MAX_SAFE_INTEGER, whole: true },
  steps: { least: 1, most: Number.MAX_SAFE_INTEGER, whole: true },
  batchSize: { least: 1, most: 100_000, whole: true },
  smoothing: { least: 0, most: 0.99 },
  seed: { least: 0, most: Number.MAX_SAFE_INTEGER, whole: true },
  fraction: { least: 1e-6, most: 1 },
} as const satisfies Readonly<Record<string, SettingRange>>

export const isInRange = (value: unknown, { least, most, whole = false }: SettingRange): boolean =>
  typeof value === 'number' && value >= least && value <= most && (!whole || Number.isInteger(value))

/** `a number from 0 to 10`. */
export const describeRange = ({ least, most, whole = false }: SettingRange): string =>
  `a ${whole ? 'whole ' : ''}number ${most === Number.MAX_SAFE_INTEGER ? `of at least ${least}` : `from ${least} to ${most}`}`
