import { randomStream } from '@epipole/core'
import { ndArray } from '@epipole/graph'
import { expect, test } from 'vitest'
import { linear } from '../layers/linear.js'
import { globalResponseNorm } from '../layers/response-norm.js'
import { sequential } from '../layers/sequential.js'
import { initialise } from '../layers/variables.js'
import { loadWeights, weightsOf } from './load-weights.js'

const net = sequential(linear(2, 3), linear(3, 1))
const own = initialise(net, randomStream(1))
const given = weightsOf(initialise(net, randomStream(2)))

test('weights fit by name, or what does not is listed', () => {
  expect(weightsOf(loadWeights(own, given).variables)).toEqual(given)
  const other = new Map(given)
  other.delete('0.bias')
  other.set('1.weight', ndArray([1, 2], [1, 2]))
  other.set('1.bias', ndArray(Int8Array.of(1), [1]))
  other.set('head.weight', ndArray([1], [1]))
  other.set('bn.num_batches_tracked', ndArray([5], []))
  expect(() => loadWeights(own, other, { file: 'a.safetensors' })).toThrow(
    "The weights in a.safetensors are another model's: missing 0.bias; unknown head.weight; 1.weight is [1,2], not [1,3]; 1.bias is i8, not f32.",
  )
  const { variables, report } = loadWeights(own, other, { strict: false })
  expect(report).toEqual({
    ...{ loaded: ['0.weight'], missing: ['0.bias'], unexpected: ['head.weight'] },
    wrongShape: [{ name: '1.weight', wanted: [1, 3], given: [1, 2] }],
    wrongType: [{ name: '1.bias', wanted: 'f32', given: 'i8' }],
  })
  expect(weightsOf(variables)).toEqual(new Map([...weightsOf(own), ['0.weight', given.get('0.weight')]]))
})

test('f64 is rounded to the model, and what PyTorch counts is left aside', () => {
  const wide = new Map([...given].map(([name, { data, shape }]) => [name, ndArray(Float64Array.from(data), shape)]))
  wide.set('1.num_batches_tracked', ndArray([7], [], 'i64'))
  expect(weightsOf(loadWeights(own, wide).variables)).toEqual(given)
})

test('axes of size 1 do not matter: [1, 1, 1, C] of the first ConvNeXt V2 files is [C] here', () => {
  const norm = initialise(globalResponseNorm(3), randomStream(1))
  const published = new Map(['weight', 'bias'].map((name, i) => [name, ndArray([i, 2, 3], [1, 1, 1, 3])]))
  expect(weightsOf(loadWeights(norm, published).variables).get('bias')).toEqual(ndArray([1, 2, 3], [3]))
  const turned = new Map([...given, ['0.weight', ndArray([1, 2, 3, 4, 5, 6], [2, 3])]])
  expect(() => loadWeights(own, turned)).toThrow('0.weight is [2,3], not [3,2]')
})
