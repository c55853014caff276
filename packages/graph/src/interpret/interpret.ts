import { EpipoleError } from '@epipole/core'
import { allocate, isFloat } from '../dtype.js'
import { checkGraph, type Graph } from '../graph.js'
import { isNdArray, type NdArray } from '../nd-array.js'
import { kindOf } from '../refusal.js'
import { sameShape, showShape, sizeOf } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { evaluateNode } from './evaluate-node.js'
import { guard } from './guard.js'

export interface InterpretOptions {
  /** How f32 tensors are kept: rounded to f32 after each op, or in f64 throughout (for gradient checks). */
  readonly precision?: 'f32' | 'f64'
  /** Stops at the first node that makes NaN or infinity of numbers, and names it. */
  readonly debug?: boolean
  /** Sees every node's value as it is computed. */
  readonly onValue?: (node: Tensor, value: NdArray) => void
}

/**
 * Evaluates a graph node by node in plain TypeScript: the oracle for other executions, and the way to look at every value.
 * @param feeds the numbers of each input, in the graph's order
 * @returns the numbers of each output, in the graph's order
 */
export function interpret(
  graph: Graph,
  feeds: readonly NdArray[],
  { precision = 'f32', debug = false, onValue }: InterpretOptions = {},
): NdArray[] {
  const values = new Map<Tensor, NdArray>()
  const widen = (value: NdArray): NdArray =>
    precision === 'f64' && value.dtype === 'f32' ? { ...value, data: Float64Array.from(value.data) } : value
  checkFeeds(checkGraph(graph).inputs, feeds)
  graph.inputs.forEach(({ tensor }, i) => {
    values.set(tensor, widen(feeds[i] as NdArray))
  })
  for (const node of graph.nodes) {
    const given = node.inputs.map((input) => values.get(input) as NdArray)
    let value = values.get(node)
    if (value === undefined) {
      const kept = precision === 'f64' && isFloat(node.dtype) ? 'f64' : node.dtype
      value = { dtype: node.dtype, shape: node.shape, data: allocate(kept, sizeOf(node.shape)) }
      evaluateNode(node, given, value)
      values.set(node, value)
    }
    if (debug) guard(node, value, given)
    onValue?.(node, value)
  }
  return graph.outputs.map(({ tensor }) => values.get(tensor) as NdArray)
}

/** A `usage` error where the arrays are not what the inputs ask for, one for each. */
export function checkFeeds(inputs: Graph['inputs'], feeds: readonly (NdArray | undefined)[]): void {
  if (feeds.length > inputs.length)
    throw new EpipoleError('usage', `${feeds.length} arrays are fed, the graph takes ${inputs.length}.`)
  inputs.forEach(({ name, tensor }, i) => {
    checkFeed(name, tensor, feeds[i])
  })
}

/** The array, if it is what the input asks for; else a `usage` error that names the input. */
export function checkFeed(name: string, tensor: Tensor, feed: NdArray | undefined): NdArray {
  if (feed === undefined)
    throw new EpipoleError('usage', `Input "${name}" has no value: give ${tensor.dtype}${showShape(tensor.shape)}.`)
  if (!isNdArray(feed))
    throw new EpipoleError('usage', `Input "${name}" is ${kindOf(feed)}: give numbers with their shape (ndArray).`)
  if (feed.dtype !== tensor.dtype || !sameShape(feed.shape, tensor.shape))
    throw new EpipoleError(
      'usage',
      `Input "${name}" is ${feed.dtype}${showShape(feed.shape)}, the graph takes ${tensor.dtype}${showShape(tensor.shape)}.`,
    )
  if (feed.data.length !== sizeOf(feed.shape))
    throw new EpipoleError(
      'usage',
      `Input "${name}" says its shape is ${showShape(feed.shape)}, but has ${feed.data.length} numbers.`,
    )
  return feed
}
