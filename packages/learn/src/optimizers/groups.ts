import { EpipoleError } from '@epipole/core'
import { mul, type TensorType } from '@epipole/graph'
import { checkRange, type Optimizer, type Parameter } from './optimizer.js'

/** Parameters chosen by their path or type. */
export interface ParameterGroup {
  /** A pattern for the path (`/bias$/`), or a function; absent: all that are left. */
  readonly where?: RegExp | ((path: string, type: TensorType) => boolean)
  /** How they move; undefined freezes them. */
  readonly optimizer: Optimizer | undefined
}

/**
 * Parameter groups: each parameter belongs to the first group that takes it; one that none takes stays as it is. A pattern
 * that takes none of a model's parameters is refused: it was meant for some. (A function is a rule, which may find nothing.)
 */
export function parameterGroups(groups: readonly ParameterGroup[]): Optimizer {
  const groupOf = (parameter: Parameter) => groups.find(({ where }) => takes(where, parameter))
  const optimizer: Optimizer = (...parameter) => groupOf(parameter)?.optimizer?.(...parameter)
  const check = (parameters: readonly Parameter[]) => {
    for (const group of groups) {
      const own = parameters.filter((parameter) => groupOf(parameter) === group)
      if (group.where instanceof RegExp && own.length === 0) refuse(group.where, parameters)
      group.optimizer?.check?.(own)
    }
  }
  return Object.assign(optimizer, { check })
}

function takes(where: ParameterGroup['where'], [path, type]: Parameter): boolean {
  // (`search`, as `test` of a global pattern would go on from its last find.)
  return where === undefined || (where instanceof RegExp ? path.search(where) >= 0 : where(path, type))
}

function refuse(pattern: RegExp, parameters: readonly Parameter[]): never {
  const names = parameters.slice(0, 8).map(([path]) => path)
  throw new EpipoleError(
    'usage',
    `The parameter group ${pattern} takes no parameter: none of that name is left by the groups before it. There are ${names.join(', ')}${parameters.length > 8 ? ' …' : ''}.`,
    { pattern: `${pattern}` },
  )
}

/** The same optimizer at another rate: `rate · factor`. */
export function scaleRate(optimizer: Optimizer, factor: number): Optimizer {
  checkRange('factor', factor, 0)
  const scaled: Optimizer = (...parameter) => {
    const rule = optimizer(...parameter)
    return rule && { init: rule.init, update: (at) => rule.update({ ...at, rate: mul(at.rate, factor) }) }
  }
  return Object.assign(scaled, { check: optimizer.check })
}

/** What weight decay is usually kept from: biases and the gains of normalisation, which have one axis. */
export const isMatrix = (_path: string, { shape }: TensorType): boolean => shape.length >= 2
