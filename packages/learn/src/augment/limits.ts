import { EpipoleError } from '@epipole/core'
import type { Augmentation } from './augment.js'

interface Limit {
  readonly test: (value: never) => boolean
  readonly wanted: string
}

const between = (low: number, high: number, wanted: string): Limit => ({
  test: (v: number) => v >= low && v <= high && Number.isFinite(v),
  wanted,
})
const pairUpTo = (high: number, wanted: string): Limit => ({
  test: (v: readonly number[]) => v.length === 2 && v[0] > 0 && v[0] <= v[1] && v[1] <= high && Number.isFinite(v[1]),
  wanted,
})
const amount = between(0, Infinity, 'a number from 0')
const pair = pairUpTo(Infinity, 'two numbers above 0, the smaller first')

/** What settings may be, by name; by kind and name where a kind has limits of its own. */
const LIMITS: Readonly<Record<string, Limit>> = {
  p: between(0, 1, 'a chance from 0 to 1'),
  padding: { test: (v: number) => Number.isInteger(v) && v >= 0, wanted: 'a whole number from 0' },
  area: pairUpTo(1, 'two parts of the image, above 0 and up to 1, the smaller first'),
  ratio: pair,
  degrees: amount,
  range: pair,
  fraction: between(0, 1, 'a part of the size from 0 to 1'),
  sigma: amount,
  'blur.sigma': pair,
  amount,
  'hue.amount': between(0, 0.5, 'a part of the circle from 0 to 0.5'),
}

/** The step itself; a `usage` error names a setting that is out of its limits. */
export function checked(step: Augmentation): Augmentation {
  const { kind, ...settings } = step
  for (const [name, value] of Object.entries(settings)) {
    const { test, wanted } = (LIMITS[`${kind}.${name}`] ?? LIMITS[name]) as Limit
    if (!test(value as never))
      throw new EpipoleError('usage', `The ${name} of ${kind} is ${JSON.stringify(value)}: ${wanted} is wanted.`, {
        [name]: value,
      })
  }
  return step
}
