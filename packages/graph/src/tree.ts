import { EpipoleError } from '@epipole/core'

/**
 * Parameters, batches and results are plain trees: nested objects and arrays with leaves of one kind. Leaves are visited in
 * the order of insertion; a path joins names with dots, as PyTorch names parameters (`layer1.0.conv.weight`).
 */
export type Tree<T> = T | readonly Tree<T>[] | { readonly [name: string]: Tree<T> }

type IsLeaf<T> = (value: unknown) => value is T

/** The tree with every leaf of type `From` replaced by `To`; a tree of unknown form stays one. */
export type MapTree<X, From, To> = [Tree<From>] extends [X]
  ? Tree<To>
  : X extends From
    ? To
    : X extends object
      ? { [K in keyof X]: MapTree<X[K], From, To> }
      : never

export function mapTree<T, U>(tree: Tree<T>, isLeaf: IsLeaf<T>, f: (leaf: T, path: string) => U, path = ''): Tree<U> {
  if (isLeaf(tree)) return f(tree, path)
  const at = (name: string | number) => (path === '' ? `${name}` : `${path}.${name}`)
  if (Array.isArray(tree)) return tree.map((branch, i) => mapTree(branch as Tree<T>, isLeaf, f, at(i)))
  if (typeof tree === 'object' && tree !== null && Object.getPrototypeOf(tree) === Object.prototype) {
    return Object.fromEntries(
      Object.entries(tree).map(([name, branch]) => [name, mapTree(branch as Tree<T>, isLeaf, f, at(name))]),
    )
  }
  const what = tree === null ? 'null' : typeof tree === 'object' ? tree.constructor.name : typeof tree
  throw new EpipoleError(
    'usage',
    `${path === '' ? 'The tree' : path} is ${what}, neither a leaf nor an object or array of them.`,
    { path },
  )
}

/** All leaves with their paths, in order. */
export function leavesOf<T>(tree: Tree<T>, isLeaf: IsLeaf<T>): [path: string, leaf: T][] {
  const leaves: [string, T][] = []
  mapTree(tree, isLeaf, (leaf, path) => {
    leaves.push([path, leaf])
    return leaf
  })
  return leaves
}
