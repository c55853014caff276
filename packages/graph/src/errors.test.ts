import { describe, expect, test } from 'vitest'
import { customGradient, stopGradient, straightThrough } from './autodiff/custom.js'
import { gradients } from './autodiff/gradients.js'
import { f32, graphOf, i32, trace } from './graph.js'
import { graphCost } from './inspect/cost.js'
import { explain } from './inspect/explain.js'
import { graphSvg } from './inspect/svg.js'
import { graphText } from './inspect/text.js'
import { interpret } from './interpret/interpret.js'
import { ndArray, scalarArray, zerosArray } from './nd-array.js'
import { toOnnx } from './onnx/to-onnx.js'
import * as ops from './ops/index.js'
import { input } from './ops/sources.js'
import { withScope } from './scope.js'
import type { Tensor } from './tensor.js'

const x = input('x', 'f32', [2, 3])
const y = input('y', 'f32', [2])
const whole = input('n', 'i32', [2, 3])
const mask = input('mask', 'bool', [2, 3])
const grid = { scale: 1, zeroPoint: 0, lowest: -8, highest: 7 }
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
    ['exp', () => ops.exp(whole), ['exp(i32[2, 3])', 'defined for f32, f64, not for i32', 'cast first']],
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
    ['split', () => ops.split(x, [1, 1], 1), ['[2, 3] along axis 1 into parts of 1,1', 'sizes that sum to 3, not 2']],
    ['no tensor', () => ops.exp(3 as never), ['exp takes tensors, not number']],
    ['no tensor beside', () => ops.add(x, null as never), ['A tensor or a number is wanted, not null']],
    ['an array beside', () => ops.add(x, ndArray([1], [1]) as never), ['not an array of numbers', 'constant(…)']],
    ['arithmetic of the language', () => ops.add(x, (x as never) * 2), ['A tensor is no number', 'mul(x, 2)']],
    ['comparison of the language', () => (x as never) > 0, ['A tensor is no number', 'where(…)']],
    ['an axis without its name', () => ops.sum(x, 1 as never), ['The options of sum are number', '{ axes: 1 }']],
    ['a bias without its name', () => ops.conv2d(image, image, x as never), ['options of conv2d are Tensor', '{ bias']],
    ['a fraction', () => ops.add(whole, 0.5), ['0.5 stands beside i32, which has no such number', 'cast first']],
    ['a fraction of a bound', () => ops.clamp(whole, { min: 0.5 }), ['0.5 and Infinity are not both', 'i32']],
    ['what u8 has not', () => ops.add(input('u', 'u8', [2]), 300), ['300 stands beside u8']],
    ['arithmetic of bool', () => ops.add(mask, mask), ['add(bool[2, 3], bool[2, 3])', 'not for bool: cast first']],
    ['order of bool', () => ops.less(mask, mask), ['less is defined for', 'not for bool']],
    ['a sum of u8', () => ops.sum(input('u', 'u8', [2])), ['sum is defined for f32, f64, i32, i64, not for u8']],
    ['arithmetic of f16', () => ops.exp(input('h', 'f16', [2])), ['exp(f16[2])', 'not for f16: cast first']],
    ['conv2d of integers', () => ops.conv2d(input('i', 'i32', [1, 3, 8, 8]), input('k', 'i32', [4, 3, 3, 3])), ['f64']],
    ['conv2d padding', () => ops.conv2d(image, image, { padding: 'same' as never }), ['"same"', 'give it as numbers']],
    ['conv2d lists', () => ops.conv2d(image, image, { padding: [1, 1, 1] as never }), ['one, two, or (top, left']],
    [
      'convTranspose2d',
      () => ops.convTranspose2d(image, input('w', 'f32', [4, 3, 3, 3])),
      ['convTranspose2d(f32[1, 3, 8, 8], f32[4, 3, 3, 3])', '3 channels, the kernel takes 4'],
    ],
    [
      'output padding',
      () => ops.convTranspose2d(image, input('w', 'f32', [3, 4, 3, 3]), { stride: 2, outputPadding: 2 }),
      ['output padding 2,2 must be from 0 to below the stride, which is 2,2'],
    ],
    ['pooling without a window', () => ops.maxPool2d(image, {} as never), ['the size of its window']],
    ['resize2d to a number', () => ops.resize2d(image, 4 as never), ['the size is [rows, columns], not 4']],
    ['reshape to a number', () => ops.reshape(x, 6 as never), ['reshape(f32[2, 3])', 'a list of sizes, not number']],
    ['reshape twice open', () => ops.reshape(x, [-1, -1]), ['only one size of [-1,-1] may be −1']],
    ['reshape to fractions', () => ops.reshape(x, [1.5, 4]), ['shape [1.5, 4]', 'whole numbers from 0']],
    ['expand to less than nothing', () => ops.expand(input('s', 'f32', []), [-1]), ['shape [-1]']],
    ['transpose of a vector', () => ops.transpose(y), ['transpose(f32[2])', 'no two axes to swap']],
    ['flatten', () => ops.flatten(x, 9), ['there is no axis 9']],
    ['a scalar has no axis', () => ops.softmax(input('s', 'f32', [])), ['[] has no axis -1', 'it is a scalar']],
    ['no list', () => ops.concat(x as never), ['concat takes a list of tensors, not Tensor']],
    ['stack', () => ops.stack([x, y]), ['stack(f32[2, 3], f32[2])', 'of one shape']],
    ['stack axis', () => ops.stack([x, x], 5), ['there is no place for an axis 5']],
    ['slice of a part', () => ops.slice(x, 0, 0.5), ['0.5 to 2 are no places']],
    ['split by negative sizes', () => ops.split(x, [-1, 3]), ['parts of -1,3', 'sizes that sum to 2']],
    ['split into a number', () => ops.split(x, 2 as never), ['sizes of parts are a list, not number']],
    ['pad', () => ops.pad(x, [1, 1] as never), ['pad(f32[2, 3])', '[before, after] for each axis']],
    ['pad too few', () => ops.pad(x, [[0, 0]]), ['1 pairs of widths for 2 axes']],
    ['dilate', () => ops.dilate(x, 0, 0), ['step 0 must be a whole number from 1']],
    ['cast', () => ops.cast(x, 'float32' as never), ['float32 is no element type: take one of f32, f64']],
    ['cumsum', () => ops.cumsum(x, undefined as never), ['An axis is wanted, not undefined']],
    ['oneHot', () => ops.oneHot(x, 3), ['oneHot(f32[2, 3])', 'whole numbers: cast first']],
    ['oneHot depth', () => ops.oneHot(whole, 1.5), ['the depth is 1.5']],
    ['scatterAdd', () => ops.scatterAdd(y, x, [4, 3]), ['indices must be whole numbers, not f32']],
    ['scatterAdd axis', () => ops.scatterAdd(whole, x, [4], 2), ['there is no axis 2 in [4]']],
    ['attention', () => ops.attention(x, input('k', 'f32', [5, 4]), x), ['have 3 numbers each, keys 4']],
    ['attention values', () => ops.attention(x, x, image), ['2 keys and 8 values']],
    ['attention of vectors', () => ops.attention(y, y, y), ['attention(f32[2], f32[2], f32[2])', 'two axes']],
    ['variance of integers', () => ops.variance(whole), ['variance(i32[2, 3])', 'f32 and f64']],
    ['normalize of integers', () => ops.normalize(whole), ['normalize(i32[2, 3])']],
    ['orthogonalize', () => ops.orthogonalize(y), ['orthogonalize(f32[2])', 'matrices are wanted']],
    ['fakeQuantize', () => ops.fakeQuantize(x, { ...grid, scale: 0 }), ['The scale of a grid is 0']],
    ['fakeQuantize bounds', () => ops.fakeQuantize(x, { ...grid, highest: -9 }), ['from -8 to -9 has no places']],
    [
      'an open size',
      () => trace((t) => t, f32('batch' as never, 3)),
      ['shape [batch, 3]', 'the option `batch` of toOnnx'],
    ],
    ['sizes in a list', () => trace((t) => t, f32([2, 3] as never)), ['as in f32(8, 3)']],
    ['a negative size', () => trace((t) => t, f32(-1)), ['"" is to have shape [-1]']],
    ['no result', () => trace(() => undefined as never, f32(2)), ['What the function returns (tensors) is undefined']],
    [
      'straightThrough',
      () => straightThrough(x, y),
      ['straightThrough(f32[2, 3], f32[2])', 'one shape and element type'],
    ],
    ['customGradient without a rule', () => customGradient(x, [x], 3 as never), ['a rule is wanted']],
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

