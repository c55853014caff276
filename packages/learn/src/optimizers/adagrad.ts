import { add, div, mul, sqrt, sub } from '@epipole/graph'
import { checkRange, type Optimizer, type Rule } from './optimizer.js'
import { coupledDecay, zeroSlots } from './pieces.js'

export interface AdagradOptions {
  readonly decay?: number
  /** Against division by zero. */
  readonly epsilon?: number
}

/** Adagrad (Duchi, Hazan, Singer 2011), as `torch.optim.Adagrad` without its own rate decay: s ← s + g², w ← w − rate·g / (√s + ε). */
export function adagrad({ decay = 0, epsilon = 1e-10 }: AdagradOptions = {}): Optimizer {
  checkRange('decay', decay, 0)
  checkRange('epsilon', epsilon, 0)
  const rule: Rule = {
    init: (type) => zeroSlots(type, ['squares']),
    update({ value, gradient, slots, rate }) {
      const g = coupledDecay(gradient, value, decay)
      const squares = add(slots.squares, mul(g, g))
      return { value: sub(value, div(mul(rate, g), add(sqrt(squares), epsilon))), slots: { squares } }
    },
  }
  return () => rule
}
