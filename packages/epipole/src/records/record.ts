import { EpipoleError } from '@epipole/core'

type Plain = Uint8Array | Int8Array | Uint16Array | Int32Array | Uint32Array | Float32Array | Float64Array

const KINDS = { Uint8Array, Int8Array, Uint16Array, Int32Array, Uint32Array, Float32Array, Float64Array } as const
type KindName = keyof typeof KINDS

/** A record: any JSON value, with named typed arrays beside it. */
export interface RecordData {
  readonly meta: unknown
  readonly arrays: Readonly<Record<string, Plain>>
}

interface Header {
  readonly meta: unknown
  readonly arrays: readonly { readonly name: string; readonly kind: KindName; readonly length: number }[]
}

const ALIGN = 8

/**
 * One record as bytes: a length, a JSON header that lists the arrays, then the arrays themselves, each aligned to eight
 * bytes. Little-endian, as every platform that runs JavaScript's engines today.
 */
export function encodeRecord(record: RecordData): Uint8Array {
  const entries = Object.entries(record.arrays)
  const header: Header = {
    meta: record.meta,
    arrays: entries.map(([name, array]) => ({ name, kind: array.constructor.name as KindName, length: array.length })),
  }
  const headerBytes = new TextEncoder().encode(JSON.stringify(header))
  let size = align(4 + headerBytes.length)
  const starts = entries.map(([, array]) => {
    const start = size
    size = align(size + array.byteLength)
    return start
  })
  const bytes = new Uint8Array(size)
  new DataView(bytes.buffer).setUint32(0, headerBytes.length, true)
  bytes.set(headerBytes, 4)
  entries.forEach(([, array], i) => {
    bytes.set(new Uint8Array(array.buffer, array.byteOffset, array.byteLength), starts[i])
  })
  return bytes
}

/** The record that `encodeRecord` wrote; throws `input` where the bytes are not one. */
export function decodeRecord(bytes: Uint8Array, name = 'record'): RecordData {
  const broken = (what: string) =>
    new EpipoleError('input', `${name}: ${what}. Delete it and run again.`, { file: name })
  if (bytes.length < 4) throw broken('shorter than its header')
  const headerLength = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true)
  if (4 + headerLength > bytes.length) throw broken('header exceeds the file')
  let header: Header
  try {
    header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, 4 + headerLength))) as Header
  } catch {
    throw broken('header is not JSON')
  }
  const arrays: Record<string, Plain> = {}
  let offset = align(4 + headerLength)
  for (const { name: field, kind, length } of header.arrays) {
    const make = KINDS[kind]
    if (make === undefined) throw broken(`unknown array kind ${String(kind)}`)
    const byteLength = length * make.BYTES_PER_ELEMENT
    if (!Number.isSafeInteger(length) || length < 0 || offset + byteLength > bytes.length) {
      throw broken(`array ${field} exceeds the file`)
    }
    const copy = bytes.slice(offset, offset + byteLength)
    arrays[field] = new make(copy.buffer, 0, length)
    offset = align(offset + byteLength)
  }
  return { meta: header.meta, arrays }
}

function align(offset: number): number {
  return Math.ceil(offset / ALIGN) * ALIGN
}
