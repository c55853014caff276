import type { Graph } from '../graph.js'
import { ndArray } from '../nd-array.js'
import * as ops from '../ops/index.js'
import { constant, constantValue } from '../ops/sources.js'
import { sameShape } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { isAlongChannels } from './channel-affine.js'
import { type Rule, rewrite, withInputs } from './rewrite.js'
import { userCounts } from './users.js'

/**
 * Batch normalisation of a trained net, a scale and a shift of each map by constants, becomes part of the convolution before it:
 * of its kernel and its bias. The values stay, to rounding.
 */
export function foldAffine(graph: Graph): Graph {
  const users = userCounts(graph)
  /** Convolutions that took something in: their kernels are folded into one constant afterwards. */
  const folded = new Set<Tensor>()

  const rule: Rule = (node, inputs) => {
    const at = inputs.findIndex((x) => folded.has(x) || isFixed(x))
    // A second user of the convolution would have it computed twice.
    if (at < 0 || inputs.length !== 2 || users.get(node.inputs[at]) !== 1) return undefined
    const [conv, other] = [inputs[at], inputs[1 - at]]
    const numbers = constantValue(other)?.data
    if (numbers === undefined || !sameShape(conv.shape, node.shape) || !isAlongChannels(other, node.shape))
      return undefined
    const [x, w, bias] = conv.inputs
    const M = w.shape[0]
    const each = Float64Array.from({ length: M }, (_, i) => numbers[numbers.length === 1 ? 0 : i])
    const vector = constant(ndArray(each, [M], node.dtype))
    const again = (kernel: Tensor, shift: Tensor | undefined) => {
      const result = withInputs(conv, shift ? [x, kernel, shift] : [x, kernel])
      folded.add(result)
      return result
    }
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

/** A convolution whose kernel and bias are numbers. (Integers that stand for numbers are left to kernels that take them.) */
const isFixed = ({ op, inputs: [, ...weights] }: Tensor) =>
  op.name === 'conv2d' && weights.every((w) => constantValue(w) !== undefined)
