import { EpipoleError } from '@epipole/core'
import { type DType, fromHalf, type NdArray, ndArray } from '@epipole/graph'

/** What a safetensors file holds: arrays by name, and a few words about them. */
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, NdArray>
  readonly metadata: Readonly<Record<string, string>>
}

type Code = 'F32' | 'F64' | 'F16' | 'BF16' | 'I32' | 'I64' | 'U8' | 'I8' | 'BOOL'
const BYTES: Readonly<Record<Code, number>> = { F32: 4, F64: 8, F16: 2, BF16: 2, I32: 4, I64: 8, U8: 1, I8: 1, BOOL: 1 }
const CODES: Readonly<Record<DType, Code>> = {
  f32: 'F32',
  f64: 'F64',
  f16: 'F16',
  i32: 'I32',
  i64: 'I64',
  u8: 'U8',
  i8: 'I8',
  bool: 'BOOL',
}
/** More would be no header but an attack. */
const MAX_HEADER = 100_000_000

/**
 * Writes safetensors (https://github.com/huggingface/safetensors): eight bytes of header length, a JSON header padded to eight
 * bytes, then the numbers, little-endian, in order without gaps.
 */
export function writeSafetensors(
  tensors: ReadonlyMap<string, NdArray>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array {
  const header: Record<string, unknown> = Object.keys(metadata).length > 0 ? { __metadata__: metadata } : {}
  let offset = 0
  for (const [name, { dtype, shape }] of tensors) {
    const code = CODES[dtype]
    const end = offset + shape.reduce((a, b) => a * b, 1) * BYTES[code]
    header[name] = { dtype: code, shape, data_offsets: [offset, end] }
    offset = end
  }
  const json = new TextEncoder().encode(JSON.stringify(header))
  const padded = Math.ceil(json.length / 8) * 8
  const bytes = new Uint8Array(8 + padded + offset).fill(0x20, 8, 8 + padded)
  new DataView(bytes.buffer).setBigUint64(0, BigInt(padded), true)
  bytes.set(json, 8)
  let at = 8 + padded
  for (const { dtype, data } of tensors.values()) {
    const raw =
      dtype === 'i64'
        ? new Uint8Array(BigInt64Array.from(data as Float64Array, (v) => BigInt(v)).buffer)
        : new Uint8Array(data.buffer, data.byteOffset, data.byteLength)
    bytes.set(raw, at)
    at += raw.length
  }
  return bytes
}

interface Entry {
  readonly dtype: Code
  readonly shape: readonly number[]
  readonly data_offsets: readonly [number, number]
}

/** Reads safetensors from untrusted bytes; half floats become f32. An `input` error says what is wrong and where. */
export function readSafetensors(bytes: Uint8Array, file = 'safetensors file'): Safetensors {
  const fail = (problem: string): never => {
    throw new EpipoleError('input', `${file}: ${problem}.`, { file })
  }
  if (bytes.length < 8) fail('a safetensors file starts with eight bytes of header length, this one ends')
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = Number(view.getBigUint64(0, true))
  if (length > Math.min(bytes.length - 8, MAX_HEADER))
    fail(`a header of ${length} bytes is announced, the file has ${bytes.length}`)
  const header = parseHeader(bytes.subarray(8, 8 + length), fail)
  const start = 8 + length
  const tensors = new Map<string, NdArray>()
  let taken = 0
  for (const [name, entry] of Object.entries(header)) {
    if (name === '__metadata__') continue
    const { dtype, shape, from, to } = checkEntry(name, entry, bytes.length - start, fail)
    taken += to - from
    // Else a small file could ask for any memory.
    if (taken > bytes.length - start) fail(`"${name}" shares its bytes with another array`)
    tensors.set(name, toArray(new Uint8Array(bytes.subarray(start + from, start + to)), dtype, shape))
  }
  const metadata: unknown = header.__metadata__ ?? {}
  if (typeof metadata !== 'object' || Object.values(metadata as object).some((v) => typeof v !== 'string'))
    fail('its metadata is not words by name')
  return { tensors, metadata: metadata as Record<string, string> }
}

function parseHeader(bytes: Uint8Array, fail: (problem: string) => never): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes))
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Record<string, unknown>
  } catch {
    // Said below.
  }
  return fail('the header is no JSON object')
}

function checkEntry(name: string, value: unknown, room: number, fail: (problem: string) => never) {
  const entry = value as Partial<Entry> | null
  const dtype = entry?.dtype as Code
  if (!Object.hasOwn(BYTES, dtype ?? '')) fail(`"${name}" has the element type ${String(dtype)}, which is not read`)
  const shape = entry?.shape
  const whole = (n: unknown) => Number.isSafeInteger(n) && (n as number) >= 0
  if (!Array.isArray(shape) || !shape.every(whole)) return fail(`"${name}" has no shape of whole numbers`)
  const [from, to] = (entry?.data_offsets ?? []) as number[]
  const size = (shape as number[]).reduce((a, b) => a * b, 1) * BYTES[dtype]
  if (!whole(from) || !whole(to) || (to as number) > room || (to as number) - (from as number) !== size)
    fail(`"${name}", ${dtype}[${shape}], takes ${size} bytes; bytes ${from} to ${to} of ${room} are named`)
  return { dtype, shape: shape as number[], from: from as number, to: to as number }
}

/** `raw` has a buffer of its own, so it is aligned. */
function toArray(raw: Uint8Array, code: Code, shape: readonly number[]): NdArray {
  const { buffer } = raw
  switch (code) {
    case 'F32':
      return ndArray(new Float32Array(buffer), shape)
    case 'F64':
      return ndArray(new Float64Array(buffer), shape)
    case 'I32':
      return ndArray(new Int32Array(buffer), shape)
    case 'I64':
      return ndArray(Float64Array.from(new BigInt64Array(buffer), Number), shape, 'i64')
    case 'F16':
      return ndArray(Float32Array.from(new Uint16Array(buffer), fromHalf), shape)
    case 'BF16': {
      const words = Uint32Array.from(new Uint16Array(buffer), (v) => v << 16)
      return ndArray(new Float32Array(words.buffer), shape)
    }
    case 'I8':
      return ndArray(new Int8Array(buffer), shape)
    default:
      return ndArray(raw, shape, code === 'BOOL' ? 'bool' : 'u8')
  }
}
