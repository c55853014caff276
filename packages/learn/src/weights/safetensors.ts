import { EpipoleError } from '@epipole/core'
import { type NdArray, ndArray, type TensorData } from '@epipole/graph'
import { CODES, ELEMENT_TYPES } from './element-types.js'
import { readHeader, type TensorPlace } from './safetensors-header.js'

/** What a safetensors file holds: arrays by name, and a few words about them. */
export interface Safetensors {
  readonly tensors: ReadonlyMap<string, NdArray>
  readonly metadata: Readonly<Record<string, string>>
}

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
    const end = offset + shape.reduce((a, b) => a * b, 1) * ELEMENT_TYPES[code].bytes
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

/**
 * Reads safetensors from untrusted bytes; half floats become f32, integers the type of ours that holds them. An `input` error says
 * what is wrong and where.
 */
export function readSafetensors(bytes: Uint8Array, file = 'safetensors file'): Safetensors {
  const fail = (problem: string): never => {
    throw new EpipoleError('input', `${file}: ${problem}.`, { file })
  }
  const { places, metadata, start } = readHeader(bytes, fail)
  const tensors = new Map(places.map((place) => [place.name, toArray(bytes.subarray(start), place, fail)]))
  return { tensors, metadata }
}

function toArray(bytes: Uint8Array, place: TensorPlace, fail: (problem: string) => never): NdArray {
  const { name, code, shape, from, to } = place
  const { dtype, read } = ELEMENT_TYPES[code]
  // A copy has a buffer of its own, so it is aligned.
  const data: TensorData = read(new Uint8Array(bytes.subarray(from, to)).buffer)
  if (dtype === 'i64' && data.some((v) => Math.abs(v) > Number.MAX_SAFE_INTEGER))
    fail(`"${name}" holds whole numbers beyond ±2⁵³, which are not read`)
  if (dtype === 'bool' && data.some((v) => v > 1)) fail(`"${name}" is ${code}, but holds more than 0 and 1`)
  return ndArray(data, shape, dtype)
}
