import fc from 'fast-check'
import { expect, test } from 'vitest'
import { EpipoleError } from '../errors.js'
import { BinaryReader } from './reader.js'
import { BinaryWriter } from './writer.js'

const f32 = fc.float({ noNaN: true }).map(Math.fround)
const text = fc.string({ unit: 'grapheme' }).filter((s) => !s.includes('\0'))
const value = fc.oneof(
  fc.record({ type: fc.constant('u8' as const), value: fc.integer({ min: 0, max: 0xff }) }),
  fc.record({ type: fc.constant('u16' as const), value: fc.integer({ min: 0, max: 0xffff }) }),
  fc.record({ type: fc.constant('u32' as const), value: fc.integer({ min: 0, max: 0xffffffff }) }),
  fc.record({ type: fc.constant('i32' as const), value: fc.integer() }),
  fc.record({ type: fc.constant('u64' as const), value: fc.maxSafeNat() }),
  fc.record({ type: fc.constant('i64' as const), value: fc.maxSafeInteger() }),
  fc.record({ type: fc.constant('f32' as const), value: f32 }),
  fc.record({ type: fc.constant('f64' as const), value: fc.double() }),
)

function refusal(action: () => unknown): EpipoleError {
  try {
    action()
  } catch (error) {
    expect(error).toBeInstanceOf(EpipoleError)
    return error as EpipoleError
  }
  throw new Error('nothing was refused')
}

test('a byte order mark is part of a string', () => {
  const writer = new BinaryWriter(1)
  writer.cString('\ufeffphoto.jpg')
  expect(new BinaryReader(writer.finish(), 'f').cString()).toBe('\ufeffphoto.jpg')
})

test('what the writer writes, the reader reads', () => {
  fc.assert(
    fc.property(fc.array(value), text, fc.uint8Array(), (values, string, bytes) => {
      const writer = new BinaryWriter(1)
      for (const v of values) writer[v.type](v.value)
      writer.cString(string)
      writer.bytes(bytes)
      const written = writer.finish()
      expect(written.length).toBe(writer.length)
      const reader = new BinaryReader(written, 'values.bin')
      for (const v of values) expect(reader[v.type]()).toBe(v.value)
      expect(reader.cString()).toBe(string)
      expect([...reader.bytes(bytes.length)]).toEqual([...bytes])
      reader.expectEnd()
    }),
  )
})

test('values are little-endian, as in C on x86', () => {
  // python3 -c "import struct; print(list(struct.pack('<HIiQqfd', 1, 2, -3, 4, -5, 1.5, -2.5)))"
  const bytes = [
    1, 0, 2, 0, 0, 0, 253, 255, 255, 255, 4, 0, 0, 0, 0, 0, 0, 0, 251, 255, 255, 255, 255, 255, 255, 255, 0, 0, 192, 63,
    0, 0, 0, 0, 0, 0, 4, 192,
  ]
  const reader = new BinaryReader(Uint8Array.from(bytes), 'python')
  expect([reader.u16(), reader.u32(), reader.i32(), reader.u64(), reader.i64(), reader.f32(), reader.f64()]).toEqual([
    1, 2, -3, 4, -5, 1.5, -2.5,
  ])
})

test('a reader over a part of a buffer stays inside it', () => {
  const whole = Uint8Array.from([9, 9, 1, 2, 3, 9])
  const reader = new BinaryReader(whole.subarray(2, 5), 'part')
  expect(reader.u16()).toBe(0x0201)
  expect(refusal(() => reader.u16()).details).toMatchObject({ file: 'part', offset: 2, remaining: 1 })
  expect(reader.u8()).toBe(3)
})

test('every prefix of a file is refused at an offset inside it, and nothing else is thrown', () => {
  const writer = new BinaryWriter()
  writer.u64(2)
  for (const id of [7, 8]) {
    writer.u32(id)
    writer.cString(`photo ${id}.jpg`)
    writer.f64(id / 3)
  }
  const whole = writer.finish()
  const read = (bytes: Uint8Array) => {
    const reader = new BinaryReader(bytes, 'images.bin')
    const n = reader.count(13, 'images')
    for (let i = 0; i < n; i++) {
      reader.u32()
      reader.cString()
      reader.finiteF64()
    }
    reader.expectEnd()
    return n
  }
  expect(read(whole)).toBe(2)
  for (let length = 0; length < whole.length; length++) {
    const error = refusal(() => read(whole.subarray(0, length)))
    expect(error.code).toBe('input')
    expect(error.message).toContain('images.bin, byte ')
    expect(error.details.offset).toBeLessThanOrEqual(length)
  }
  expect(refusal(() => read(Uint8Array.from([...whole, 0]))).message).toContain('1 bytes follow')
})

test('a huge count is refused before anything is allocated', () => {
  const writer = new BinaryWriter()
  writer.u64(2 ** 50)
  writer.u8(1)
  const error = refusal(() => new BinaryReader(writer.finish(), 'points3D.bin').count(43, 'points'))
  expect(error.message).toBe(
    'points3D.bin, byte 0: 1125899906842624 points of at least 43 bytes each are announced, but 1 bytes remain.',
  )
  expect(error.details).toEqual({
    file: 'points3D.bin',
    offset: 0,
    count: 2 ** 50,
    elementSize: 43,
    remaining: 1,
  })
})

test('integers beyond 2⁵³ − 1 are refused; an i64 of −1 is read', () => {
  const ones = new Uint8Array(8).fill(0xff)
  expect(refusal(() => new BinaryReader(ones, 'f').u64()).message).toContain('18446744073709551615')
  expect(new BinaryReader(ones, 'f').i64()).toBe(-1)
  expect(refusal(() => new BinaryReader(Uint8Array.from([0, 0, 0, 0, 0, 0, 0, 128]), 'f').i64()).code).toBe('input')
})

test('numbers that are not finite and text that is not UTF-8 are refused where asked', () => {
  const writer = new BinaryWriter()
  writer.u32(0)
  writer.f64(Number.NaN)
  const reader = new BinaryReader(writer.finish(), 'cameras.bin')
  reader.u32()
  expect(refusal(() => reader.finiteF64('the focal length')).message).toBe(
    'cameras.bin, byte 4: the focal length is NaN, not a finite number.',
  )
  expect(refusal(() => new BinaryReader(Uint8Array.of(0xc3, 0x28, 0), 'f').cString('a name')).message).toContain(
    'UTF-8',
  )
})

test('the writer refuses what a type cannot hold', () => {
  const writer = new BinaryWriter()
  for (const action of [
    () => writer.u8(256),
    () => writer.u16(-1),
    () => writer.u32(0.5),
    () => writer.i32(2 ** 31),
    () => writer.u64(-1),
    () => writer.i64(2 ** 53),
    () => writer.u32(Number.NaN),
    () => writer.cString('a\0b'),
  ]) {
    expect(refusal(action).code).toBe('usage')
  }
  expect(writer.length).toBe(0)
})
