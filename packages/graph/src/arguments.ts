import { kindOf, misuse } from './refusal.js'
import { normalizeAxes, showShape } from './shape.js'
import { isTensor, type Tensor } from './tensor.js'

/** The options of an op, if they are any; else a `usage` error with an example. A value in their place would be ignored. */
export function optionsOf<T extends object>(options: T, op: string, example: string): T {
  if (typeof options === 'object' && options !== null && !isTensor(options) && !Array.isArray(options)) return options
  return misuse(`The options of ${op} are ${kindOf(options)}`, `name them, as in ${example}`)
}

/** Axes of a tensor as 0 … rank − 1, ascending; a `usage` error names those it does not have. */
export function axesOf(x: Tensor, axes: number | readonly number[] | undefined): number[] {
  if (!isTensor(x)) misuse(`A tensor is wanted, not ${kindOf(x)}`)
  const advice = x.rank === 0 ? 'it is a scalar' : `take −${x.rank} to ${x.rank - 1}`
  return (
    normalizeAxes(axes, x.rank) ??
    misuse(`A tensor of shape ${showShape(x.shape)} has no axis ${axes}`, advice, { axes })
  )
}

/** The same of one axis, which must be told. */
export const axisOf = (x: Tensor, axis: number): number =>
  typeof axis === 'number' ? (axesOf(x, axis)[0] as number) : misuse(`An axis is wanted, not ${kindOf(axis)}`)
