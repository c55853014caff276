import { type DType, isInteger } from '../dtype.js'
import { ndArray } from '../nd-array.js'
import { misuse } from '../refusal.js'
import { isSize } from '../shape.js'
import { callText, isTensor, type Tensor } from '../tensor.js'
import { equal } from './compare.js'
import { reshape } from './reshape.js'
import { cast } from './select.js'
import { constant } from './sources.js'

/** 1 at the index along a new last axis of `depth`, else 0; indices outside give a row of zeros. */
export function oneHot(indices: Tensor, depth: number, dtype: DType = 'f32'): Tensor {
  const call = callText('oneHot', [indices])
  if (!isTensor(indices) || !isInteger(indices.dtype)) misuse(call, 'indices must be whole numbers: cast first')
  if (!isSize(depth)) misuse(call, `the depth is ${depth}, not a whole number from 0`)
  const places = Array.from({ length: depth }, (_, i) => i)
  // (In i64, since a depth may be beyond what u8 and i8 can say.)
  const wide = reshape(cast(indices, 'i64'), [...indices.shape, 1])
  return cast(equal(wide, constant(ndArray(places, [depth], 'i64'))), dtype)
}
