import type { Graph } from '../graph.js'
import { fastConvolution } from './fast-convolution.js'
import { rewrite } from './rewrite.js'

/** The graph as a runtime should compute it: same inputs, outputs and values (to rounding). */
export const optimize = (graph: Graph): Graph => rewrite(graph, fastConvolution)
