import { type DType, fromHalf, type TensorData } from '@epipole/graph'

/** An element type of safetensors files: its bytes, and the numbers that a buffer of them holds, in a type of ours. */
interface ElementType {
  readonly bytes: number
  readonly dtype: DType
  readonly read: (buffer: ArrayBuffer) => TensorData
}

const wide = (values: BigInt64Array | BigUint64Array): Float64Array =>
  Float64Array.from(values as BigInt64Array, Number)

/** Those of PyTorch's types that are numbers of one kind; half floats become f32, what is wider than i32 i64. */
export const ELEMENT_TYPES = {
  F64: { bytes: 8, dtype: 'f64', read: (b) => new Float64Array(b) },
  F32: { bytes: 4, dtype: 'f32', read: (b) => new Float32Array(b) },
  F16: { bytes: 2, dtype: 'f32', read: (b) => Float32Array.from(new Uint16Array(b), fromHalf) },
  // The upper half of an f32.
  BF16: {
    bytes: 2,
    dtype: 'f32',
    read: (b) => new Float32Array(Uint32Array.from(new Uint16Array(b), (v) => v << 16).buffer),
  },
  I64: { bytes: 8, dtype: 'i64', read: (b) => wide(new BigInt64Array(b)) },
  U64: { bytes: 8, dtype: 'i64', read: (b) => wide(new BigUint64Array(b)) },
  U32: { bytes: 4, dtype: 'i64', read: (b) => Float64Array.from(new Uint32Array(b)) },
  I32: { bytes: 4, dtype: 'i32', read: (b) => new Int32Array(b) },
  U16: { bytes: 2, dtype: 'i32', read: (b) => Int32Array.from(new Uint16Array(b)) },
  I16: { bytes: 2, dtype: 'i32', read: (b) => Int32Array.from(new Int16Array(b)) },
  U8: { bytes: 1, dtype: 'u8', read: (b) => new Uint8Array(b) },
  I8: { bytes: 1, dtype: 'i8', read: (b) => new Int8Array(b) },
  BOOL: { bytes: 1, dtype: 'bool', read: (b) => new Uint8Array(b) },
} as const satisfies Readonly<Record<string, ElementType>>

export type ElementCode = keyof typeof ELEMENT_TYPES

/** What each of our types is written as. */
export const CODES: Readonly<Record<DType, ElementCode>> = {
  f32: 'F32',
  f64: 'F64',
  f16: 'F16',
  i32: 'I32',
  i64: 'I64',
  u8: 'U8',
  i8: 'I8',
  bool: 'BOOL',
}
