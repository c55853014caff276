import type { Graph } from '../graph.js'
import { accumulatedProduct } from './accumulated-product.js'
import { blockedConvolution } from './blocked-convolution.js'
import { channelAffine } from './channel-affine.js'
import { commonSubexpressions } from './common-subexpressions.js'
import { fastConvolution } from './fast-convolution.js'
import { fastRelu } from './fast-relu.js'
import { foldConstants, foldEmpty } from './fold-constants.js'
import { gelu } from './gelu.js'
import { identities } from './identities.js'
import { joinSlices } from './join-slices.js'
import { layerNorm } from './layer-norm.js'
import { products } from './products.js'
import { type Rule, rewrite } from './rewrite.js'

/**
 * The graph as a runtime should compute it: same inputs, outputs and values (to rounding). Nodes that no output needs are not
 * part of a graph to begin with, so what a pass leaves without users is gone.
 * @param block channels that the runtime's blocked images keep together; 0 without such
 */
export function optimize(graph: Graph, block = 0): Graph {
  const simplified = (g: Graph) => rewrite(g, all(foldEmpty, identities, foldConstants, commonSubexpressions()))
  const fast = rewrite(gelu(layerNorm(products(simplified(graph)))), all(fastConvolution, fastRelu, joinSlices))
  return rewrite(accumulatedProduct(simplified(channelAffine(fast))), blockedConvolution(block))
}

/** The first rule that has something to say. */
const all =
  (...rules: readonly Rule[]): Rule =>
  (node, inputs) => {
    for (const rule of rules) {
      const better = rule(node, inputs)
      if (better !== undefined) return better
    }
    return undefined
  }
