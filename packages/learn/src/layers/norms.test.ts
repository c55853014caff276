import { type NdArray, ndArray } from '@epipole/graph'
import { expect, test } from 'vitest'
import { run } from '../run.test-support.js'
import { glu } from './activations.js'
import { multiHeadAttention } from './attention.js'
import { batchNorm } from './batch-norm.js'
import { embedding } from './embedding.js'
import { groupNorm, instanceNorm, layerNorm, layerNorm2d, rmsNorm } from './norms.js'
import { globalResponseNorm } from './response-norm.js'

const x = ndArray(
  Float32Array.from({ length: 2 * 4 * 3 * 3 }, (_, i) => 3 + 5 * Math.sin(1.3 * i)),
  [2, 4, 3, 3],
)
const scaled = (a: NdArray, by: number) => ndArray(a.data.map((v) => by * v) as Float32Array, a.shape)
const furthest = (a: NdArray, b: NdArray) => Math.max(...Array.from(a.data, (v, i) => Math.abs(v - b.data[i])))

test('norms do not see the scale of their input', () => {
  const layers = [layerNorm(3), layerNorm2d(4), groupNorm(2, 4), instanceNorm(4), rmsNorm(3), batchNorm(4)]
  for (const layer of layers)
    expect(furthest(run(layer, x, { training: true }), run(layer, scaled(x, 10), { training: true }))).toBeLessThan(
      1e-4,
    )
})

test('layer norm is group norm with one group, instance norm that with a group a channel', () => {
  expect(furthest(run(groupNorm(4, 4), x), run(instanceNorm(4), x))).toBeLessThan(1e-6)
  const rows = run(layerNorm([4, 3, 3]), x)
  expect(furthest(run(groupNorm(1, 4), x), rows)).toBeLessThan(1e-6)
})

test('a response norm starts as the identity, also where a channel is blank', () => {
  const blank = ndArray(new Float32Array(x.data.length), x.shape)
  expect(run(globalResponseNorm(4, { axis: 1 }), x)).toEqual(x)
  expect(run(globalResponseNorm(3), blank)).toEqual(blank)
})

test('what does not fit is refused with the rule', () => {
  expect(() => groupNorm(3, 4)).toThrow('4 channels do not divide into 3 groups')
  expect(() => multiHeadAttention(10, 3)).toThrow('A width of 10 does not divide into 3 heads')
  const one = ndArray(new Float32Array(4), [1, 4])
  expect(() => run(batchNorm(4), one, { training: true })).toThrow('two values of a channel or more; [1,4] has 1')
  expect(run(batchNorm(4), one).data).toEqual(new Float32Array(4))
  expect(() => run(glu(), ndArray(new Float32Array(3), [1, 3]))).toThrow('axis -1 of [1,3] has 3')
  expect(() => run(embedding(4, 2), one)).toThrow('whole numbers')
  expect(() => run(multiHeadAttention(4, 2, { cross: true }), ndArray(new Float32Array(8), [1, 2, 4]))).toThrow(
    'two inputs',
  )
})