test('a tensor as text', () => {
  expect(`${ops.exp(x)}`).toBe('exp f32[2, 3]')
})

test('what trace returns, in the place of its graph', () => {
  const traced = trace(({ a }) => ({ b: ops.sum(a) }), { a: f32(2) })
  for (const use of [
    graphText,
    graphSvg,
    graphCost,
    toOnnx,
    (g: never) => interpret(g, []),
    (g: never) => explain(g, []),
  ])
    expect(() => use(traced as never)).toThrow(
      /^A graph is wanted, not all that trace returns at .*: take the property graph of it\.$/,
    )
  expect(() => graphText(undefined as never)).toThrow('A graph is wanted, not undefined')
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
  expect(() => interpret(graph, [ndArray([1, 2], [2]), n, n])).toThrow('3 arrays are fed, the graph takes 2.')
  expect(() => interpret(graph, [[1, 2], n] as never)).toThrow('"net.w" is Array: give numbers with their shape')
  const short = { ...ndArray([1, 2], [2]), data: new Float32Array(1) }
  expect(() => interpret(graph, [short, n])).toThrow('"net.w" says its shape is [2], but has 1 numbers')
})

test('gradients of what has none', () => {
  expect(() => gradients(x, [x])).toThrow(
    /the result has shape \[2, 3\] at .*errors\.test\.ts:\d+:\d+: reduce it with sum or mean/,
  )
  expect(() => gradients(whole, [x])).toThrow('Only floats have gradients; the result is i32[2, 3]')
  expect(() => gradients(ops.sum(x), { x, whole })).toThrow('one of the tensors they are wanted for is i32[2, 3]')
  expect(() => gradients(x, [x], y)).toThrow('gradients(f32[2, 3], f32[2])')
})

