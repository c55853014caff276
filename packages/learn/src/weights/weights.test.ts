import { isEpipoleError, randomStream } from '@epipole/core'
import { type NdArray, ndArray } from '@epipole/graph'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { linear } from '../layers/linear.js'
import { sequential } from '../layers/sequential.js'
import { initialise } from '../layers/variables.js'
import { loadWeights, weightsOf } from './load-weights.js'
import { readSafetensors, writeSafetensors } from './safetensors.js'

test('what is written is read: every element type, shapes, words', () => {
  const tensors = new Map<string, NdArray>([
    ['a.weight', ndArray([1.5, -2, 3, 4, 5, 6], [2, 3])],
    ['b', ndArray(Float64Array.of(Math.PI), [])],
    ['c', ndArray([1, 2 ** 40], [2], 'i64')],
    ['d', ndArray(Int32Array.of(-7), [1])],
    ['e', ndArray(Uint8Array.of(1, 255), [2])],
    ['f', ndArray([1, 0], [2], 'bool')],
    ['empty', ndArray([], [0, 3])],
  ])
  const read = readSafetensors(writeSafetensors(tensors, { format: 'pt' }))
  expect(read.metadata).toEqual({ format: 'pt' })
  expect([...read.tensors]).toEqual([...tensors])
  // Node's buffers are views into larger ones, at any offset.
  const view = Buffer.concat([Buffer.alloc(3), writeSafetensors(tensors)]).subarray(3)
  expect([...readSafetensors(view).tensors]).toEqual([...tensors])
})

// safetensors' own layout: 8 bytes of header length, JSON, data; here written by hand with half floats.
test('half floats become f32', () => {
  const json =
    '{"h":{"dtype":"F16","shape":[4],"data_offsets":[0,8]},"b":{"dtype":"BF16","shape":[1],"data_offsets":[8,10]}}'
  const bytes = new Uint8Array(8 + json.length + 10)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true)
  bytes.set(new TextEncoder().encode(json), 8)
  // 1, −2, 65504 (the largest), 2⁻²⁴ (the smallest); and −1.5 in bfloat16
  bytes.set([0x00, 0x3c, 0x00, 0xc0, 0xff, 0x7b, 0x01, 0x00, 0xc0, 0xbf], 8 + json.length)
  const { tensors } = readSafetensors(bytes)
  expect([...(tensors.get('h') as NdArray).data]).toEqual([1, -2, 65504, 2 ** -24])
  expect([...(tensors.get('b') as NdArray).data]).toEqual([-1.5])
})

test('damaged bytes are input errors, never more', () => {
  const good = writeSafetensors(new Map([['w', ndArray([1, 2, 3], [3])]]))
  fc.assert(
    fc.property(fc.nat(good.length - 1), fc.nat(255), fc.nat(good.length), (place, value, length) => {
      const bytes = good.slice(0, length)
      if (place < length) bytes[place] = value
      try {
        readSafetensors(bytes)
      } catch (error) {
        expect(isEpipoleError(error) && error.code).toBe('input')
      }
    }),
    { numRuns: 500 },
  )
})

test('arrays that share their bytes, and metadata that is no words, are refused', () => {
  const file = (header: object, room: number) => {
    const json = new TextEncoder().encode(JSON.stringify(header))
    const bytes = new Uint8Array(8 + json.length + room)
    new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true)
    bytes.set(json, 8)
    return bytes
  }
  const entry = { dtype: 'U8', shape: [4], data_offsets: [0, 4] }
  expect(readSafetensors(file({ a: entry }, 4)).tensors.size).toBe(1)
  expect(() => readSafetensors(file({ a: entry, b: entry }, 4))).toThrow('"b" shares its bytes')
  expect(() => readSafetensors(file({ a: entry, __metadata__: { position: 1 } }, 4))).toThrow('its metadata')
})

test('weights fit by name, or what does not is listed', () => {
  const net = sequential(linear(2, 3), linear(3, 1))
  const own = initialise(net, randomStream(1))
  const given = weightsOf(initialise(net, randomStream(2)))
  expect(weightsOf(loadWeights(own, given).variables)).toEqual(given)
  const other = new Map(given)
  other.delete('0.bias')
  other.set('1.weight', ndArray([1, 2], [1, 2]))
  other.set('head.weight', ndArray([1], [1]))
  other.set('bn.num_batches_tracked', ndArray([5], []))
  expect(() => loadWeights(own, other)).toThrow(
    "another model's: missing 0.bias; unknown head.weight; 1.weight is [1,2], not [1,3]",
  )
  const { variables, report } = loadWeights(own, other, { strict: false })
  expect(report).toMatchObject({ loaded: ['0.weight', '1.bias'], missing: ['0.bias'], unexpected: ['head.weight'] })
  expect(weightsOf(variables).get('0.bias')).toEqual(weightsOf(own).get('0.bias'))
})
