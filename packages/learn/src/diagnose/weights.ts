import type { ParameterStatistics, StepStatistics } from '../train/statistics.js'

/** Weights and gains, from the input to the loss, in whatever order the model names its parts. */
export function weightsInOrder({ layers, parameters }: StepStatistics): ParameterStatistics[] {
  const places = new Map(layers.map(({ name }, i) => [name === '' ? 'weight' : `${name}.weight`, i]))
  let place = -1
  return parameters
    .filter(({ name }) => /weight$/.test(name))
    .map((weight) => {
      // One that belongs to no layer that was looked at stays behind its neighbour.
      place = places.get(weight.name) ?? place
      return { weight, place }
    })
    .sort((a, b) => a.place - b.place)
    .map(({ weight }) => weight)
}