test('numbers with a shape that is none', () => {
  expect(() => ndArray([1, 2], [-1, -2])).toThrow('The shape -1,-2 is no list of sizes')
  expect(() => ndArray([1], undefined as never)).toThrow('The shape undefined')
  expect(() => zerosArray([1e6, 1e6])).toThrow('There is no room for 1000000000000 numbers of f32.')
  expect(() => ndArray([[1], [2]] as never, [2, 2])).toThrow('give them in one flat list, row after row')
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
  test('a rule that gives the wrong number, shape or type is refused, with the line that made it', () => {
    const refused = (rule: Parameters<typeof customGradient>[2]) => () =>
      slope((a) => customGradient(ops.exp(a), [a], rule), [1])
    expect(refused(() => [])).toThrow(
      /^The rule of customGradient\(f32\[1\], f32\[1\]\) at .*errors\.test\.ts:\d+:\d+ gives \(\)/,
    )
    expect(refused((g) => [ops.sum(g)])).toThrow('gives (f32[]) in grad at')
    expect(refused((g) => [ops.cast(g, 'f64')])).toThrow('gives (f64[1])')
    expect(refused(() => [0] as never)).toThrow('gives (number)')
    expect(refused(() => 3 as never)).toThrow('one gradient of the type and shape of each of its 1 inputs')
  })
})
