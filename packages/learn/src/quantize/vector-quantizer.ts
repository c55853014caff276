import { EpipoleError } from '@epipole/core'
import {
  argmin,
  embedding,
  exp,
  log,
  matmul,
  maximum,
  mean,
  mul,
  neg,
  oneHot,
  reshape,
  type Shape,
  square,
  stopGradient,
  straightThrough,
  sub,
  sum,
  type Tensor,
  transpose,
} from '@epipole/graph'
import { uniform } from '../initialisers/initialisers.js'
import type { Initialiser, Layer } from '../layers/layer.js'
import { meanSquaredError } from '../losses/regression.js'

export interface VectorQuantizerOptions {
  /** β, how strongly the encoder is held to the codes it chose; default 0.25. */
  readonly commitment?: number
  /** The axis of the vectors: 1 for images [N, dim, H, W] and rows, −1 for tokens [N, T, dim]; default 1. */
  readonly axis?: number
  /** Start of the codes; default uniform in ±1 / codes. */
  readonly initialise?: Initialiser
}

/**
 * Each vector replaced by the nearest of `codes` learned ones (van den Oord et al. 2017, VQ-VAE); `weight` [codes, dim]. The
 * gradient of the output goes straight to the input, none to the codes. Extras, of which the two losses must be added to the
 * model's (their eq. 3, in the mean of all numbers):
 * - `codebookLoss` ‖sg(z) − e‖² moves the codes to the vectors,
 * - `commitmentLoss` β ‖z − sg(e)‖² the vectors to the codes,
 * - `indices` of the codes (i64, the input's shape without the axis) and their `perplexity`.
 */
export function vectorQuantizer(codes: number, dim: number, options: VectorQuantizerOptions = {}): Layer {
  const { commitment = 0.25, axis = 1, initialise = uniform(1 / codes) } = options
  if (!(Number.isInteger(codes) && codes >= 1 && Number.isInteger(dim) && dim >= 1))
    throw new EpipoleError(
      'usage',
      `A codebook of ${codes} codes of ${dim} numbers: both must be whole and at least 1.`,
    )
  if (!(commitment >= 0)) throw new EpipoleError('usage', `The commitment β is ${commitment}: it must not be negative.`)
  return {
    kind: 'vectorQuantizer',
    options: { codes, dim, commitment, axis },
    params: { weight: { shape: [codes, dim], initialise } },
    forward({ params: { weight } }, x) {
      const { last, back } = toLast(x, axis, dim)
      const vectors = transpose(x, last)
      const indices = nearest(reshape(vectors, [-1, dim]), weight)
      const chosen = transpose(reshape(embedding(indices, weight), vectors.shape), back)
      return {
        output: straightThrough(chosen, x),
        extras: {
          codebookLoss: meanSquaredError(chosen, stopGradient(x)),
          commitmentLoss: mul(meanSquaredError(x, stopGradient(chosen)), commitment),
          indices: reshape(indices, vectors.shape.slice(0, -1)),
          perplexity: codebookPerplexity(indices, codes),
        },
      }
    },
  }
}

/** Which code is the nearest to each row: argmin of ‖e‖² − 2 z·e, the squared distance but for ‖z‖². */
const nearest = (rows: Tensor, codes: Tensor): Tensor =>
  argmin(sub(sum(square(codes), { axes: [1] }), mul(matmul(rows, transpose(codes)), 2)), 1)

/**
 * e to the entropy of how often each code is used: 1 where one code does it all, `codes` where all are used alike. Of
 * whole numbers of any shape.
 */
export function codebookPerplexity(indices: Tensor, codes: number): Tensor {
  const share = mean(oneHot(reshape(indices, [-1]), codes), { axes: [0] })
  // A code that is not used adds 0 · log of something, which must be finite.
  return exp(neg(sum(mul(share, log(maximum(share, 1e-30))))))
}

/** The orders of axes that bring one to the end, and back. */
function toLast(x: Tensor, axis: number, dim: number): { last: Shape; back: Shape } {
  const at = axis < 0 ? axis + x.rank : axis
  if (x.shape[at] !== dim)
    throw new EpipoleError(
      'usage',
      `The vectors have ${dim} numbers, axis ${axis} of [${x.shape}] has ${x.shape[at] ?? 'none'}.`,
    )
  const last = [...x.shape.keys()].filter((i) => i !== at).concat(at)
  return { last, back: last.map((_, i) => last.indexOf(i)) }
}
