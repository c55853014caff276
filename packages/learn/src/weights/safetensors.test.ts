import { isEpipoleError } from '@epipole/core'
import { type NdArray, ndArray } from '@epipole/graph'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readSafetensors, writeSafetensors } from './safetensors.js'

/** A file by hand: 8 bytes of header length, the header, the data. */
function file(header: string | object, data: ArrayLike<number> = []): Uint8Array {
  const json = new TextEncoder().encode(typeof header === 'string' ? header : JSON.stringify(header))
  const bytes = new Uint8Array(8 + json.length + data.length)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true)
  bytes.set(json, 8)
  bytes.set(data, 8 + json.length)
  return bytes
}
const hex = (text: string) => text.match(/../g)?.map((byte) => Number.parseInt(byte, 16)) ?? []

test('what is written is read: every element type, shapes, words', () => {
  const tensors = new Map<string, NdArray>([
    ['a.weight', ndArray([1.5, -2, 3, 4, 5, 6], [2, 3])],
    ['b', ndArray(Float64Array.of(Math.PI), [])],
    ['c', ndArray([1, 2 ** 40], [2], 'i64')],
    ['d', ndArray(Int32Array.of(-7), [1])],
    ['e', ndArray(Uint8Array.of(1, 255), [2])],
    ['f', ndArray([1, 0], [2], 'bool')],
    ['g', ndArray(Int8Array.of(-128), [1])],
    ['empty', ndArray([], [0, 3])],
  ])
  const read = readSafetensors(writeSafetensors(tensors, { format: 'pt' }))
  expect(read.metadata).toEqual({ format: 'pt' })
  expect([...read.tensors]).toEqual([...tensors])
  // Node's buffers are views into larger ones, at any offset.
  const view = Buffer.concat([Buffer.alloc(3), writeSafetensors(tensors)]).subarray(3)
  expect([...readSafetensors(view).tensors]).toEqual([...tensors])
})

/*
 * torch 1.13, numpy 1.24:
 * ```python
 * v = [1.5, -0.1, 65504, 1e-7, 0, math.inf]
 * for d in torch.float16, torch.float64, torch.float32: print(torch.tensor(v, dtype=d).numpy().tobytes().hex(), torch.tensor(v, dtype=d).tolist())
 * t = torch.tensor(v, dtype=torch.bfloat16); print(t.view(torch.int16).numpy().tobytes().hex(), t.tolist())
 * for d in "i1", "u1", "<i2", "<u2", "<i4", "<u4", "<i8", "<u8": x = numpy.array([lowest, highest, 77], d); print(x.tobytes().hex())
 * ```
 */
const HALF = [1.5, -0.0999755859375, 65504, 1.1920928955078125e-7, 0, Number.POSITIVE_INFINITY]
const LITERALS: [string, string, string, number[]][] = [
  ['F16', 'f32', '003e66aeff7b02000000007c', HALF],
  [
    'BF16',
    'f32',
    'c03fcdbd8047d7330000807f',
    [1.5, -0.10009765625, 65536, 1.0011717677116394e-7, 0, Number.POSITIVE_INFINITY],
  ],
  [
    'F32',
    'f32',
    '0000c03fcdccccbd00e07f4795bfd633000000000000807f',
    [1.5, -0.10000000149011612, 65504, 1.0000000116860974e-7, 0, Number.POSITIVE_INFINITY],
  ],
  [
    'F64',
    'f64',
    '000000000000f83f9a9999999999b9bf0000000000fcef4048afbc9af2d77a3e0000000000000000000000000000f07f',
    [1.5, -0.1, 65504, 1e-7, 0, Number.POSITIVE_INFINITY],
  ],
  ['I8', 'i8', '807f4d', [-128, 127, 77]],
  ['U8', 'u8', '00ff4d', [0, 255, 77]],
  ['I16', 'i32', '0080ff7f4d00', [-(2 ** 15), 2 ** 15 - 1, 77]],
  ['U16', 'i32', '0000ffff4d00', [0, 2 ** 16 - 1, 77]],
  ['I32', 'i32', '00000080ffffff7f4d000000', [-(2 ** 31), 2 ** 31 - 1, 77]],
  ['U32', 'i64', '00000000ffffffff4d000000', [0, 2 ** 32 - 1, 77]],
  ['I64', 'i64', '010000000000e0ffffffffffffff1f004d00000000000000', [-(2 ** 53) + 1, 2 ** 53 - 1, 77]],
  ['U64', 'i64', '0000000000000000ffffffffffff1f004d00000000000000', [0, 2 ** 53 - 1, 77]],
  ['BOOL', 'bool', '000101', [0, 1, 1]],
]
test.each(LITERALS)('%s is read as %s', (dtype, wanted, bytes, values) => {
  const data = hex(bytes)
  const entry = { dtype, shape: [values.length], data_offsets: [0, data.length] }
  const array = readSafetensors(file({ x: entry }, data)).tensors.get('x') as NdArray
  expect([array.dtype, array.shape, [...array.data]]).toEqual([wanted, [values.length], values])
})

