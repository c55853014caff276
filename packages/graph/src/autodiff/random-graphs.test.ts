import { randomStream } from '@epipole/core'
import { expect, test } from 'vitest'
import { f64, type Graph, trace } from '../graph.js'
import { interpret } from '../interpret/interpret.js'
import { type NdArray, ndArray } from '../nd-array.js'
import * as ops from '../ops/index.js'
import { sizeOf } from '../shape.js'
import type { Tensor } from '../tensor.js'
import { gradients } from './gradients.js'
import { randomGraph, steps } from './random-graphs.test-support.js'

const inner = (as: readonly Tensor[], bs: readonly Tensor[]) =>
  as.map((a, i) => ops.sum(ops.mul(a, bs[i]))).reduce((a, b) => ops.add(a, b))

/** Evaluates, and says on which side of each kink the point lies: all comparisons, places and signs met on the way. */
function evaluate(graph: Graph, feeds: readonly NdArray[]): { numbers: number[]; sides: string } {
  const sides: string[] = []
  const outputs = interpret(graph, feeds, {
    precision: 'f64',
    onValue: (node, { data }) => {
      if (node.dtype === 'bool' || node.dtype === 'i64' || node.op.name === 'sign') sides.push(data.join(''))
    },
  })
  return { numbers: outputs.map(({ data }) => data[0]), sides: sides.join(' ') }
}

test('first and second derivatives of a thousand random graphs are those of differences', () => {
  const random = randomStream(7)
  const met = new Set<string>()
  let moved = 0
  for (let count = 0; count < 1000; count++) {
    const { shapes, f, used } = randomGraph(random)
    const { graph } = trace(
      ({ xs, u, v }) => {
        const y = f(xs)
        const g = gradients(y, xs)
        const along = inner(g, u)
        // f, its slope along v; the slope along u, and how that changes along v.
        return [y, inner(g, v), along, inner(gradients(along, xs), v)]
      },
      { xs: shapes.map((s) => f64(...s)), u: shapes.map((s) => f64(...s)), v: shapes.map((s) => f64(...s)) },
    )
    for (const name of used) met.add(name)
    const draw = () => shapes.map((s) => Float64Array.from({ length: sizeOf(s) }, () => random.normal()))
    const h = 1e-5
    for (let attempt = 0; ; attempt++) {
      const [x, u, v] = [draw(), draw(), draw()]
      const at = (step: number) => {
        const shifted = x.map((data, i) => data.map((value, k) => value + step * v[i][k]))
        return evaluate(
          graph,
          [...shifted, ...u, ...v].map((data, i) => ndArray(data, shapes[i % shapes.length], 'f64')),
        )
      }
      const [middle, up, down] = [at(0), at(h), at(-h)]
      // A kink between the three points: take another place.
      if (up.sides !== down.sides && attempt < 5) {
        moved++
        continue
      }
      const what = `graph ${count}: ${used.join(', ')}`
      for (const [value, slope] of [
        [0, 1],
        [2, 3],
      ]) {
        const numeric = (up.numbers[value] - down.numbers[value]) / (2 * h)
        const error = Math.abs(numeric - middle.numbers[slope])
        const size = 1 + Math.abs(numeric) + Math.abs(middle.numbers[value])
        if (!(error < 1e-6 * size))
          expect.fail(`${what}: derivative ${slope} is ${middle.numbers[slope]}, differences say ${numeric}`)
      }
      break
    }
  }
  expect([...met].sort()).toEqual(Object.keys(steps).sort())
  expect(moved).toBeLessThan(50)
})
