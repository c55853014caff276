import { randomStream } from '@epipole/core'
import { expect } from 'vitest'
import { f32, type Graph, trace } from '../graph.js'
import { interpret } from '../interpret/interpret.js'
import { ndArray } from '../nd-array.js'
import { sizeOf } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { optimize } from './optimize.js'

export const count = (graph: Graph, op: string) => graph.nodes.filter((node) => node.op.name === op).length

/** The optimized graph gives the values of the plain one (in f64, to 1e-12). */
export function checked(
  f: (...xs: Tensor[]) => Tensor | readonly Tensor[],
  ...shapes: number[][]
): { before: Graph; after: Graph } {
  const random = randomStream(3)
  const before = trace(
    (xs) => f(...xs),
    shapes.map((s) => f32(...s)),
  ).graph
  const after = optimize(before)
  const feeds = shapes.map((s) =>
    ndArray(
      Float32Array.from({ length: sizeOf(s) }, () => random.normal()),
      s,
    ),
  )
  const [a, b] = [before, after].map((graph) => interpret(graph, feeds, { precision: 'f64' }))
  a.forEach(({ shape, data }, i) => {
    expect(b[i].shape).toEqual(shape)
    data.forEach((value, k) => {
      expect(Math.abs(value - b[i].data[k])).toBeLessThan(1e-12 * (1 + Math.abs(value)))
    })
  })
  return { before, after }
}
