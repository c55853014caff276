import { randomStream } from '@epipole/core'
import { add, f32, interpret, isNdArray, leavesOf, mapTree, mul, ndArray, type Tensor, trace } from '@epipole/graph'
import { expect, test } from 'vitest'
import { ones, zeros } from '../initialisers/initialisers.js'
import { bind } from './bind.js'
import type { Layer } from './layer.js'
import { linear } from './linear.js'
import { givenRandom, randomFeeds, randomSpecs, recordRandom } from './random-source.js'
import { sequential } from './sequential.js'
import { arraysOf, countParameters, initialise, mapLayers } from './variables.js'

/** Counts its calls in a buffer. */
const counter: Layer = {
  kind: 'counter',
  buffers: { calls: { shape: [], initialise: zeros } },
  forward: ({ buffers }, x) => ({ output: x, buffers: { calls: add(buffers.calls, 1) } }),
}
const specsOf = (tree: object) => mapTree(tree as never, isNdArray, ({ shape }) => f32(...shape))
const netOf = (kind: 'relu' | 'twice') =>
  sequential({
    body: sequential(linear(3, 4), counter, kind === 'twice' ? (x) => mul(x, 2) : (x) => x),
    head: linear(4, 1),
  })

test('parameters are a tree with the names of PyTorch', () => {
  const { params, buffers } = initialise(netOf('relu'), randomStream(1))
  expect(leavesOf(params, isNdArray).map(([name, { shape }]) => `${name} ${shape}`)).toEqual([
    'body.0.weight 4,3',
    'body.0.bias 4',
    'head.weight 1,4',
    'head.bias 1',
  ])
  expect(leavesOf(buffers, isNdArray).map(([name]) => name)).toEqual(['body.1.calls'])
  expect(countParameters(netOf('relu'))).toBe(12 + 4 + 4 + 1)
  expect(arraysOf(netOf('relu'), 'buffers')).toEqual([{ name: 'body.1.calls', shape: [] }])
})

test('a seed in the place of a stream is refused', () => {
  expect(() => initialise(linear(2, 1), 1 as never)).toThrow('not number: randomStream(1) of @epipole/core')
})

test('one more layer leaves the numbers of the others', () => {
  const a = initialise(sequential({ a: linear(3, 4) }), randomStream(7)).params as never as Record<string, unknown>
  const b = initialise(sequential({ z: linear(9, 9), a: linear(3, 4) }), randomStream(7)).params as never as typeof a
  expect(b.a).toEqual(a.a)
})

test('buffers pass on from call to call, and the ones that were given stay', () => {
  const net = netOf('relu')
  const variables = initialise(net, randomStream(1))
  const { graph } = trace(
    ({ params, buffers, x }) => {
      const model = bind(net, { params, buffers } as never, { training: true })
      const outputs = [model(x as never), model(x as never)]
      return [
        ...outputs,
        ...leavesOf<Tensor>(model.buffers(), (t): t is Tensor => 'op' in (t as object)).map(([, t]) => t),
      ]
    },
    { params: specsOf(variables.params), buffers: specsOf(variables.buffers), x: f32(2, 3) },
  )
  const feeds = [...leavesOf(variables.params, isNdArray), ...leavesOf(variables.buffers, isNdArray)].map(([, a]) => a)
  const [first, second, calls] = interpret(graph, [...feeds, ndArray([1, 2, 3, 4, 5, 6], [2, 3])])
  expect(second).toEqual(first)
  expect(calls.data[0]).toBe(2)
})

test('what layers tell besides is there by path, of the last call', () => {
  const teller: Layer = { kind: 'teller', forward: (_, x) => ({ output: mul(x, 3), extras: { doubled: mul(x, 2) } }) }
  const { graph } = trace(
    ({ a, b }) => {
      const model = bind(sequential({ body: sequential(teller), head: (x) => x }), { params: {}, buffers: {} })
      expect(model.extras()).toEqual({})
      const outputs = [model(a)]
      const first = model.extras()
      outputs.push(model(b))
      expect(Object.keys(model.extras())).toEqual(['body.0.doubled'])
      return [...outputs, first['body.0.doubled'], model.extras()['body.0.doubled']]
    },
    { a: f32(), b: f32() },
  )
  const results = interpret(graph, [ndArray([1], []), ndArray([5], [])])
  expect(results.map(({ data }) => data[0])).toEqual([3, 15, 2, 10])
})

test('a missing array and a wrong shape are named', () => {
  const net = sequential({ head: linear(2, 1) })
  const at = (params: object) => () =>
    trace(({ p, x }) => bind(net, { params: p, buffers: {} } as never)(x as never), {
      p: params as never,
      x: f32(1, 2),
    })
  expect(at({ head: { bias: f32(1) } })).toThrow('The model needs "head.weight" of shape [1,2]; the tree has none.')
  expect(at({ head: { weight: f32(2, 2), bias: f32(1) } })).toThrow(
    '"head.weight" has shape [2,2], the model needs [1,2]',
  )
})

test('layers are named in the graph, seen by an observer, and can be rewritten', () => {
  const seen: string[] = []
  const run = (net: ReturnType<typeof netOf>) =>
    trace(
      ({ p, b, x }) =>
        bind(net, { params: p, buffers: b } as never, {
          observe: ({ path, layer }) => seen.push(`${path}:${layer.kind}`),
        })(x as never),
      { p: specsOf(initialise(net, randomStream(1)).params), b: { body: { 1: { calls: f32() } } }, x: f32(2, 3) },
    ).graph
  const graph = run(netOf('relu'))
  expect(seen).toEqual([
    'body.0:linear',
    'body.1:counter',
    'body.2:function',
    'body:sequential',
    'head:linear',
    ':sequential',
  ])
  expect(graph.nodes.filter(({ op }) => op.name === 'matmul').map(({ scope }) => scope)).toEqual(['body.0', 'head'])
  const widened = mapLayers(netOf('relu'), (layer) =>
    layer.kind === 'linear' ? linear(3, 3, { initialise: ones }) : layer,
  )
  expect(arraysOf(widened).map(({ shape }) => `${shape}`)).toEqual(['3,3', '3', '3,3', '3'])
})

test('random tensors are recorded, filled from a seed and handed out in order', () => {
  const ask = (random: ReturnType<typeof recordRandom>) => [random.uniform([2, 3]), random.normal([500])]
  const recorder = recordRandom()
  ask(recorder)
  const feeds = randomFeeds(recorder.requests, 3, 10)
  expect(feeds.map(({ shape }) => shape)).toEqual([[2, 3], [500]])
  expect(randomFeeds(recorder.requests, 3, 10)).toEqual(feeds)
  expect(randomFeeds(recorder.requests, 3, 11)[0]).not.toEqual(feeds[0])
  expect(Math.max(...feeds[0].data)).toBeLessThan(1)
  expect(Math.min(...feeds[0].data)).toBeGreaterThanOrEqual(0)
  const { graph } = trace((tensors) => {
    const random = givenRandom(recorder.requests, tensors as never)
    expect(() => random.normal([2, 3])).toThrow('asked for as normal[2,3], but was uniform[2,3] when recorded')
    return [random.uniform([2, 3]), random.normal([500])]
  }, randomSpecs(recorder.requests))
  expect(interpret(graph, feeds)).toEqual(feeds)
})
