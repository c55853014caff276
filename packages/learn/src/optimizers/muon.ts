import { mul, orthogonalize, reshape, sub, type TensorType } from '@epipole/graph'
import { type AdamOptions, adamW } from './adam.js'
import { scaleRate } from './groups.js'
import { checkMemory, checkRange, type Optimizer, type Rule } from './optimizer.js'
import { decoupledDecay, ema, zeroSlots } from './pieces.js'

export interface MuonOptions {
  readonly momentum?: number
  readonly nesterov?: boolean
  /** Decoupled. */
  readonly decay?: number
  /** Iterations of Newton–Schulz. */
  readonly iterations?: number
  /**
   * Which parameters of two axes or more are hidden matrices; default all with two rows and two columns or more. Leave embeddings
   * and the classifier out.
   */
  readonly hidden?: (path: string, type: TensorType) => boolean
  /** AdamW for all others, whose rate is `rate · restRate`. */
  readonly rest?: AdamOptions
  readonly restRate?: number
}

/** A single row or column (a class token, positions, one output) has no directions that could move alike. */
const hasDirections = (_path: string, { shape }: TensorType): boolean =>
  shape[0] > 1 && shape.slice(1).reduce((a, b) => a * b, 1) > 1

/**
 * Muon (Jordan et al. 2024): the momentum of a hidden weight matrix, made orthogonal, is the step. All directions of the
 * matrix then move equally, where gradients are nearly of low rank. Kernels of convolutions count as matrices of
 * [kernels, everything else]; the step is scaled by √max(1, rows / columns). What is not a hidden matrix (biases, norms,
 * embeddings, the classifier: say so by `hidden`) moves by AdamW.
 */
export function muon(options: MuonOptions = {}): Optimizer {
  const { momentum = 0.95, nesterov = true, decay = 0, iterations = 5, restRate = 0.1 } = options
  const { hidden = hasDirections, rest } = options
  checkMemory('momentum', momentum)
  checkRange('decay', decay, 0)
  checkRange('iterations', iterations, 1)
  const others = scaleRate(adamW(rest), restRate)
  const rule: Rule = {
    init: (type) => zeroSlots(type, ['momentum']),
    update({ value, gradient, slots, rate }) {
      const velocity = ema(slots.momentum, gradient, momentum)
      const move = nesterov ? ema(velocity, gradient, momentum) : velocity
      const rows = value.shape[0]
      const matrix = reshape(move, [rows, -1])
      const step = mul(orthogonalize(matrix, iterations), Math.sqrt(Math.max(1, rows / matrix.shape[1])))
      const w = decoupledDecay(value, rate, decay)
      return { value: sub(w, mul(rate, reshape(step, value.shape))), slots: { momentum: velocity } }
    },
  }
  return (path, type) => (type.shape.length >= 2 && hidden(path, type) ? rule : others(path, type))
}
