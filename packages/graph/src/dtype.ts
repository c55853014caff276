import { EpipoleError } from '@epipole/core'

/**
 * Element types. `f32` is the type of learning; the interpreter may evaluate it in f64. `i64` lives at the edges (ONNX's
 * indices); `f16` is storage only, no op computes in it; `i8` and `u8` are what quantised numbers are kept in.
 */
export type DType = 'f32' | 'f64' | 'f16' | 'i32' | 'i64' | 'u8' | 'i8' | 'bool'

/** How the elements of a dtype are kept in memory: `i64` as whole doubles (exact to 2⁵³), `f16` as its bits. */
export type TensorData = Float32Array | Float64Array | Int32Array | Int8Array | Uint8Array | Uint16Array

export const isFloat = (dtype: DType): boolean => dtype === 'f32' || dtype === 'f64' || dtype === 'f16'
export const isInteger = (dtype: DType): boolean =>
  dtype === 'i32' || dtype === 'i64' || dtype === 'u8' || dtype === 'i8'

/** Bytes of one element where tensors are exchanged (files, runtimes). */
export const BYTES: Readonly<Record<DType, number>> = { f32: 4, f64: 8, f16: 2, i32: 4, i64: 8, u8: 1, i8: 1, bool: 1 }

/** Zeros of a dtype. */
export function allocate(dtype: DType, size: number): TensorData {
  switch (dtype) {
    case 'f32':
      return new Float32Array(size)
    case 'f64':
    case 'i64':
      return new Float64Array(size)
    case 'i32':
      return new Int32Array(size)
    case 'f16':
      return new Uint16Array(size)
    case 'i8':
      return new Int8Array(size)
    case 'u8':
    case 'bool':
      return new Uint8Array(size)
    default:
      throw new EpipoleError('usage', `${dtype} is no element type: take f32, f64, f16, i32, i64, u8, i8 or bool.`)
  }
}
