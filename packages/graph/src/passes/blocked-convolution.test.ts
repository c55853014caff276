import { expect, test } from 'vitest'
import { gradients } from '../autodiff/gradients.js'
import { f32, trace } from '../graph.js'
import { ndArray } from '../nd-array.js'
import { lower } from '../onnx/lower.js'
import * as ops from '../ops/index.js'
import { constant } from '../ops/sources.js'
import { BLOCKED } from './blocked-convolution.js'
import { count } from './equality.test-support.js'
import { optimize } from './optimize.js'

const convolution = (options: ops.Conv2dOptions, x = [1, 16, 16, 16], w = [32, 16, 3, 3]) =>
  optimize(trace(([a, b]) => ops.conv2d(a, b, { padding: 1, ...options }), [f32(...x), f32(...w)]).graph, { block: 8 })
const blocks = (...given: Parameters<typeof convolution>) => count(convolution(...given), 'blockedConv2d')

test('what fits into blocks is said in blocks, the runtime named in the model', () => {
  const graph = convolution({})
  expect(count(graph, 'conv2d')).toBe(0)
  const { opsetImport, graph: model } = lower(graph)
  expect(opsetImport.map(({ domain }) => domain)).toEqual(['', BLOCKED])
  const own = model?.node.filter(({ domain }) => domain === BLOCKED).map(({ opType }) => opType)
  expect(own).toEqual(['ReorderInput', 'Conv', 'ReorderOutput'])
})

test('strides, groups, few places and channels that do not divide stay as they are', () => {
  expect(blocks({ stride: 2 })).toBe(0)
  expect(blocks({ groups: 2 }, [1, 16, 16, 16], [32, 8, 3, 3])).toBe(0)
  expect(blocks({}, [1, 16, 8, 8])).toBe(0)
  expect(blocks({}, [1, 12, 16, 16], [32, 12, 3, 3])).toBe(0)
  expect(blocks({}, [1, 16, 16, 16], [12, 16, 3, 3])).toBe(0)
})

test('without blocks, and where the kernel is constant, nothing changes', () => {
  const kernel = constant(ndArray(new Float32Array(32 * 16 * 9), [32, 16, 3, 3]))
  const { graph } = trace((x) => ops.conv2d(x, kernel), f32(1, 16, 20, 20))
  expect(count(optimize(graph, { block: 16 }), 'blockedConv2d')).toBe(0)
  const trained = trace(([x, w]) => ops.conv2d(x, w), [f32(1, 16, 20, 20), f32(32, 16, 3, 3)]).graph
  expect(lower(optimize(trained)).opsetImport.length).toBe(1)
})

test('of a training step, the way there and the way back to the image', () => {
  const { graph } = trace(
    ([x, w]) => gradients(ops.sum(ops.exp(ops.conv2d(x, w, { padding: 1 }))), [x, w]),
    [f32(2, 16, 16, 16), f32(32, 16, 3, 3)],
  )
  expect(count(optimize(graph, { block: 16 }), 'blockedConv2d')).toBe(2)
})