test('damaged bytes are input errors, never more', () => {
  const tensors = new Map<string, NdArray>([
    ['w', ndArray([1, 2, 3], [3])],
    ['i', ndArray([4], [1], 'i64')],
    ['b', ndArray([1], [1], 'bool')],
  ])
  const good = writeSafetensors(tensors, { format: 'pt' })
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

const u8 = (from: number, to: number, more: object = {}) => ({
  ...{ dtype: 'U8', shape: [to - from], data_offsets: [from, to] },
  ...more,
})
test.each<[string, Uint8Array, string]>([
  ['an end within the header length', new Uint8Array(7), 'starts with eight bytes of header length, this one ends'],
  ['an end within the header', file({ a: u8(0, 0) }).slice(0, 20), 'bytes is announced, the file has 20'],
  ['a header longer than any', Uint8Array.from(hex('ffffffffffffffff')), 'a header of 18446744073709552000 bytes'],
  ['a header that is a list', file('[1]'), 'the header is no JSON object'],
  ['a header that is nothing', file('null'), 'the header is no JSON object'],
  ['a header that is no text', Uint8Array.of(2, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xfe), 'the header is no JSON'],
  ['an end within the numbers', file({ a: u8(0, 4) }, [1, 2]), '"a", U8[4], takes 4 bytes; bytes 0 to 4 of 2'],
  ['offsets turned round', file({ a: u8(4, 0, { shape: [4] }) }, [1, 2, 3, 4]), 'bytes 4 to 0 of 4 are named'],
  ['offsets below 0', file({ a: u8(-2, 2) }, [1, 2, 3, 4]), 'bytes -2 to 2 of 4'],
  ['no offsets', file({ a: { dtype: 'U8', shape: [] } }, [1]), 'bytes undefined to undefined of 1'],
  ['offsets that are no list', file({ a: u8(0, 1, { data_offsets: 3 }) }, [1]), 'bytes undefined to undefined of 1'],
  ['more numbers than there can be', file({ a: u8(0, 1, { shape: [2 ** 40, 2 ** 40] }) }, [1]), 'takes 1.2'],
  ['a size that is none', file({ a: u8(0, 1, { shape: [-1] }) }, [1]), '"a" has no shape of whole numbers'],
  ['an entry that is none', file({ a: null }), '"a" has the element type undefined, which is not read'],
  ['an unknown type', file({ a: u8(0, 1, { dtype: 'F8_E5M2' }) }, [1]), 'the element type F8_E5M2, which is not read'],
  ['a type of all objects', file({ a: u8(0, 1, { dtype: 'constructor' }) }, [1]), 'the element type constructor'],
  ['the same bytes twice', file({ a: u8(0, 4), b: u8(0, 4) }, [1, 2, 3, 4]), '"b" shares its bytes with "a"'],
  ['bytes that overlap', file({ a: u8(0, 3), b: u8(2, 4) }, [1, 2, 3, 4]), '"b" shares its bytes with "a"'],
  ['a hole', file({ b: u8(3, 4), a: u8(0, 2) }, [1, 2, 3, 4]), 'bytes 2 to 3 behind the header belong to no array'],
  ['a tail', file({ a: u8(0, 2) }, [1, 2, 3]), 'bytes 2 to 3 behind the header belong to no array'],
  [
    'a name that stands twice',
    file(
      `{"b":${JSON.stringify(u8(0, 1))},"a":${JSON.stringify(u8(1, 2))}, "\\u0062" :${JSON.stringify(u8(0, 1))}}`,
      [1, 2],
    ),
    '"b" stands twice in the header',
  ],
  ['words that are no text', file({ __metadata__: { position: 1 } }), 'its metadata is not words by name'],
  ['words without names', file({ __metadata__: ['a'] }), 'its metadata is not words by name'],
  ['a number beyond ours', file({ a: u8(0, 8, { dtype: 'I64', shape: [] }) }, hex('0000000000002000')), 'beyond ±2⁵³'],
  ['a bool that is none', file({ a: u8(0, 1, { dtype: 'BOOL' }) }, [2]), '"a" is BOOL, but holds more than 0 and 1'],
])('%s: refused', (_, bytes, message) => {
  const read = () => readSafetensors(bytes, 'w.safetensors')
  expect(read).toThrow(message)
  expect(read).toThrow(expect.objectContaining({ code: 'input', details: { file: 'w.safetensors' } }))
})

test('names within names, and quotes in words, stand for no arrays', () => {
  const header = { __metadata__: { dtype: '{"a":1,"a":2}', shape: 'x"\\' }, a: u8(0, 1), dtype: u8(1, 2) }
  const { tensors, metadata } = readSafetensors(file(header, [1, 2]))
  expect([[...tensors.keys()], metadata]).toEqual([['a', 'dtype'], header.__metadata__])
})
