import { ndArray } from '../nd-array.js'
import { misuse } from '../refusal.js'
import { callText, type Tensor } from '../tensor.js'
import { add, mul } from './binary.js'
import { matmul } from './matmul.js'
import { where } from './select.js'
import { softmax } from './softmax.js'
import { constant, type TensorLike } from './sources.js'
import { transpose } from './transpose.js'

export interface AttentionOptions {
  /** bool (true: may look there) or added to the scores; broadcasts to [..., queries, keys]. */
  readonly mask?: Tensor
  /** Query i sees keys 0 … i only. */
  readonly causal?: boolean
  /** 1 / √(last axis of q) unless told. */
  readonly scale?: TensorLike
}

/**
 * Scaled dot-product attention, softmax(q kᵀ · scale) v, over the last two axes (Vaswani et al. 2017, eq. 1).
 * @param q [..., queries, d]
 * @param k [..., keys, d]
 * @param v [..., keys, e]
 * @returns [..., queries, e]
 */
export function attention(q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions = {}): Tensor {
  const call = callText('attention', [q, k, v])
  if ([q, k, v].some((t) => t.rank < 2)) misuse(call, 'all three need at least two axes')
  const [d, dk] = [q, k].map((t) => t.shape[t.rank - 1])
  const [keys, values] = [k, v].map((t) => t.shape[t.rank - 2])
  if (d !== dk) misuse(call, `queries have ${d} numbers each, keys ${dk}`)
  if (keys !== values) misuse(call, `there are ${keys} keys and ${values} values`)
  const { mask, causal = false, scale = 1 / Math.sqrt(d) } = options
  let scores = matmul(mul(q, scale), transpose(k))
  if (mask !== undefined) scores = mask.dtype === 'bool' ? hide(scores, mask) : add(scores, mask)
  if (causal) scores = hide(scores, lowerTriangle(q.shape[q.rank - 2], k.shape[k.rank - 2]))
  return matmul(softmax(scores), v)
}

const hide = (scores: Tensor, visible: Tensor): Tensor => where(visible, scores, Number.NEGATIVE_INFINITY)

function lowerTriangle(rows: number, columns: number): Tensor {
  const seen = Uint8Array.from({ length: rows * columns }, (_, i) => (i % columns <= Math.floor(i / columns) ? 1 : 0))
  return constant(ndArray(seen, [rows, columns], 'bool'))
}
