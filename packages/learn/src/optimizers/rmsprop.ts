import { add, div, mul, sqrt, sub, type Tensor } from '@epipole/graph'
import { checkMemory, checkRange, type Optimizer, type Rule, type Slots } from './optimizer.js'
import { coupledDecay, ema, zeroSlots } from './pieces.js'

export interface RmspropOptions {
  /** Memory of the average of squares. */
  readonly alpha?: number
  readonly momentum?: number
  readonly decay?: number
  readonly epsilon?: number
}

/** RMSprop (Hinton 2012), as `torch.optim.RMSprop`: s ← α·s + (1 − α)·g², moved by g / (√s + ε), with momentum if wanted. */
export function rmsprop({ alpha = 0.99, momentum = 0, decay = 0, epsilon = 1e-8 }: RmspropOptions = {}): Optimizer {
  checkMemory('alpha', alpha)
  checkMemory('momentum', momentum)
  checkRange('decay', decay, 0)
  checkRange('epsilon', epsilon, 0)
  const rule: Rule = {
    init: (type) => zeroSlots(type, momentum === 0 ? ['squares'] : ['squares', 'momentum']),
    update({ value, gradient, slots, rate }) {
      const g = coupledDecay(gradient, value, decay)
      const squares = ema(slots.squares, mul(g, g), alpha)
      const move = div(g, add(sqrt(squares), epsilon))
      if (momentum === 0) return { value: sub(value, mul(rate, move)), slots: { squares } as Slots<Tensor> }
      const velocity = add(mul(slots.momentum, momentum), move)
      return { value: sub(value, mul(rate, velocity)), slots: { squares, momentum: velocity } }
    },
  }
  return () => rule
}
