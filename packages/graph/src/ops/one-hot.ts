import type { DType } from '../dtype.js'
import { ndArray } from '../nd-array.js'
import { constant, type Tensor } from '../tensor.js'
import { equal } from './compare.js'
import { reshape } from './reshape.js'
import { cast } from './select.js'

/** 1 at the index along a new last axis of `depth`, else 0; indices outside give a row of zeros. */
export function oneHot(indices: Tensor, depth: number, dtype: DType = 'f32'): Tensor {
  const places = ndArray(
    Array.from({ length: depth }, (_, i) => i),
    [depth],
    indices.dtype,
  )
  return cast(equal(reshape(indices, [...indices.shape, 1]), constant(places)), dtype)
}
