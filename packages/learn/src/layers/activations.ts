import { EpipoleError } from '@epipole/core'
import {
  add,
  erf,
  expm1,
  greater,
  tanh as hyperbolicTangent,
  mul,
  relu as rectify,
  softplus as softMaximum,
  split,
  sigmoid as squash,
  type Tensor,
  where,
} from '@epipole/graph'
import { constantly } from '../initialisers/initialisers.js'
import type { Layer } from './layer.js'

// Functions of tensors, which are layers without parameters. Wrapped, so that descriptions can tell their names.

/** max(x, 0). */
export const relu = (x: Tensor): Tensor => rectify(x)
/** 1 / (1 + e⁻ˣ). */
export const sigmoid = (x: Tensor): Tensor => squash(x)
export const tanh = (x: Tensor): Tensor => hyperbolicTangent(x)
/** log(1 + eˣ), a smooth ReLU. */
export const softplus = (x: Tensor): Tensor => softMaximum(x)
/** x Φ(x), Φ the normal distribution function (Hendrycks, Gimpel 2016): exact, by erf. */
export const gelu = (x: Tensor): Tensor => mul(mul(x, 0.5), add(erf(mul(x, Math.SQRT1_2)), 1))
/** GELU by tanh, as BERT and GPT compute it: ½ x (1 + tanh(√(2/π) (x + 0.044715 x³))). */
export function geluTanh(x: Tensor): Tensor {
  const cubic = add(mul(mul(mul(x, x), x), 0.044715), x)
  return mul(mul(x, 0.5), add(hyperbolicTangent(mul(cubic, Math.sqrt(2 / Math.PI))), 1))
}
/** x σ(x), also Swish with β = 1. */
export const silu = (x: Tensor): Tensor => mul(x, squash(x))

const activation = (kind: string, options: Layer['options'], f: (x: Tensor) => Tensor): Layer => ({
  kind,
  options,
  forward: (_, x) => f(x),
})

/** x where positive, else slope · x: no unit dies. */
export const leakyRelu = (slope = 0.01): Layer =>
  activation('leakyRelu', { slope }, (x) => where(greater(x, 0), x, mul(x, slope)))

/** x where positive, else α (eˣ − 1) (Clevert et al. 2015). */
export const elu = (alpha = 1): Layer =>
  activation('elu', { alpha }, (x) => {
    const positive = greater(x, 0)
    // The side that is not taken must stay finite, or its gradient would be 0 · ∞.
    return where(positive, x, mul(expm1(where(positive, 0, x)), alpha))
  })

/** x σ(βx) (Ramachandran et al. 2017): between x/2 (β = 0) and ReLU (β → ∞); `learned` makes β the parameter `beta`. */
export const swish = ({ beta = 1, learned = false }: { beta?: number; learned?: boolean } = {}): Layer => ({
  kind: 'swish',
  options: { beta, learned },
  params: learned ? { beta: { shape: [], initialise: constantly(beta) } } : {},
  forward: ({ params }, x) => mul(x, squash(mul(x, params.beta ?? beta))),
})

function halves(x: Tensor, axis: number): Tensor[] {
  const at = axis < 0 ? axis + x.rank : axis
  const size = x.shape[at]
  if (!(size % 2 === 0))
    throw new EpipoleError('usage', `A gated unit halves an axis; axis ${axis} of [${x.shape}] has ${size}.`)
  return split(x, [size / 2, size / 2], at)
}

/** First half times σ of the second (Dauphin et al. 2017), along an axis, the last unless told (1 for images). */
export const glu = (axis = -1): Layer =>
  activation('glu', { axis }, (x) => {
    const [value, gate] = halves(x, axis)
    return mul(value, squash(gate))
  })

/** SiLU of the first half times the second (Shazeer 2020), along an axis, the last unless told. */
export const swiGlu = (axis = -1): Layer =>
  activation('swiGlu', { axis }, (x) => {
    const [gate, value] = halves(x, axis)
    return mul(silu(gate), value)
  })
