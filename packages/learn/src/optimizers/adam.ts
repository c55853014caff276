import { add, div, mul, sqrt, sub } from '@epipole/graph'
import { checkMemory, checkRange, type Optimizer, type Rule } from './optimizer.js'
import { coupledDecay, decoupledDecay, ema, emaOfOnes, zeroSlots } from './pieces.js'

export interface AdamOptions {
  /** Memory of the gradient and of its square. */
  readonly betas?: readonly [number, number]
  readonly decay?: number
  readonly epsilon?: number
}

/** Adam (Kingma & Ba 2015), as `torch.optim.Adam`: decay is coupled (L2). */
export const adam = (options: AdamOptions = {}): Optimizer => adamOf({ decay: 0, ...options, decoupled: false })

/** AdamW (Loshchilov & Hutter 2019), as `torch.optim.AdamW`: decay is decoupled, 0.01 unless told. */
export const adamW = (options: AdamOptions = {}): Optimizer => adamOf({ decay: 0.01, ...options, decoupled: true })

/** m ← β₁·m + (1 − β₁)·g, v ← β₂·v + (1 − β₂)·g², both divided by 1 − βᵗ; w ← w − rate·m̂ / (√v̂ + ε). */
function adamOf(options: AdamOptions & { decay: number; decoupled: boolean }): Optimizer {
  const { betas = [0.9, 0.999], epsilon = 1e-8, decay, decoupled } = options
  betas.forEach((beta, i) => {
    checkMemory(`betas[${i}]`, beta)
  })
  checkRange('decay', decay, 0)
  checkRange('epsilon', epsilon, 0)
  const [b1, b2] = betas
  const rule: Rule = {
    init: (type) => zeroSlots(type, ['mean', 'square'], ['weight1', 'weight2']),
    update({ value, gradient, slots, rate }) {
      const w = decoupled ? decoupledDecay(value, rate, decay) : value
      const g = decoupled ? gradient : coupledDecay(gradient, value, decay)
      const mean = ema(slots.mean, g, b1)
      const square = ema(slots.square, mul(g, g), b2)
      const weight1 = emaOfOnes(slots.weight1, b1)
      const weight2 = emaOfOnes(slots.weight2, b2)
      const scale = add(div(sqrt(square), sqrt(weight2)), epsilon)
      return {
        value: sub(w, mul(div(rate, weight1), div(mean, scale))),
        slots: { mean, square, weight1, weight2 },
      }
    },
  }
  return () => rule
}
