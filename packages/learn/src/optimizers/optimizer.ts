import { EpipoleError } from '@epipole/core'
import {
  isNdArray,
  isTensor,
  leavesOf,
  mapTree,
  type NdArray,
  type Tensor,
  type TensorType,
  type Tree,
} from '@epipole/graph'

/** What a rule keeps for one parameter between steps: momentum, squared gradients, …, by name. */
export type Slots<T> = Readonly<Record<string, T>>

/**
 * How one parameter moves: a function on graphs, so that a whole training step is one graph. The rate is a scalar of the
 * parameter's element type and an input of the graph: schedules change it without compiling anything again.
 */
export interface Rule {
  /** The slots before the first step. */
  init(type: TensorType): Slots<NdArray>
  update(at: RuleInputs): { readonly value: Tensor; readonly slots: Slots<Tensor> }
}

export interface RuleInputs {
  readonly value: Tensor
  readonly gradient: Tensor
  readonly slots: Slots<Tensor>
  readonly rate: Tensor
}

/** A parameter as an optimizer sees it: its path (`layer1.0.conv.weight`) and type. */
export type Parameter = readonly [path: string, type: TensorType]

/**
 * An optimizer says by which rule each parameter moves; undefined freezes it. Parameter groups are nothing else than
 * functions of the parameter.
 */
export interface Optimizer {
  (...parameter: Parameter): Rule | undefined
  /** Throws `usage` where it does not suit a model's parameters; asked once, before the first step. */
  readonly check?: (parameters: readonly Parameter[]) => void
}

/** The optimizer's state: the slots of each parameter by its path. Plain data, to be kept with the parameters. */
export type OptimizerState<T> = Readonly<Record<string, Slots<T>>>

/** The state before the first step. Throws `usage` where the optimizer does not suit the parameters. */
export function initOptimizer(optimizer: Optimizer, params: Tree<NdArray>): OptimizerState<NdArray> {
  if (typeof optimizer !== 'function')
    throw new EpipoleError('usage', `An optimizer is wanted, not ${typeof optimizer}: sgd(), adamW() and the like.`)
  const parameters = leavesOf(params, isNdArray)
  optimizer.check?.(parameters)
  return Object.fromEntries(
    parameters.flatMap(([path, value]) => {
      const rule = optimizer(path, value)
      if (rule !== undefined && typeof rule.init !== 'function')
        throw new EpipoleError('usage', `The optimizer gives no rule for ${path}: call it, as in adam().`)
      const slots = rule?.init(value) ?? {}
      return Object.keys(slots).length > 0 ? [[path, slots]] : []
    }),
  )
}

export interface Update {
  readonly params: Tree<Tensor>
  readonly state: OptimizerState<Tensor>
}

/**
 * One step of every parameter, as a graph.
 * @param gradients by path; a parameter without one stays as it is
 * @param rate scalar
 */
export function applyOptimizer(
  optimizer: Optimizer,
  params: Tree<Tensor>,
  gradients: ReadonlyMap<string, Tensor>,
  state: OptimizerState<Tensor>,
  rate: Tensor,
): Update {
  const next: Record<string, Slots<Tensor>> = {}
  const moved = mapTree<Tensor, Tensor>(params, isTensor, (value, path) => {
    const rule = optimizer(path, value)
    const gradient = gradients.get(path)
    const slots = state[path] ?? {}
    if (state[path] !== undefined) next[path] = slots
    if (rule === undefined || gradient === undefined) return value
    const update = rule.update({ value, gradient, slots, rate })
    if (state[path] !== undefined) next[path] = update.slots
    return update.value
  })
  return { params: moved, state: next }
}

/** A `usage` error that names the option where a setting is not in its range. */
export function checkRange(name: string, value: number, low: number): void {
  if (!(value >= low && Number.isFinite(value)))
    throw new EpipoleError('usage', `${name} is ${value}: a number from ${low} is wanted.`, { [name]: value })
}

/** The same for what is remembered of the past, from 0 (nothing) to below 1: with 1 nothing new would count. */
export function checkMemory(name: string, value: number): void {
  if (!(value >= 0 && value < 1))
    throw new EpipoleError('usage', `${name} is ${value}: a number from 0 to below 1 is wanted.`, { [name]: value })
}
