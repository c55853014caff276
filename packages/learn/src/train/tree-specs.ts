import { isNdArray, leavesOf, mapTree, type NdArray, type TensorSpec, type Traced, type Tree } from '@epipole/graph'

/** What arrays look like, as inputs of a graph: the tree with each array's element type and shape. */
export const specsOf = (tree: unknown): Tree<TensorSpec> =>
  mapTree<NdArray, TensorSpec>(tree as Tree<NdArray>, isNdArray, ({ dtype, shape }) => ({ spec: true, dtype, shape }))

/** The arrays of a tree in the order of a traced graph's inputs, which are named by the tree's paths. */
export function feedsOf({ graph }: Pick<Traced<unknown, unknown>, 'graph'>, tree: unknown): NdArray[] {
  const byPath = new Map(leavesOf<NdArray>(tree as Tree<NdArray>, isNdArray))
  return graph.inputs.map(({ name }) => byPath.get(name) as NdArray)
}
