import { EpipoleError } from '@epipole/core'
import type { DType } from './dtype.js'
import type { TensorType } from './op.js'
import { input } from './ops/sources.js'
import { misuse } from './refusal.js'
import type { Shape } from './shape.js'
import { ancestors, isTensor, kindOf, type Tensor } from './tensor.js'
import { leavesOf, type MapTree, mapTree, type Tree } from './tree.js'

/** What goes into a graph and what comes out, named by the paths of their trees; `nodes` in an order that can be run. */
export interface Graph {
  readonly inputs: readonly NamedTensor[]
  readonly outputs: readonly NamedTensor[]
  /** All nodes the outputs depend on, each after its inputs; inputs that no output needs are not among them. */
  readonly nodes: readonly Tensor[]
}

export interface NamedTensor {
  readonly name: string
  readonly tensor: Tensor
}

/** An input to be: element type and shape. */
export interface TensorSpec extends TensorType {
  readonly spec: true
}
export const isSpec = (value: unknown): value is TensorSpec =>
  typeof value === 'object' && value !== null && (value as TensorSpec).spec === true

const specOf =
  (dtype: DType) =>
  (...shape: number[]): TensorSpec => ({ spec: true, dtype, shape: shape as Shape })
export const f32 = specOf('f32')
export const f64 = specOf('f64')
export const i32 = specOf('i32')
export const i64 = specOf('i64')
export const u8 = specOf('u8')
export const i8 = specOf('i8')
export const bool = specOf('bool')

export type Symbolic<S> = MapTree<S, TensorSpec, Tensor>

/** A traced function: its graph and the trees its inputs and outputs came in. */
export interface Traced<S, R> {
  readonly graph: Graph
  readonly inputs: Symbolic<S>
  readonly outputs: R
}

/**
 * Runs a function once on symbolic tensors and keeps what it did as a graph. The function sees a tree of tensors like the
 * tree of `specs` and returns a tree of tensors; names are the trees' paths.
 */
export function trace<const S, R>(f: (inputs: Symbolic<S>) => R, specs: S): Traced<S, R> {
  // The compiler cannot follow a tree of any depth; that leaves become tensors is what mapTree does.
  const make = ({ dtype, shape }: TensorSpec, path: string) => input(path, dtype, shape)
  const tree = mapTree<TensorSpec, Tensor>(specs as never, isSpec, make, 'The tree of inputs (f32(2, 3) and the like)')
  const inputs = tree as unknown as Symbolic<S>
  const outputs = f(inputs)
  return { graph: graphOf(named(tree), named(outputs as Tree<Tensor>)), inputs, outputs }
}

/** The graph, if it is one; else a `usage` error: what `trace` returns holds it beside the trees. */
export function checkGraph(graph: Graph): Graph {
  if (isGraph(graph)) return graph
  const advice = isGraph((graph as { graph?: unknown } | undefined)?.graph) ? 'take the property graph of it' : ''
  return misuse(`A graph is wanted, not ${advice === '' ? kindOf(graph) : 'all that trace returns'}`, advice)
}
const isGraph = (value: unknown): value is Graph => Array.isArray((value as Graph | undefined)?.nodes)

const named = (tree: Tree<Tensor>): NamedTensor[] =>
  leavesOf(tree, isTensor, 'What the function returns (tensors)').map(([name, tensor]) => ({ name, tensor }))

/** The graph between inputs and outputs; a `usage` error where an output depends on an input that is not listed. */
export function graphOf(inputs: readonly NamedTensor[], outputs: readonly NamedTensor[]): Graph {
  const nodes = ancestors(outputs.map(({ tensor }) => tensor))
  const known = new Set(inputs.map(({ tensor }) => tensor))
  const stray = nodes.find((node) => node.op.name === 'input' && !known.has(node))
  if (stray !== undefined)
    throw new EpipoleError('usage', `The graph uses input "${stray.attrs.name}" of another trace: pass it in.`)
  return { inputs, outputs, nodes }
}
