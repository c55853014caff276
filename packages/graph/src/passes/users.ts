import type { Graph } from '../graph.js'
import type { Tensor } from '../tensor.js'

/** How many nodes and outputs take a tensor. */
export function userCounts({ nodes, outputs }: Graph): ReadonlyMap<Tensor, number> {
  const counts = new Map<Tensor, number>()
  const taken = [...nodes.flatMap(({ inputs }) => inputs), ...outputs.map(({ tensor }) => tensor)]
  for (const tensor of taken) counts.set(tensor, (counts.get(tensor) ?? 0) + 1)
  return counts
}
