import { abs, add, div, maximum, minimum, mul, sqrt, sum, type Tensor } from '@epipole/graph'
import { checkRange } from './optimizer.js'

/** Gradients by parameter path. */
export type Gradients = ReadonlyMap<string, Tensor>

/** √Σ g² over all gradients: one number for the whole step. */
export function globalNorm(gradients: Gradients): Tensor {
  const squares = [...gradients.values()].map((g) => sum(mul(g, g)))
  return sqrt(squares.reduce((a, b) => add(a, b)))
}

/** All gradients scaled together so that their norm is at most `norm`, as `torch.nn.utils.clip_grad_norm_`. */
export function clipByNorm(gradients: Gradients, norm: number): Gradients {
  checkRange('norm', norm, 0)
  const factor = minimum(div(norm, add(globalNorm(gradients), 1e-6)), 1)
  return new Map([...gradients].map(([path, g]) => [path, mul(g, factor)]))
}

/** Each element held within ±value, as `torch.nn.utils.clip_grad_value_`. */
export function clipByValue(gradients: Gradients, value: number): Gradients {
  checkRange('value', value, 0)
  return new Map([...gradients].map(([path, g]) => [path, maximum(minimum(g, value), -value)]))
}

/** λ·Σ|w|, to be added to the loss: drives weights to zero. */
export const l1Penalty = (weights: readonly Tensor[], lambda: number): Tensor =>
  mul(
    weights.map((w) => sum(abs(w))).reduce((a, b) => add(a, b)),
    lambda,
  )

/** ½·λ·Σ w², to be added to the loss: its gradient λ·w is that of coupled weight decay. */
export const l2Penalty = (weights: readonly Tensor[], lambda: number): Tensor =>
  mul(
    weights.map((w) => sum(mul(w, w))).reduce((a, b) => add(a, b)),
    lambda / 2,
  )
