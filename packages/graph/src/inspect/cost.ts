import { EpipoleError } from '@epipole/core'
import { BYTES } from '../dtype.js'
import { checkGraph, type Graph } from '../graph.js'
import { listed } from '../refusal.js'
import { sizeOf } from '../shape.js'
import type { Tensor } from '../tensor.js'

export interface NodeCost {
  readonly node: Tensor
  /** Floating-point operations: a multiplication with its addition counts as two. */
  readonly flops: number
  /** Bytes of the result. */
  readonly bytes: number
}

export interface GraphCost {
  readonly nodes: readonly NodeCost[]
  readonly flops: number
  /** Elements of the inputs that are parameters. */
  readonly parameters: number
  /** Bytes of all results that are neither inputs nor constants: what training keeps when nothing is freed. */
  readonly activationBytes: number
  /** Most bytes alive at once, when each result is dropped behind its last use and the graph runs in its order. */
  readonly peakBytes: number
}

/**
 * What a graph costs, node by node, as it is written: before a device merges, folds or fuses anything.
 * @param parameters path under which inputs are parameters (`params`); all inputs unless told
 * @throws EpipoleError `usage` where no input is under that path
 */
export function graphCost(graph: Graph, { parameters = '' }: { readonly parameters?: string } = {}): GraphCost {
  const nodes = checkGraph(graph).nodes.map((node): NodeCost => {
    const { op, inputs, attrs } = node
    const size = sizeOf(node.shape)
    return { node, flops: op.flops?.(inputs, attrs, node) ?? size, bytes: size * BYTES[node.dtype] }
  })
  const counted = graph.inputs.filter(({ name }) => parameters === '' || `${name}.`.startsWith(`${parameters}.`))
  if (parameters !== '' && counted.length === 0)
    throw new EpipoleError(
      'usage',
      `No input of the graph is called "${parameters}" or lies under it; there are ${listed(graph.inputs.map(({ name }) => name))}.`,
      { parameters },
    )
  const total = (of: (cost: NodeCost) => number) => nodes.reduce((sum, cost) => sum + of(cost), 0)
  return {
    nodes,
    flops: total(({ flops }) => flops),
    parameters: counted.reduce((sum, { tensor }) => sum + sizeOf(tensor.shape), 0),
    activationBytes: total(({ node, bytes }) => (isGiven(node) ? 0 : bytes)),
    peakBytes: peak(graph, nodes),
  }
}

const isGiven = ({ op }: Tensor) => op.name === 'input' || op.name === 'constant'

function peak(graph: Graph, nodes: readonly NodeCost[]): number {
  const lastUse = new Map<Tensor, number>()
  graph.nodes.forEach((node, i) => {
    for (const input of node.inputs) lastUse.set(input, i)
  })
  for (const { tensor } of graph.outputs) lastUse.set(tensor, graph.nodes.length)
  const bytesOf = new Map(nodes.map(({ node, bytes }) => [node, isGiven(node) ? 0 : bytes]))
  let alive = 0
  let most = 0
  graph.nodes.forEach((node, i) => {
    alive += bytesOf.get(node) ?? 0
    most = Math.max(most, alive)
    for (const input of new Set(node.inputs)) if (lastUse.get(input) === i) alive -= bytesOf.get(input) ?? 0
  })
  return most
}
