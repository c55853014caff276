import { EpipoleError } from '@epipole/core'
import { callSite, kindOf, whereabouts } from './refusal.js'

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

/** `f` of every leaf, in a tree of the same form. A `usage` error names a branch that is none; the whole is called `what` there. */
export function mapTree<T, U>(
  tree: Tree<T>,
  isLeaf: IsLeaf<T>,
  f: (leaf: T, path: string) => U,
  what = 'The tree',
  path = '',
): Tree<U> {
  if (isLeaf(tree)) return f(tree, path)
  const at = (name: string | number) => (path === '' ? `${name}` : `${path}.${name}`)
  if (Array.isArray(tree)) return tree.map((branch, i) => mapTree(branch as Tree<T>, isLeaf, f, what, at(i)))
  if (typeof tree === 'object' && tree !== null && Object.getPrototypeOf(tree) === Object.prototype) {
    return Object.fromEntries(
      Object.entries(tree).map(([name, branch]) => [name, mapTree(branch as Tree<T>, isLeaf, f, what, at(name))]),
    )
  }
  const where = path === '' ? what : `${what}: ${path}`
  throw new EpipoleError(
    'usage',
    `${where} is ${kindOf(tree)}, neither a leaf nor an object or array of them${whereabouts('', callSite(new Error()))}.`,
    { path },
  )
}

/** All leaves with their paths, in order. */
export function leavesOf<T>(tree: Tree<T>, isLeaf: IsLeaf<T>, what?: string): [path: string, leaf: T][] {
  const leaves: [string, T][] = []
  const keep = (leaf: T, path: string) => {
    leaves.push([path, leaf])
    return leaf
  }
  mapTree(tree, isLeaf, keep, what)
  return leaves
}
