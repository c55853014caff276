import { allocate } from '../dtype.js'
import { sizeOf } from '../shape.js'
import { constant, constantValue } from '../tensor.js'
import type { Rule } from './rewrite.js'

/** Results larger than this and than all that goes in are left to the runtime: an expanded zero need not be stored. */
const ALWAYS = 1024

/** What depends on constants alone is computed now, by the reference kernels. */
export const foldConstants: Rule = (node, inputs) => {
  if (inputs.length === 0 || node.dtype === 'f16') return undefined
  const values = inputs.map(constantValue)
  if (values.some((value) => value === undefined)) return undefined
  const size = sizeOf(node.shape)
  if (size > ALWAYS && size > values.reduce((s, value) => s + (value?.data.length ?? 0), 0)) return undefined
  const value = { dtype: node.dtype, shape: node.shape, data: allocate(node.dtype, size) }
  node.op.evaluate(values as never, node.attrs, value)
  return constant(value)
}
