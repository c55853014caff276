import { constant, f32, i32, interpret, ndArray, type Tensor, trace } from '@epipole/graph'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { binaryCrossEntropy, binaryCrossEntropyWithLogits } from './binary-cross-entropy.js'
import { crossEntropy } from './cross-entropy.js'
import { huber, klDivergence, meanAbsoluteError, meanSquaredError, smoothL1 } from './regression.js'
import { ntXent, unit } from './similarity.js'

const at = <S>(specs: S, f: (t: never) => Tensor) => trace(f as never, specs)

test('cross-entropy refuses what does not fit', () => {
  const loss =
    (labels: object, options = {}) =>
    () =>
      at({ x: f32(4, 3), t: labels }, (({ x, t }: { x: Tensor; t: Tensor }) => crossEntropy(x, t, options)) as never)
  expect(loss(i32(5))).toThrow('Labels [5] for logits [4,3]: [4] is wanted')
  expect(loss(f32(4))).toThrow('Target probabilities [4] for logits [4,3]')
  expect(loss(i32(4), { smoothing: 1 })).toThrow('it must be in [0, 1)')
  expect(loss(i32(4), { weights: [1, 2] })).toThrow('2 class weights for 3 classes')
  expect(loss(i32(4), { weights: [1, -2, 3] })).toThrow('Class weights [1, -2, 3]: finite numbers from 0')
  expect(() => at(f32(1, 3), ((x: Tensor) => ntXent(x, x)) as never)).toThrow('N from 2')
  expect(() => at(f32(2, 3), ((x: Tensor) => ntXent(x, x, { temperature: 0 })) as never)).toThrow('temperature of 0')
  // As PyTorch spells it; it would be a mean over all numbers.
  const torchs = { reduction: 'batchmean' } as never
  expect(() => at(f32(2, 3), ((x: Tensor) => klDivergence(x, x, torchs)) as never)).toThrow('no reduction "batchmean"')
  expect(loss(f32(4, 3), { ignore: 1 })).toThrow('Only labels can be ignored')
  expect(() => at(f32(1, 3), ((x: Tensor) => huber(x, x, { delta: 0 })) as never)).toThrow('must be positive')
})

test.each<[string, (x: Tensor, t: Tensor) => Tensor, string]>([
  ['meanSquaredError', meanSquaredError, 'a prediction'],
  ['meanAbsoluteError', meanAbsoluteError, 'a prediction'],
  ['huber', huber, 'a prediction'],
  ['smoothL1', smoothL1, 'a prediction'],
  ['binaryCrossEntropy', binaryCrossEntropy, 'probabilities'],
  ['binaryCrossEntropyWithLogits', binaryCrossEntropyWithLogits, 'logits'],
  ['klDivergence', klDivergence, 'log-probabilities'],
])('%s: a target of another shape would be compared with each of all; one number is no mistake', (_, f, what) => {
  const of = (target: object) => () =>
    at({ x: f32(4, 1), t: target }, (({ x, t }: { x: Tensor; t: Tensor }) => f(x, t)) as never)
  expect(of(f32(4))).toThrow(`A target [4] for ${what} [4,1]: shapes must agree`)
  expect(of(f32(1)), what).toThrow('shapes must agree')
  expect(of(f32())).not.toThrow()
})

test('a label that is no class is NaN and says so among the others; an ignored one costs nothing', () => {
  const told = (labels: number[], options: Parameters<typeof crossEntropy>[2], dtype: 'i32' | 'u8' | 'i64' = 'i32') => {
    const n = labels.length
    const { graph } = trace(
      ({ x }) => crossEntropy(x, constant(ndArray(labels, [n], dtype)), { reduction: 'none', ...options }),
      { x: f32(n, 3) },
    )
    return [...interpret(graph, [ndArray(new Float32Array(3 * n), [n, 3])], { precision: 'f64' })[0].data]
  }
  const even = Math.log(3)
  expect(told([0, 3, -1, 2], {})).toEqual([even, Number.NaN, Number.NaN, even])
  expect(told([1, 255], {}, 'u8')).toEqual([even, Number.NaN])
  expect(told([1, 255], { ignore: 255 }, 'u8')).toEqual([even, 0])
  expect(told([1, -100, 7], { ignore: -100, smoothing: 0.1 }, 'i64')).toEqual([expect.closeTo(even, 12), 0, Number.NaN])
  expect(told([1, 1, 3], { reduction: 'mean' })).toEqual([Number.NaN])
  expect(told([1, 1, 3], { reduction: 'mean', ignore: 3 })).toEqual([expect.closeTo(even, 12)])
})

/** A loss of single numbers. */
const value = (f: (x: Tensor, t: Tensor) => Tensor, x: number[], t: number[]) => {
  const { graph } = at({ x: f32(1, x.length), t: f32(1, t.length) }, (({ x, t }: { x: Tensor; t: Tensor }) =>
    f(x, t)) as never)
  return interpret(graph, [ndArray(x, [1, x.length], 'f32'), ndArray(t, [1, t.length], 'f32')], { precision: 'f64' })[0]
    .data[0]
}

test('no logit is too large: losses stay finite and equal their limits', () => {
  expect(value(binaryCrossEntropyWithLogits, [1e4], [0])).toBe(1e4)
  expect(value(binaryCrossEntropyWithLogits, [-1e4], [0])).toBe(0)
  expect(value((x, t) => binaryCrossEntropy(x, t), [0], [1])).toBe(100)
  expect(value((x, t) => crossEntropy(x, t), [1e4, -1e4], [0, 1])).toBe(2e4)
})

test('the best prediction of a distribution is itself', () => {
  const p = [0.2, 0.5, 0.3]
  const own = value((x, t) => crossEntropy(x, t), p.map(Math.log), p)
  fc.assert(
    fc.property(fc.array(fc.double({ min: -3, max: 3, noNaN: true }), { minLength: 3, maxLength: 3 }), (logits) => {
      expect(value((x, t) => crossEntropy(x, t), logits, p)).toBeGreaterThanOrEqual(own - 1e-7)
    }),
  )
})

test('huber is half the squared error for small errors; unit vectors have length 1', () => {
  expect(value(huber, [0.5], [0.2])).toBeCloseTo(value(meanSquaredError, [0.5], [0.2]) / 2, 12)
  const { graph } = trace(() => unit(constant(ndArray([3, 4, 0, 0], [2, 2]))), {})
  expect([...interpret(graph, [])[0].data]).toEqual([Math.fround(0.6), Math.fround(0.8), 0, 0])
})
