import { mul, type TensorType } from '@epipole/graph'
import { checkRange, type Optimizer } from './optimizer.js'

/** Parameters chosen by their path or type. */
export interface ParameterGroup {
  /** A pattern for the path (`/bias$/`), or a function; absent: all that are left. */
  readonly where?: RegExp | ((path: string, type: TensorType) => boolean)
  /** How they move; undefined freezes them. */
  readonly optimizer: Optimizer | undefined
}

/** Parameter groups: each parameter belongs to the first group that takes it; one that none takes stays as it is. */
export function parameterGroups(groups: readonly ParameterGroup[]): Optimizer {
  const takes = ({ where }: ParameterGroup, path: string, type: TensorType) =>
    where === undefined || (where instanceof RegExp ? where.test(path) : where(path, type))
  return (path, type) => groups.find((group) => takes(group, path, type))?.optimizer?.(path, type)
}

/** The same optimizer at another rate: `rate · factor`. */
export function scaleRate(optimizer: Optimizer, factor: number): Optimizer {
  checkRange('factor', factor, 0)
  return (path, type) => {
    const rule = optimizer(path, type)
    return rule && { init: rule.init, update: (at) => rule.update({ ...at, rate: mul(at.rate, factor) }) }
  }
}

/** What weight decay is usually kept from: biases and the gains of normalisation, which have one axis. */
export const isMatrix = (_path: string, { shape }: TensorType): boolean => shape.length >= 2
