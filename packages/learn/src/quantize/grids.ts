import { EpipoleError } from '@epipole/core'
import {
  abs,
  clamp,
  div,
  max,
  maximum,
  minimum,
  mul,
  type QuantizationGrid,
  round,
  sub,
  type Tensor,
} from '@epipole/graph'

/** PyTorch's least scale, so that a range of nothing divides by nothing but it. */
const LEAST_SCALE = 2 ** -23

/**
 * The grid of 2^bits places from 0 on over the range and 0, which lies on it exactly, as padding needs. For activations.
 * `bits` 2 to 8.
 */
export function rangeGrid(low: Tensor, high: Tensor, bits = 8): QuantizationGrid {
  checkBits(bits)
  const highest = 2 ** bits - 1
  const bottom = minimum(low, 0)
  const scale = maximum(div(sub(maximum(high, 0), bottom), highest), LEAST_SCALE)
  return { scale, zeroPoint: clamp(round(div(mul(bottom, -1), scale)), { min: 0, max: highest }), lowest: 0, highest }
}

/**
 * The grid of ±(2^(bits − 1) − 1) places around 0 that just holds the numbers, one for each channel along `axis`. For weights.
 * `bits` 2 to 8; with 7, sums of two products with 8-bit activations fit 16 bits, which CPUs without VNNI keep.
 */
export function symmetricGrid(weight: Tensor, bits = 8, axis = 0): QuantizationGrid {
  checkBits(bits)
  const highest = 2 ** (bits - 1) - 1
  const axes = weight.shape.map((_, i) => i).filter((i) => i !== axis)
  const scale = maximum(div(max(abs(weight), { axes, keepDims: true }), highest), LEAST_SCALE)
  return { scale, zeroPoint: 0, lowest: -highest, highest }
}

/** A `usage` error for a number of bits that grids do not have. */
export function checkBits(bits: number): void {
  if (!(Number.isInteger(bits) && bits >= 2 && bits <= 8))
    throw new EpipoleError('usage', `Quantisation to ${bits} bits: it must be a whole number from 2 to 8.`)
}
