import { EpipoleError } from '@epipole/core'
import { add, mul, sub } from '@epipole/graph'
import { checkMemory, checkRange, type Optimizer, type Rule } from './optimizer.js'
import { coupledDecay, decoupledDecay, zeroSlots } from './pieces.js'

export interface SgdOptions {
  /** How much of the last movement goes on; 0 for none. */
  readonly momentum?: number
  /** Look ahead along the momentum (Nesterov, in the form of Sutskever et al. 2013). */
  readonly nesterov?: boolean
  /** L2: λ·w is added to the gradient. */
  readonly decay?: number
  /** Decay beside the gradient in its place: w·(1 − rate·λ). */
  readonly decoupled?: boolean
}

/** Gradient descent, as `torch.optim.SGD` (dampening 0): b ← μ·b + g, w ← w − rate·b, or with Nesterov w − rate·(g + μ·b). */
export function sgd(options: SgdOptions = {}): Optimizer {
  const { momentum = 0, nesterov = false, decay = 0, decoupled = false } = options
  checkMemory('momentum', momentum)
  checkRange('decay', decay, 0)
  if (nesterov && momentum === 0)
    throw new EpipoleError('usage', 'Nesterov looks ahead along the momentum, and there is none: give `momentum`.')
  const rule: Rule = {
    init: (type) => (momentum === 0 ? {} : zeroSlots(type, ['momentum'])),
    update({ value, gradient, slots, rate }) {
      const w = decoupled ? decoupledDecay(value, rate, decay) : value
      const g = decoupled ? gradient : coupledDecay(gradient, value, decay)
      if (momentum === 0) return { value: sub(w, mul(rate, g)), slots }
      const velocity = add(mul(slots.momentum, momentum), g)
      const move = nesterov ? add(g, mul(velocity, momentum)) : velocity
      return { value: sub(w, mul(rate, move)), slots: { momentum: velocity } }
    },
  }
  return () => rule
}
