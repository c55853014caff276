import { type Graph, graphOf } from '../graph.js'
import { inPlaceOf, Tensor } from '../tensor.js'

/**
 * A rule of a pass: what stands for a node, given its inputs as they have become; undefined leaves it as it is.
 * What it returns has the node's shape and element type; nodes it makes carry the node's layer and line.
 */
export type Rule = (node: Tensor, inputs: readonly Tensor[]) => Tensor | undefined

/** The graph with every node replaced by what the rule says, from the inputs on. Nothing is changed in place. */
export function rewrite(graph: Graph, rule: Rule): Graph {
  const become = new Map<Tensor, Tensor>()
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((input) => become.get(input) as Tensor)
    become.set(node, inPlaceOf(node, () => rule(node, inputs)) ?? withInputs(node, inputs))
  }
  const outputs = graph.outputs.map(({ name, tensor }) => ({ name, tensor: become.get(tensor) as Tensor }))
  return graphOf(graph.inputs, outputs)
}

/** The node on other inputs; itself where they are the same. */
export const withInputs = (node: Tensor, inputs: readonly Tensor[]): Tensor =>
  inputs.length === node.inputs.length && inputs.every((input, i) => input === node.inputs[i])
    ? node
    : inPlaceOf(node, () => new Tensor(node.op, inputs, node.attrs, node))

/** The first rule that has something to say. */
export const firstOf =
  (...rules: readonly Rule[]): Rule =>
  (node, inputs) => {
    for (const rule of rules) {
      const better = rule(node, inputs)
      if (better !== undefined) return better
    }
    return undefined
  }
