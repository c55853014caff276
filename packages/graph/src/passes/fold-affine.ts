import type { Graph } from '../graph.js'
import { ndArray } from '../nd-array.js'
import type { Conv2dAttributes } from '../ops/conv2d.js'
import * as ops from '../ops/index.js'
import { constant, constantValue } from '../ops/sources.js'
import { Tensor } from '../tensor.js'
import { isAlongChannels } from './channel-affine.js'
import { type Rule, rewrite } from './rewrite.js'

/**
 * Batch normalisation of a trained net, a scale and a shift of each map by constants, becomes part of the convolution before it:
 * of its kernel and its bias. The values stay, to rounding.
 */
export function foldAffine(graph: Graph): Graph {
  const users = new Map<Tensor, number>()
  for (const { tensor } of graph.outputs) users.set(tensor, (users.get(tensor) ?? 0) + 1)
  for (const { inputs } of graph.nodes) for (const x of inputs) users.set(x, (users.get(x) ?? 0) + 1)

  const rule: Rule = (node, inputs) => {
    const at = inputs.findIndex((x) => x.op.name === 'conv2d' && isConstant(x.inputs[1]))
    // A second user of the convolution would have it computed twice.
    if (at < 0 || inputs.length !== 2 || users.get(node.inputs[at]) !== 1) return undefined
    const [conv, other] = [inputs[at], inputs[1 - at]]
    const numbers = constantValue(other)?.data
    if (numbers === undefined || !isAlongChannels(other, node.shape)) return undefined
    const [x, w, bias] = conv.inputs
    if (bias && !isConstant(bias)) return undefined
    const M = w.shape[0]
    const each = Float64Array.from({ length: M }, (_, i) => numbers[numbers.length === 1 ? 0 : i])
    const vector = constant(ndArray(each, [M], node.dtype))
    const again = (kernel: Tensor, shift: Tensor | undefined) =>
      convolution(conv, shift ? [x, kernel, shift] : [x, kernel])
    switch (node.op.name) {
      case 'mul':
        return again(ops.mul(w, ops.reshape(vector, [M, 1, 1, 1])), bias && ops.mul(bias, vector))
      case 'add':
        return again(w, bias ? ops.add(bias, vector) : vector)
      case 'sub':
        return at === 0 ? again(w, bias ? ops.sub(bias, vector) : ops.neg(vector)) : undefined
      default:
        return undefined
    }
  }
  return rewrite(graph, rule)
}

const isConstant = (t: Tensor) => constantValue(t) !== undefined || onlyOfConstants(t)
/** What was put together here is folded into one constant afterwards. */
const onlyOfConstants = (t: Tensor): boolean =>
  t.inputs.length > 0 && t.inputs.every((x) => constantValue(x) !== undefined || onlyOfConstants(x))

const convolution = (conv: Tensor, inputs: readonly Tensor[]): Tensor =>
  new Tensor(conv.op, inputs, conv.attrs as Conv2dAttributes, conv, conv.scope)
