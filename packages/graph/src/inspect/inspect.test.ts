import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { gradients } from '../autodiff/gradients.js'
import { f32, trace } from '../graph.js'
import { ndArray, scalarArray } from '../nd-array.js'
import { add, conv2d, exp, matmul, maximum, mul, relu, sum } from '../ops/index.js'
import { withScope } from '../scope.js'
import type { Tensor } from '../tensor.js'
import { explain, graphCost, graphSvg, graphText } from './index.js'

/** f = 2 (x y + max(z, w)), the worked example of Stanford's CS231n, lecture 4. */
const gates = trace(({ x, y, z, w }) => ({ f: mul(add(mul(x, y), maximum(z, w)), 2) }), {
  x: f32(),
  y: f32(),
  z: f32(),
  w: f32(),
})
const gateFeeds = [3, -4, 2, -1].map((v) => scalarArray(v))

describe('explain', () => {
  test('values and gradients are those written on the blackboard', () => {
    const { values, gradients: slopes, flows } = explain(gates.graph, gateFeeds)
    const { x, y, z, w } = gates.inputs
    expect([x, y, z, w].map((t) => slopes.get(t)?.data[0])).toEqual([-8, 6, 2, 0])
    expect(values.get(gates.outputs.f)?.data[0]).toBe(-20)
    const product = gates.outputs.f.inputs[0].inputs[0]
    expect(flows.get(product)?.map((g) => g?.data[0])).toEqual([-8, 6])
  })

  test('what flows along the edges out of a fork sums up to the gradient', () => {
    const { graph, inputs } = trace(({ x }) => sum(mul(x, exp(x))), { x: f32(2) })
    const { gradients: slopes, flows } = explain(graph, [ndArray([0, 1], [2])])
    const product = graph.nodes.find((node) => node.op.name === 'mul')
    const grown = graph.nodes.find((node) => node.op.name === 'exp')
    const direct = flows.get(product as never)?.[0]?.data ?? []
    const through = flows.get(grown as never)?.[0]?.data ?? []
    expect([...(slopes.get(inputs.x)?.data ?? [])]).toEqual([...direct].map((v, i) => v + through[i]))
    expect(slopes.get(inputs.x)?.data[1]).toBeCloseTo(2 * Math.E, 12)
  })

  test('only scalars are explained', () => {
    const { graph } = trace((x) => [exp(x)], f32(2))
    expect(() => explain(graph, [ndArray([0, 1], [2])])).toThrow('the first output is f32[2]')
  })
})

describe('graphText', () => {
  test('one node a line, scalars inline', () => {
    expect(graphText(gates.graph).split('\n')).toEqual([
      'x: f32[]',
      'y: f32[]',
      'z: f32[]',
      'w: f32[]',
      '%0 = mul(x, y)      f32[]',
      '%1 = maximum(z, w)  f32[]',
      '%2 = add(%0, %1)    f32[]',
      '%3 = mul(%2, 2)     f32[]',
      'f = %3',
    ])
  })
  test('attributes, layers, gradients', () => {
    const { graph } = trace(
      ({ x }) => {
        const y = withScope('head', () => sum(mul(x, x), { axes: [0, 1] }))
        return { slope: gradients(y, [x])[0] }
      },
      { x: f32(2, 3) },
    )
    const text = graphText(graph)
    expect(text).toMatch(/= expand\(%\d+\) +f32\[2, 3\] +shape=\[2,3\] +# grad/)
    expect(text).toMatch(/slope = %\d+$/)
  })
})

describe('graphSvg', () => {
  const svg = graphSvg(gates.graph, explain(gates.graph, gateFeeds))
  const labels = (kind: string) => [...svg.matchAll(new RegExp(`class="${kind}"[^>]*>([^<]+)<`, 'g'))].map((m) => m[1])

  test('carries every value and gradient of the lecture’s example', () => {
    expect(labels('value').sort()).toEqual(['2', '2', '2', '3', '−1', '−10', '−12', '−20', '−4'].sort())
    expect(labels('gradient').sort()).toEqual(['−8', '6', '2', '0', '2', '2', '2', '−10', '1'].sort())
  })
  test('is the picture in the README', () => {
    expect(svg).toBe(readFileSync(new URL('../../../../docs/figures/gates.svg', import.meta.url), 'utf8'))
  })
  test('shows shapes, escapes names, and is drawn without numbers too', () => {
    const { graph } = trace(({ 'a<b': x }) => ({ y: relu(x) }), { 'a<b': f32(4, 5) })
    const plain = graphSvg(graph)
    expect(plain).toContain('>4×5</text>')
    expect(plain).toContain('a&lt;b')
    expect(plain).not.toContain('class="value"')
    expect(plain).not.toMatch(/NaN|undefined/)
  })
})

test('every line lies inside the picture, also one that swings around all the boxes', () => {
  const { graph } = trace(({ x }) => Array.from({ length: 6 }).reduce((y: Tensor) => mul(exp(y), x), x), { x: f32(2) })
  const svg = graphSvg(graph)
  const [width, height] = (svg.match(/viewBox="0 0 (\d+) (\d+)"/) ?? []).slice(1).map(Number)
  const places = [...svg.matchAll(/class="edge" d="([^"]+)"/g)].flatMap(
    ([, d]) => d.match(/[\d.-]+/g)?.map(Number) ?? [],
  )
  expect(places.length).toBeGreaterThan(40)
  places.forEach((v, i) => {
    expect(v).toBeGreaterThanOrEqual(0)
    expect(v).toBeLessThanOrEqual(i % 2 === 0 ? width : height)
  })
})

