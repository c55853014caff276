import type { Op } from '../op.js'
import { misuse, whereabouts } from '../refusal.js'
import { sameShape } from '../shape.js'
import { apply, callText, isTensor, refuse, type Tensor } from '../tensor.js'

type Rule = (g: Tensor) => readonly (Tensor | undefined)[]

const customOp: Op<{ rule: Rule }> = {
  name: 'customGradient',
  infer: ([y], { rule }) =>
    typeof rule === 'function' ? y : refuse('a rule is wanted: a function of the gradient that returns a list.'),
  evaluate: ([y], _, out) => out.data.set(y.data),
  gradient({ g, inputs: [, ...xs], output, attrs: { rule } }) {
    const parts = rule(g)
    const fits = (part: Tensor | undefined, x: Tensor) =>
      part === undefined || (isTensor(part) && part.dtype === x.dtype && sameShape(part.shape, x.shape))
    if (!Array.isArray(parts) || parts.length !== xs.length || !parts.every((part, i) => fits(part, xs[i])))
      misuse(
        `The rule of ${callText('customGradient', output.inputs)}${whereabouts(output.scope, output.callSite)} gives ${callText('', [parts].flat())}`,
        `one gradient of the type and shape of each of its ${xs.length} inputs is wanted, or undefined`,
      )
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
export function straightThrough(y: Tensor, x: Tensor): Tensor {
  if (y.dtype !== x.dtype || !sameShape(y.shape, x.shape))
    misuse(callText('straightThrough', [y, x]), 'both must have one shape and element type')
  return customGradient(y, [x], (g) => [g])
}
