import { describe, expect, test } from 'vitest'
import { gradients } from '../autodiff/gradients.js'
import { type Graph, type TensorSpec, trace } from '../graph.js'
import { interpret } from '../interpret/interpret.js'
import type { NdArray } from '../nd-array.js'
import type { Tensor } from '../tensor.js'
import * as ops from './index.js'
import { buildOp, drawer, type OpCase, opCases } from './op-cases.test-support.js'

/** Exported, but not an operation: it counts. */
const helpers = ['convSize']

const comparisons = ['equal', 'less', 'lessEqual', 'greater', 'greaterEqual', 'and', 'or', 'where']
const twoSided = ['add', 'sub', 'mul', 'div', 'pow', 'maximum', 'minimum', 'matmul', ...comparisons]

const byOp = new Map<string, OpCase[]>()
for (const c of opCases()) byOp.set(c.op, [...(byOp.get(c.op) ?? []), c])

test('every operation has at least ten cases', () => {
  const names = Object.keys(ops).filter((name) => !helpers.includes(name))
  expect([...byOp.keys()].sort()).toEqual(names.sort())
  for (const [op, cases] of byOp) expect(cases.length, op).toBeGreaterThanOrEqual(10)
})

test('among them are empty inputs, axes of size 1, and for those of two sides shapes that broadcast', () => {
  for (const [op, cases] of byOp) {
    const shapes = cases.flatMap(({ inputs }) => inputs.map(([, shape]) => shape))
    expect(
      shapes.some((shape) => shape.includes(0)),
      `${op} of nothing`,
    ).toBe(true)
    expect(
      shapes.some((shape) => shape.includes(1)),
      `${op} with an axis of one`,
    ).toBe(true)
    if (!twoSided.includes(op)) continue
    const broadcast = cases.some(({ inputs: [[, a], ...rest] }) => rest.some(([, b]) => `${a}` !== `${b}`))
    expect(broadcast, `${op} of shapes that differ`).toBe(true)
  }
})

interface Run {
  readonly graph: Graph
  readonly feeds: readonly NdArray[]
  readonly floats: readonly number[]
}

/** The case as a graph: value, then Σ value · weight and its gradients where floats come out. */
function build({ op, seed, inputs, attrs, shape, grads }: OpCase): Run {
  const draw = drawer(seed)
  const arrays = inputs.map(([kind, s]) => draw(kind, s))
  const specs = arrays.map(({ dtype, shape }): TensorSpec => ({ spec: true, dtype, shape }))
  const floats = grads.flatMap((g, i) => (g === null ? [] : [i]))
  if (grads.length === 0) {
    return { graph: trace((xs) => [buildOp[op](xs, attrs as never)], specs).graph, feeds: arrays, floats }
  }
  const weights = draw('any', shape)
  const { graph } = trace(
    ({ xs, w }) => {
      const y = buildOp[op](xs, attrs as never)
      const loss = ops.sum(ops.mul(y, ops.cast(w, y.dtype)))
      const wrt: Tensor[] = floats.map((i) => xs[i])
      return { y, loss, gradients: gradients(loss, wrt) }
    },
    { xs: specs, w: { spec: true, dtype: 'f64', shape: weights.shape } as TensorSpec },
  )
  return { graph, feeds: [...arrays, weights], floats }
}

function expectClose(actual: NdArray, expected: readonly (number | string)[], tolerance: number, what: string): void {
  expect(actual.data.length, what).toBe(expected.length)
  expected.forEach((value, i) => {
    const v = Number(value)
    const error = Object.is(actual.data[i], v) || actual.data[i] === v ? 0 : Math.abs(actual.data[i] - v)
    if (!(error <= tolerance * (1 + Math.abs(v)))) expect.fail(`${what}[${i}] is ${actual.data[i]}, not ${v}`)
  })
}

describe.each([...byOp])('%s', (_, cases) => {
  test('value and gradients are those of PyTorch', () => {
    for (const c of cases) {
      const { graph, feeds, floats } = build(c)
      const what = `${c.op} ${JSON.stringify(c.inputs)} ${JSON.stringify(c.attrs)}`
      const [y, , ...parts] = interpret(graph, feeds, { precision: 'f64' })
      expect(y.shape, what).toEqual(c.shape)
      expectClose(y, c.output, 1e-12, what)
      floats.forEach((place, k) => {
        expectClose(parts[k], c.grads[place] as number[], 1e-11, `gradient ${place} of ${what}`)
      })
    }
  })

  const smooth = cases.filter(({ kink, grads }) => !kink && grads.length > 0)
  if (smooth.length > 0)
    test('gradients are those of central differences', () => {
      for (const c of smooth) {
        const { graph, feeds, floats } = build(c)
        const what = `${c.op} ${JSON.stringify(c.inputs)} ${JSON.stringify(c.attrs)}`
        const [, loss, ...parts] = interpret(graph, feeds, { precision: 'f64' })
        const lossOnly: Graph = forward(graph)
        floats.forEach((place, k) => {
          const { data } = feeds[place]
          for (let i = 0; i < data.length; i++) {
            const kept = data[i]
            const h = 1e-5
            const at = (x: number) => {
              data[i] = x
              return interpret(lossOnly, feeds, { precision: 'f64' })[0].data[0]
            }
            const slope = (at(kept + h) - at(kept - h)) / (2 * h)
            data[i] = kept
            const error = Math.abs(slope - parts[k].data[i])
            // (The loss is rounded, and what was rounded is divided by h.)
            const rounded = (4e-16 * Math.abs(loss.data[0])) / h
            if (!(error < 1e-7 * (1 + Math.abs(slope)) + rounded))
              expect.fail(`gradient ${place}[${i}] of ${what} is ${parts[k].data[i]}, the slope is ${slope}`)
          }
        })
      }
    })
})

/** The part of the graph that computes the loss. */
function forward(graph: Graph): Graph {
  const loss = graph.outputs[1]
  return { ...graph, outputs: [loss], nodes: graph.nodes.filter(({ id }) => id <= loss.tensor.id) }
}
