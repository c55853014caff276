import type { NdArray } from '../nd-array.js'
import { Refusal, told } from '../refusal.js'
import type { Tensor } from '../tensor.js'

/** Computes a node's value into `out`; numbers that its op refuses are an `input` error that names the node. */
export function evaluateNode(node: Tensor, inputs: readonly NdArray[], out: NdArray): void {
  try {
    node.op.evaluate(inputs, node.attrs, out)
  } catch (error) {
    throw error instanceof Refusal ? told(error, 'input', node.op.name, node.inputs, node.scope, node.callSite) : error
  }
}
