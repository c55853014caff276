import { expect, expectTypeOf, test } from 'vitest'
import { gradients } from './autodiff/gradients.js'
import { compileStep } from './device/compile.js'
import { interpreterDevice } from './device/interpreter-device.js'
import { f32, i32, type TensorSpec, trace } from './graph.js'
import { interpret } from './interpret/interpret.js'
import { type NdArray, ndArray } from './nd-array.js'
import { add, embedding, mean, mul, sum } from './ops/index.js'
import type { Tensor } from './tensor.js'
import type { MapTree, Tree } from './tree.js'

test('traced functions see the tree of their specs, with tensors as leaves', () => {
  const traced = trace(
    ({ net: { layers, table }, pair: [a, b] }) => {
      expectTypeOf(layers[0].w).toEqualTypeOf<Tensor>()
      expectTypeOf(table).toEqualTypeOf<Tensor>()
      return { rows: embedding(b, table), list: [mul(a, layers[0].w)] as const }
    },
    { net: { layers: [{ w: f32(2) }], table: f32(4, 3) }, pair: [f32(2), i32(5)] },
  )
  expectTypeOf(traced.outputs.rows).toEqualTypeOf<Tensor>()
  expect(traced.graph.inputs.map(({ name }) => name)).toEqual(['net.layers.0.w', 'net.table', 'pair.0', 'pair.1'])
  expect(traced.graph.outputs.map(({ name }) => name)).toEqual(['rows', 'list.0'])
})

test('a list of specs gives a list of tensors, a tree of any form a tree of any form', () => {
  const specs: TensorSpec[] = [f32(2), f32(2)]
  const { graph } = trace((xs) => {
    expectTypeOf(xs[0]).toEqualTypeOf<Tensor>()
    return xs.reduce(add)
  }, specs)
  expect([...interpret(graph, [ndArray([1, 2], [2]), ndArray([3, 4], [2])])[0].data]).toEqual([4, 6])
  expectTypeOf<MapTree<Tree<NdArray>, NdArray, Tensor>>().toEqualTypeOf<Tree<Tensor>>()
  expectTypeOf<MapTree<Record<string, NdArray>, NdArray, Tensor>>().toEqualTypeOf<Record<string, Tensor>>()
  expectTypeOf<MapTree<{ p: Tree<NdArray>; n: NdArray }, NdArray, Tensor>>().toEqualTypeOf<{
    p: Tree<Tensor>
    n: Tensor
  }>()
})

test('a step sees its state and feeds as tensors and gives arrays back', async () => {
  const step = await compileStep(
    ({ net, moments: [m], count }, { batch: { x } }) => {
      expectTypeOf(net.stage.w).toEqualTypeOf<Tensor>()
      const y = mul(net.stage.w, x)
      return {
        state: { net: { stage: { w: y } }, moments: [add(m, 1)], count: add(count, 1) },
        outputs: { loss: mean(y), all: [y, x] as const },
      }
    },
    {
      state: { net: { stage: { w: ndArray([1, 2], [2]) } }, moments: [ndArray([0], [])], count: ndArray([0], []) },
      feeds: { batch: { x: f32(2) } },
      device: interpreterDevice(),
    },
  )
  const { loss, all } = await step.run({ batch: { x: ndArray([3, 4], [2]) } })
  expectTypeOf(loss).toEqualTypeOf<NdArray>()
  expectTypeOf(all).toEqualTypeOf<readonly [NdArray, NdArray]>()
  const state = await step.readState()
  expectTypeOf(state.net.stage.w).toEqualTypeOf<NdArray>()
  expect([loss.data[0], ...all[0].data, ...state.net.stage.w.data, state.count.data[0]]).toEqual([5.5, 3, 8, 3, 8, 1])
  // @ts-expect-error a feed by another name
  await expect(step.run({ batch: { y: ndArray([3, 4], [2]) } })).rejects.toThrow(
    '"batch.y" is fed, but the step takes no such input; it takes batch.x.',
  )
})

test('gradients of a tree of parameters are a tree of the same names', () => {
  const { outputs, graph } = trace(
    ({ params, x }) => {
      const slopes = gradients(sum(mul(params.layer.w, mul(params.b, x))), params)
      expectTypeOf(slopes.layer.w).toEqualTypeOf<Tensor>()
      expectTypeOf(gradients(sum(x), x)).toEqualTypeOf<Tensor>()
      expectTypeOf(gradients(sum(x), [x, params.b])[1]).toEqualTypeOf<Tensor>()
      return slopes
    },
    { params: { layer: { w: f32(2) }, b: f32() }, x: f32(2) },
  )
  expect(Object.keys(outputs)).toEqual(['layer', 'b'])
  const feeds = [ndArray([1, 2], [2]), ndArray([3], []), ndArray([5, 7], [2])]
  expect(interpret(graph, feeds).map(({ data }) => [...data])).toEqual([[15, 21], [19]])
})

test('a step must return the state it started with', async () => {
  const state = { w: ndArray([1], []) }
  const wrong = compileStep(
    // @ts-expect-error the next state lacks w
    ({ w }) => ({ state: { v: w }, outputs: { w } }),
    { state, feeds: {}, device: interpreterDevice() },
  )
  await expect(wrong).rejects.toThrow('no next state for "w"')
})
