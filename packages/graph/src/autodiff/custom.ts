import type { Op } from '../op.js'
import { sameShape } from '../shape.js'
import { apply, refuse, type Tensor } from '../tensor.js'

type Rule = (g: Tensor) => readonly (Tensor | undefined)[]

const customOp: Op<{ rule: Rule }> = {
  name: 'customGradient',
  infer: ([y]) => y,
  evaluate: ([y], _, out) => out.data.set(y.data),
  gradient({ g, inputs: [, ...xs], attrs: { rule } }) {
    const parts = rule(g)
    if (parts.length !== xs.length || parts.some((p, i) => p !== undefined && !sameShape(p.shape, xs[i].shape)))
      refuse(`the rule must give one gradient of its input's shape, or undefined, for each of the ${xs.length} inputs.`)
    return [undefined, ...parts]
  },
  onnx: (context, [y]) => context.node('Identity', [y]),
  flops: () => 0,
}

/** y as it is; in reverse, its gradient goes to `xs` by `rule` and nothing goes the way y was computed. */
export const customGradient = (y: Tensor, xs: readonly Tensor[], rule: Rule): Tensor =>
  apply(customOp, [y, ...xs], { rule })

/** x as it is, constant for differentiation. */
export const stopGradient = (x: Tensor): Tensor => customGradient(x, [], () => [])

/** y forward, as if it were x in reverse: for rounding and other steps without a useful slope (Bengio et al. 2013). */
export const straightThrough = (y: Tensor, x: Tensor): Tensor => customGradient(y, [x], (g) => [g])
