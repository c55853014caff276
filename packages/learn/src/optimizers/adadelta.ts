import { add, div, mul, sqrt, sub } from '@epipole/graph'
import { checkMemory, checkRange, type Optimizer, type Rule } from './optimizer.js'
import { coupledDecay, ema, zeroSlots } from './pieces.js'

export interface AdadeltaOptions {
  /** Memory of both averages. */
  readonly rho?: number
  readonly decay?: number
  readonly epsilon?: number
}

/**
 * Adadelta (Zeiler 2012), as `torch.optim.Adadelta`: the step √(E[Δ²] + ε) / √(E[g²] + ε) · g has the parameter's own unit,
 * so that the usual rate is 1.
 */
export function adadelta({ rho = 0.9, decay = 0, epsilon = 1e-6 }: AdadeltaOptions = {}): Optimizer {
  checkMemory('rho', rho)
  checkRange('decay', decay, 0)
  checkRange('epsilon', epsilon, 0)
  const rule: Rule = {
    init: (type) => zeroSlots(type, ['squares', 'moves']),
    update({ value, gradient, slots, rate }) {
      const g = coupledDecay(gradient, value, decay)
      const squares = ema(slots.squares, mul(g, g), rho)
      const move = mul(div(sqrt(add(slots.moves, epsilon)), sqrt(add(squares, epsilon))), g)
      return {
        value: sub(value, mul(rate, move)),
        slots: { squares, moves: ema(slots.moves, mul(move, move), rho) },
      }
    },
  }
  return () => rule
}
