import { EpipoleError } from '@epipole/core'
import {
  add,
  concat,
  constant,
  div,
  greater,
  logSoftmax,
  matmul,
  maximum,
  minimum,
  mul,
  ndArray,
  relu,
  sqrt,
  square,
  sub,
  sum,
  type Tensor,
  transpose,
  where,
} from '@epipole/graph'
import { checkAlike, type LossOptions, reduce } from './reduction.js'

/** x divided by its length along an axis, the last unless told; lengths below `eps` count as `eps`. */
export function unit(x: Tensor, { axis = -1, eps = 1e-12 }: { axis?: number; eps?: number } = {}): Tensor {
  return div(x, sqrt(maximum(sum(square(x), { axes: axis, keepDims: true }), eps * eps)))
}

/** The cosine of the angle between vectors along the last axis: [..., D] and [..., D] to [...]. */
export const cosineSimilarity = (a: Tensor, b: Tensor, { eps = 1e-8 }: { eps?: number } = {}): Tensor =>
  sum(mul(unit(a, { eps }), unit(b, { eps })), { axes: -1 })

/**
 * 1 − cos for pairs [N, D] that belong together (target 1), max(0, cos − margin) for those that do not (target −1), as
 * PyTorch's `CosineEmbeddingLoss`.
 */
export function cosineEmbedding(
  a: Tensor,
  b: Tensor,
  target: Tensor,
  { margin = 0, reduction }: LossOptions & { readonly margin?: number } = {},
): Tensor {
  const cosine = cosineSimilarity(a, b)
  checkAlike(target, 'similarities', cosine)
  return reduce(where(greater(target, 0), sub(1, cosine), relu(sub(cosine, margin))), reduction)
}

const distance = (a: Tensor, b: Tensor, eps: number): Tensor => sqrt(sum(square(add(sub(a, b), eps)), { axes: -1 }))

export interface TripletOptions extends LossOptions {
  /** By how much the negative must be farther than the positive; default 1. */
  readonly margin?: number
  /** Take the negative's distance from the positive where that is smaller (Balntas et al. 2016); default false. */
  readonly swap?: boolean
}

/**
 * max(0, ‖a − p‖ − ‖a − n‖ + margin) for embeddings [N, D] (Schroff et al. 2015). Differences are offset by 1e-6, as in
 * PyTorch's `TripletMarginLoss`, so that equal embeddings have a gradient.
 */
export function triplet(anchor: Tensor, positive: Tensor, negative: Tensor, options: TripletOptions = {}): Tensor {
  const { margin = 1, swap = false, reduction } = options
  const near = distance(anchor, positive, 1e-6)
  const direct = distance(anchor, negative, 1e-6)
  const far = swap ? minimum(direct, distance(positive, negative, 1e-6)) : direct
  return reduce(relu(add(sub(near, far), margin)), reduction)
}

/**
 * Normalised temperature-scaled cross-entropy (Chen et al. 2020, SimCLR, eq. 1): of the 2N − 1 other views in the batch, each
 * view's own partner shall be the most similar. `a`, `b` [N, D] are embeddings of two views, row by row of one image.
 */
export function ntXent(a: Tensor, b: Tensor, { temperature = 0.5 }: { readonly temperature?: number } = {}): Tensor {
  if (a.rank !== 2 || `${a.shape}` !== `${b.shape}` || a.shape[0] < 2)
    throw new EpipoleError('usage', `NT-Xent compares two [N, D] with N from 2, not [${a.shape}] and [${b.shape}].`)
  if (!(temperature > 0)) throw new EpipoleError('usage', `A temperature of ${temperature}: it must be positive.`)
  const n = a.shape[0]
  const views = unit(concat([a, b], 0))
  const scores = div(matmul(views, transpose(views)), temperature)
  const at = (f: (row: number, column: number) => boolean) =>
    Uint8Array.from({ length: 4 * n * n }, (_, i) => (f(Math.floor(i / (2 * n)), i % (2 * n)) ? 1 : 0))
  const others = constant(
    ndArray(
      at((r, c) => r !== c),
      [2 * n, 2 * n],
      'bool',
    ),
  )
  const partner = constant(
    ndArray(
      at((r, c) => c === (r + n) % (2 * n)),
      [2 * n, 2 * n],
      'bool',
    ),
  )
  // A view is no candidate for itself; where it stands, −∞ must not meet a 0.
  const logShare = logSoftmax(where(others, scores, Number.NEGATIVE_INFINITY))
  return div(sum(where(partner, logShare, 0)), -2 * n)
}
