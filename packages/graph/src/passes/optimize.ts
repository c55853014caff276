import type { Graph } from '../graph.js'
import { channelAffine } from './channel-affine.js'
import { commonSubexpressions } from './common-subexpressions.js'
import { fastConvolution } from './fast-convolution.js'
import { fastRelu } from './fast-relu.js'
import { foldConstants, foldEmpty } from './fold-constants.js'
import { identities } from './identities.js'
import { type Rule, rewrite } from './rewrite.js'

/**
 * The graph as a runtime should compute it: same inputs, outputs and values (to rounding). Nodes that no output needs are not
 * part of a graph to begin with, so what a pass leaves without users is gone.
 */
export function optimize(graph: Graph): Graph {
  const simplified = (g: Graph) => rewrite(g, all(foldEmpty, identities, foldConstants, commonSubexpressions()))
  const fast = rewrite(simplified(graph), all(fastConvolution, fastRelu))
  return simplified(channelAffine(fast))
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