test('a graph that nobody could read is not drawn', () => {
  const { graph } = trace((x) => Array.from({ length: 320 }).reduce((y: Tensor) => exp(y), x), f32(2))
  expect(() => graphSvg(graph)).toThrow('A graph of 321 nodes is too large to be drawn (at most 300): fold its layers')
})

test('a large graph is drawn by its layers', () => {
  const layer = (name: string, n: number) => (x: Tensor) =>
    withScope(name, () => Array.from({ length: n }).reduce((y: Tensor) => withScope('inner', () => exp(mul(y, 2))), x))
  const { graph } = trace(({ x }) => ({ y: sum(layer('tail', 90)(layer('head', 80)(x))) }), { x: f32(2, 3) })
  expect(() => graphSvg(graph)).toThrow('fold its layers ({ fold: 1 })')
  const svg = graphSvg(graph, undefined, { fold: 1 })
  const texts = [...svg.matchAll(/<text[^>]*>([^<]+)</g)].map(([, text]) => text)
  expect(texts).toEqual(['x', '2×3', 'head', '2×3', '160 ops', 'tail', '2×3', '180 ops', 'sum', 'y'])
  expect([...svg.matchAll(/class="edge"/g)].length).toBe(4)
  expect(svg).toContain('<title>80 mul\n80 exp</title>')
  expect(graphSvg(graph, undefined, { fold: 2 })).toContain('>head.inner</text>')
})

describe('graphCost', () => {
  test('counts a small network by hand', () => {
    const { graph } = trace(
      ({ params: { kernel, head }, x }) => {
        const h = relu(conv2d(x, kernel, { padding: 1 }))
        return matmul(sum(h, { axes: [2, 3] }), head)
      },
      { params: { kernel: f32(4, 3, 3, 3), head: f32(4, 10) }, x: f32(2, 3, 8, 8) },
    )
    const cost = graphCost(graph, { parameters: 'params' })
    const map = 2 * 4 * 8 * 8
    expect(cost.parameters).toBe(4 * 27 + 40)
    expect(cost.flops).toBe(map * 2 * 27 + map + map + 2 * 2 * 4 * 10)
    expect(cost.activationBytes).toBe(4 * (map + map + 8 + 20))
    expect(cost.peakBytes).toBe(4 * 2 * map)
    expect(cost.nodes.find(({ node }) => node.op.name === 'conv2d')).toMatchObject({ flops: map * 54, bytes: 4 * map })
  })
  test('a path under which there are no parameters is refused with the inputs there are', () => {
    const { graph } = trace(({ params, x }) => matmul(x, params.w), { params: { w: f32(2, 3) }, x: f32(1, 2) })
    expect(graphCost(graph, { parameters: 'params.w' }).parameters).toBe(6)
    expect(() => graphCost(graph, { parameters: 'param' })).toThrow(
      'No input of the graph is called "param" or lies under it; there are params.w, x.',
    )
    const many = trace(
      (xs) => add(xs[0], xs[13]),
      Array.from({ length: 14 }, () => f32(1)),
    ).graph
    expect(() => graphCost(many, { parameters: 'x' })).toThrow(
      'there are 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more.',
    )
  })
})
