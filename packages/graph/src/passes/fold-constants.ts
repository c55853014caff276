import { allocate } from '../dtype.js'
import { evaluateNode } from '../interpret/evaluate-node.js'
import { expand } from '../ops/expand.js'
import { constant, constantValue } from '../ops/sources.js'
import { sizeOf } from '../shape.js'
import type { Rule } from './rewrite.js'

/** Results larger than this and than all that goes in are left to the runtime: an expanded zero need not be stored. */
const ALWAYS = 1024

/** What depends on constants alone is computed now, by the reference kernels. */
export const foldConstants: Rule = (node, inputs) => {
  // (Integers that stand for numbers are a quarter of their size.)
  if (inputs.length === 0 || node.dtype === 'f16' || node.op.name === 'dequantize') return undefined
  const values = inputs.map(constantValue)
  if (values.some((value) => value === undefined)) return undefined
  const size = sizeOf(node.shape)
  // What is only repeated stays small, and may depend on a batch that a file leaves open.
  if (node.op.name === 'expand' && size > sizeOf(inputs[0].shape)) return undefined
  if (size > ALWAYS && size > values.reduce((s, value) => s + (value?.data.length ?? 0), 0)) return undefined
  const value = { dtype: node.dtype, shape: node.shape, data: allocate(node.dtype, size) }
  evaluateNode(node, values as never, value)
  return constant(value)
}

/** What ops make of nothing, where all they are made of is empty. */
const OF_NOTHING: Readonly<Record<string, number>> = {
  conv2dKernel: 0,
  matmul: 0,
  sum: 0,
  mean: Number.NaN,
  max: Number.NEGATIVE_INFINITY,
  min: Number.POSITIVE_INFINITY,
}

/**
 * What is empty needs no computing, and neither do sums over nothing: ONNX Runtime's convolutions end the process (1.30, division by
 * zero) when they are given an empty batch, and its mean of nothing is 0.
 */
export const foldEmpty: Rule = (node, inputs) => {
  if (node.op.name === 'input' || node.op.name === 'constant') return undefined
  if (sizeOf(node.shape) === 0) return constant({ dtype: node.dtype, shape: node.shape, data: allocate(node.dtype, 0) })
  const value = OF_NOTHING[node.op.name]
  if (value === undefined || inputs.every(({ shape }) => sizeOf(shape) > 0)) return undefined
  return expand(constant({ dtype: node.dtype, shape: [], data: allocate(node.dtype, 1).fill(value) }), node.shape)
}
