import { parseArgs } from 'node:util'
import { type Family, families } from './problem.js'

export interface RobustBenchOptions {
  readonly families: readonly Family[]
  /** Percent of right matches. */
  readonly percents: readonly number[]
  /** Problems a case. */
  readonly problems: number
  /** Time budget of one estimation, which sets the number of trials. */
  readonly budgetMs: number
  readonly peers: boolean
  readonly real: boolean
}

export const PERCENTS = [10, 20, 30, 40, 50, 60, 70, 80, 90]

/** @throws Error for what cannot be */
export function robustBenchOptions(args: readonly string[]): RobustBenchOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      families: { type: 'string', default: families.join(',') },
      percents: { type: 'string', default: PERCENTS.join(',') },
      problems: { type: 'string', default: '100' },
      budget: { type: 'string', default: '50' },
      'no-peer': { type: 'boolean', default: false },
      'no-real': { type: 'boolean', default: false },
    },
  })
  const positive = (name: 'problems' | 'budget') => {
    const value = Number(values[name])
    if (!(value > 0)) throw new Error(`--${name} ${values[name]}: a positive number is wanted.`)
    return value
  }
  const chosen = values.families.split(',').map((name) => {
    const family = families.find((f) => f === name)
    if (family === undefined) throw new Error(`--families ${name}: there are ${families.join(', ')}.`)
    return family
  })
  const percents = values.percents.split(',').map(Number)
  const strange = percents.find((p) => !PERCENTS.includes(p))
  if (strange !== undefined) throw new Error(`--percents ${strange}: there are ${PERCENTS.join(', ')}.`)
  return {
    families: chosen,
    percents,
    problems: Math.ceil(positive('problems')),
    budgetMs: positive('budget'),
    peers: !values['no-peer'],
    real: !values['no-real'],
  }
}
