import { add, mul, type NdArray, sub, type Tensor, type TensorType, zerosArray } from '@epipole/graph'
import type { Slots } from './optimizer.js'

/** Slots of zeros, each of the parameter's shape; the names of scalars behind it. */
export function zeroSlots(type: TensorType, names: readonly string[], scalars: readonly string[] = []): Slots<NdArray> {
  return Object.fromEntries([
    ...names.map((name) => [name, zerosArray(type.shape, type.dtype)]),
    ...scalars.map((name) => [name, zerosArray([], type.dtype)]),
  ])
}

/** Exponential moving average: β·average + (1 − β)·x. */
export const ema = (average: Tensor, x: Tensor, beta: number): Tensor => add(mul(average, beta), mul(x, 1 - beta))

/**
 * 1 − βᵗ after t steps, without counting them: the moving average of ones, which started at 0. What an average of gradients
 * must be divided by, since it started at 0 as well; and exact in f32, where 1 − βᵗ itself would cancel.
 */
export const emaOfOnes = (before: Tensor, beta: number): Tensor => add(mul(before, beta), 1 - beta)

/** Decay coupled to the gradient (L2 in the loss: g + λ·w). */
export const coupledDecay = (gradient: Tensor, value: Tensor, decay: number): Tensor =>
  decay === 0 ? gradient : add(gradient, mul(value, decay))

/** Decay beside the gradient (Loshchilov & Hutter 2019): w·(1 − rate·λ). */
export const decoupledDecay = (value: Tensor, rate: Tensor, decay: number): Tensor =>
  decay === 0 ? value : mul(value, sub(1, mul(rate, decay)))
