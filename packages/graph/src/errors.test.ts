import { describe, expect, test } from 'vitest'
import { customGradient, stopGradient, straightThrough } from './autodiff/custom.js'
import { gradients } from './autodiff/gradients.js'
import { f32, graphOf, i32, trace } from './graph.js'
import { interpret } from './interpret/interpret.js'
import { ndArray, scalarArray } from './nd-array.js'
import * as ops from './ops/index.js'
import { input, type Tensor, withScope } from './tensor.js'

const x = input('x', 'f32', [2, 3])
const y = input('y', 'f32', [2])
const whole = input('n', 'i32', [2, 3])
const image = input('image', 'f32', [1, 3, 8, 8])
const here = /errors\.test\.ts:\d+:\d+/

describe('what does not fit is refused while tracing, with the shapes, the rule and the line', () => {
  const refusals: [name: string, call: () => unknown, parts: string[]][] = [
    ['add', () => ops.add(x, y), ['add(f32[2, 3], f32[2])', 'aligned at the last axis, sizes must be equal or 1']],
    ['mul', () => ops.mul(x, whole), ['mul(f32[2, 3], i32[2, 3])', 'one element type', 'cast one']],
    [
      'matmul',
      () => ops.matmul(x, x),
      ['matmul(f32[2, 3], f32[2, 3])', 'the 3 columns of the first do not meet the 2'],
    ],
    ['matmul of a vector', () => ops.matmul(x, y), ['at least two axes', 'reshape']],
    ['exp', () => ops.exp(whole), ['exp(i32[2, 3])', 'defined for floats', 'cast first']],
    ['where', () => ops.where(x, x, x), ['the condition must be bool, not f32']],
    ['sum', () => ops.sum(x, { axes: 2 }), ['[2, 3] has no axis 2', '−2 to 1']],
    ['reshape', () => ops.reshape(x, [4]), ['reshape(f32[2, 3])', '6 elements do not fill [4]']],
    ['transpose', () => ops.transpose(x, [0, 0]), ['[0,0] does not name each of the 2 axes once']],
    ['concat', () => ops.concat([x, y]), ['concat(f32[2, 3], f32[2])', 'may differ along axis 0 only']],
    ['slice', () => ops.slice(x, 1, 2, 5), ['2 to 5 is not inside axis 1, which has 3']],
    ['gather', () => ops.gather(x, y), ['indices must be whole numbers, not f32']],
    ['conv2d', () => ops.conv2d(image, input('w', 'f32', [4, 2, 3, 3])), ['3 channels', 'takes 2 × 1 groups']],
    ['conv2d size', () => ops.conv2d(image, input('w', 'f32', [4, 3, 9, 9])), ['9 × 9 does not fit into 8 × 8']],
    ['maxPool2d', () => ops.maxPool2d(image, { kernel: 2, padding: 2 }), ['from 0 to half the kernel']],
    ['maxPool2d size', () => ops.maxPool2d(image, { kernel: 9 }), ['9 × 9 does not fit into 8 × 8']],
    ['avgPool2d', () => ops.avgPool2d(x, { kernel: 2 }), ['images need four axes: [N, C, H, W]']],
    ['resize2d', () => ops.resize2d(image, [0, 4]), ['cannot become 0 × 4']],
    ['adaptiveAvgPool2d', () => ops.adaptiveAvgPool2d(x, 2), ['takes images [N, C, H, W], not [2, 3]']],
    ['adaptiveAvgPool2d size', () => ops.adaptiveAvgPool2d(image, 0), ['cannot make 0 × 0', 'whole numbers from 1']],
    ['variance', () => ops.variance(image, { axes: 0 }), ['variance of 1 elements with correction 1', 'needs more']],
    ['split', () => ops.split(x, [1, 1], 1), ['[2, 3] along axis 1 into parts of 1,1', 'they sum to 2, not 3']],
    ['no tensor', () => ops.exp(3 as never), ['exp takes tensors, not number']],
    ['no tensor beside', () => ops.add(x, null as never), ['A tensor or a number is wanted, not null']],
    ['a fraction', () => ops.add(whole, 0.5), ['0.5 stands beside i32, which has whole numbers only', 'cast first']],
    ['clamp', () => ops.clamp(x, { min: 1, max: 0 }), ['the bounds 1 and 0 leave nothing']],
  ]
  test.each(refusals)('%s', (_, call, parts) => {
    let message = ''
    try {
      call()
    } catch (error) {
      expect(error).toMatchObject({ name: 'EpipoleError', code: 'usage' })
      message = (error as Error).message
    }
    for (const part of parts) expect(message).toContain(part)
    expect(message).toMatch(here)
  })

  test('the layer is named', () => {
    expect(() => withScope('stage1', () => withScope('conv', () => ops.add(x, y)))).toThrow(' in stage1.conv at ')
  })
})

