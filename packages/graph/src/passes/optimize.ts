import type { Graph } from '../graph.js'
import { accumulatedProduct } from './accumulated-product.js'
import { blockedConvolution } from './blocked-convolution.js'
import { channelAffine } from './channel-affine.js'
import { commonSubexpressions } from './common-subexpressions.js'
import { fastConvolution } from './fast-convolution.js'
import { fastRelu } from './fast-relu.js'
import { foldAffine } from './fold-affine.js'
import { foldConstants, foldEmpty } from './fold-constants.js'
import { gelu } from './gelu.js'
import { identities } from './identities.js'
import { joinSlices } from './join-slices.js'
import { lateTranspose } from './late-transpose.js'
import { layerNorm } from './layer-norm.js'
import { products } from './products.js'
import { firstOf, rewrite } from './rewrite.js'
import { winograd } from './winograd.js'

/** What the runtime that will compute a graph is good at, beyond what every file of ONNX may say. */
export interface Target {
  /** Channels that its blocked images keep together; 0 without such. */
  readonly block?: number
  /** Whether few large products of matrices are cheaper than the convolutions they replace: on processors. */
  readonly winograd?: boolean
  /** Whether its normalisation is as exact as that of the parts: yes unless told, not on WebGPU. */
  readonly layerNorm?: boolean
  /** Whether the graph stands for batches of any size: forms that say the size otherwise than as a list are left out. */
  readonly anyBatch?: boolean
}

/**
 * The graph as a runtime should compute it: same inputs, outputs and values (to rounding). Nodes that no output needs are not
 * part of a graph to begin with, so what a pass leaves without users is gone.
 */
export function optimize(graph: Graph, target: Target = {}): Graph {
  const simplified = (g: Graph) => rewrite(g, firstOf(foldEmpty, identities, foldConstants, commonSubexpressions()))
  const convolutions = target.winograd ? [winograd(), fastConvolution] : [fastConvolution]
  const plain = products(simplified(foldAffine(simplified(graph))))
  const whole = gelu(target.layerNorm === false ? plain : layerNorm(plain))
  const fast = rewrite(whole, firstOf(...convolutions, fastRelu, joinSlices()))
  const affine = target.anyBatch ? fast : channelAffine(fast)
  return rewrite(accumulatedProduct(simplified(lateTranspose(affine))), blockedConvolution(target.block ?? 0))
}
