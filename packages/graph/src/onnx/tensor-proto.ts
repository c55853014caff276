import { create } from '@bufbuild/protobuf'
import { allocate, BYTES, type DType } from '../dtype.js'
import type { NdArray } from '../nd-array.js'
import { ONNX_DTYPE } from '../ops/select.js'
import { type TensorProto, TensorProtoSchema } from './onnx.generated.js'

/** Numbers as ONNX keeps them: little-endian, i64 as 64-bit integers. */
export function tensorProto(name: string, { dtype, shape, data }: NdArray): TensorProto {
  return create(TensorProtoSchema, {
    name,
    dims: shape.map(BigInt),
    dataType: ONNX_DTYPE[dtype],
    rawData: toBytes(dtype, data),
  })
}

function toBytes(dtype: DType, data: NdArray['data']): Uint8Array {
  const exact = dtype === 'i64' ? BigInt64Array.from(data as Float64Array, BigInt) : ofType(dtype, data)
  return new Uint8Array(exact.buffer, exact.byteOffset, exact.byteLength)
}

/** The interpreter keeps f32 numbers in f64 when it is told to; files and runtimes take what the dtype says. */
function ofType(dtype: DType, data: NdArray['data']): NdArray['data'] {
  const storage = allocate(dtype, 0)
  if (storage.constructor === data.constructor) return data
  const copy = allocate(dtype, data.length)
  copy.set(data)
  return copy
}

/** The numbers of raw bytes whose length has been checked (`BYTES`), copied so that they are aligned. */
export function fromBytes(dtype: DType, bytes: Uint8Array): NdArray['data'] {
  // (Not `slice`, which in Node's Buffer copies nothing.)
  const { buffer } = new Uint8Array(bytes)
  if (dtype === 'i64') return Float64Array.from(new BigInt64Array(buffer), Number)
  const storage = allocate(dtype, 0).constructor as new (buffer: ArrayBuffer) => NdArray['data']
  return new storage(buffer)
}

/** Bytes of an array of a dtype, where it is exchanged. */
export const byteLength = (dtype: DType, size: number): number => BYTES[dtype] * size
