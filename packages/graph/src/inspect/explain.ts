import { EpipoleError } from '@epipole/core'
import { gradients } from '../autodiff/gradients.js'
import { isFloat } from '../dtype.js'
import { checkGraph, type Graph, graphOf } from '../graph.js'
import { interpret } from '../interpret/interpret.js'
import type { NdArray } from '../nd-array.js'
import * as ops from '../ops/index.js'
import { showShape } from '../shape.js'
import type { Tensor } from '../tensor.js'

/** All quantities of backpropagation, as one writes them onto a graph by hand. */
export interface Explanation {
  /** The value of every node. */
  readonly values: ReadonlyMap<Tensor, NdArray>
  /** The gradient of the result with respect to every float node: what arrives over all its ways, summed. */
  readonly gradients: ReadonlyMap<Tensor, NdArray>
  /** What each node hands back to its inputs, one for each: the gradient that flows along one edge. */
  readonly flows: ReadonlyMap<Tensor, readonly (NdArray | undefined)[]>
}

/**
 * Evaluates a graph and, in reverse, the gradients at every node and along every edge, in f64.
 * @param graph its first output is a scalar: what is differentiated
 * @param feeds the numbers of each input, in the graph's order
 */
export function explain(graph: Graph, feeds: readonly NdArray[]): Explanation {
  const result = checkGraph(graph).outputs[0]?.tensor
  if (result === undefined || result.rank !== 0 || !isFloat(result.dtype)) {
    const what = result === undefined ? 'nothing' : `${result.dtype}${showShape(result.shape)}`
    throw new EpipoleError('usage', `Gradients are those of a float scalar, but the first output is ${what}.`)
  }
  const floats = graph.nodes.filter((node) => isFloat(node.dtype))
  const slopes = new Map(gradients(result, floats).map((g, i) => [floats[i], g]))
  // Each node's rule once more, alone: its parts are what `gradients` summed up.
  const flows = floats.flatMap((node) => {
    const g = slopes.get(node) as Tensor
    const wanted = node.inputs.map((input) => slopes.has(input))
    if (node.op.gradient === undefined || !wanted.includes(true)) return []
    const parts = node.op.gradient({ g, inputs: node.inputs, output: node, attrs: node.attrs, wanted, ops })
    return [{ node, parts: parts.map((part, i) => (wanted[i] ? part : undefined)) }]
  })
  const wanted = [
    ...graph.nodes,
    ...slopes.values(),
    ...flows.flatMap(({ parts }) => parts.filter((part) => part !== undefined)),
  ]
  const all = graphOf(
    graph.inputs,
    wanted.map((tensor, i) => ({ name: `${i}`, tensor })),
  )
  const arrays = interpret(all, feeds, { precision: 'f64' })
  const arrayOf = new Map(wanted.map((tensor, i) => [tensor, arrays[i]]))
  return {
    values: new Map(graph.nodes.map((node) => [node, arrayOf.get(node) as NdArray])),
    gradients: new Map([...slopes].map(([node, g]) => [node, arrayOf.get(g) as NdArray])),
    flows: new Map(flows.map(({ node, parts }) => [node, parts.map((part) => part && arrayOf.get(part))])),
  }
}