test('numbers that an operation refuses are told with the node', () => {
  const { graph } = trace(({ t, i }) => [withScope('words', () => ops.gather(t, i))], { t: f32(4, 2), i: i32(3) })
  const run = () => interpret(graph, [ndArray(new Float32Array(8), [4, 2]), ndArray([0, 4, 1], [3], 'i32')])
  expect(run).toThrow(/^gather\(f32\[4, 2\], i32\[3\]\) in words at .*: index 4 is outside an axis of 4\.$/)
})

test('tensors of another trace are named', () => {
  const other = trace(({ a }) => ({ b: ops.exp(a) }), { a: f32(2) })
  expect(() => trace(({ c }) => ops.mul(c, other.outputs.b), { c: f32(2) })).toThrow(
    'The graph uses input "a" of another trace: pass it in.',
  )
  expect(() => graphOf([], [{ name: 'y', tensor: x }])).toThrow('input "x"')
})

test('feeds that do not fit are refused by name', () => {
  const { graph } = trace(({ net: { w }, n }) => [ops.exp(w), n], { net: { w: f32(2) }, n: i32() })
  const n = scalarArray(1, 'i32')
  expect(() => interpret(graph, [])).toThrow('Input "net.w" has no value: give f32[2].')
  expect(() => interpret(graph, [ndArray([1, 2, 3], [3]), n])).toThrow('"net.w" is f32[3], the graph takes f32[2]')
  expect(() => interpret(graph, [ndArray([1, 2], [2], 'i32'), n])).toThrow('"net.w" is i32[2]')
})

test('gradients of what has none', () => {
  expect(() => gradients(x, [x])).toThrow('the result has shape [2, 3]: reduce it with sum or mean')
  expect(() => gradients(whole, [x])).toThrow('Only floats have gradients; the result is i32.')
})

test('a tree of something else', () => {
  expect(() => trace(({ a }) => ({ b: { c: new Map([[a, 1]]) } }) as never, { a: f32() })).toThrow('b.c is Map')
})

describe('rules of one’s own', () => {
  const slope = (f: (a: Tensor) => Tensor, at: number[]) => {
    const { graph } = trace(({ a }) => gradients(ops.sum(f(a)), [a]), { a: f32(at.length) })
    return [...interpret(graph, [ndArray(at, [at.length])])[0].data]
  }
  test('stopGradient: x² with one factor held is x', () => {
    expect(slope((a) => ops.mul(a, stopGradient(a)), [3, -2])).toEqual([3, -2])
  })
  test('straightThrough: rounding has slope 1', () => {
    expect(slope((a) => ops.mul(straightThrough(ops.round(a), a), 5), [0.2, 1.7])).toEqual([5, 5])
  })
  test('customGradient: the rule replaces the way y was computed, and is a graph', () => {
    const doubled = (a: Tensor) => customGradient(ops.exp(a), [a], (g) => [ops.mul(ops.mul(g, a), 2)])
    expect(slope(doubled, [1.5, -1])).toEqual([3, -2])
    expect(slope((a) => gradients(ops.sum(doubled(a)), [a])[0], [1.5, -1])).toEqual([2, 2])
  })
  test('a rule that gives the wrong number or shape is refused', () => {
    expect(() => slope((a) => customGradient(ops.exp(a), [a], () => []), [1])).toThrow('one gradient of its input')
    expect(() => slope((a) => customGradient(a, [a], (g) => [ops.sum(g)]), [1])).toThrow('one gradient of its input')
  })
})
