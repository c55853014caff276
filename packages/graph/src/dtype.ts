import { EpipoleError } from '@epipole/core'

/**
 * Element types. `f32` is the type of learning; the interpreter may evaluate it in f64. `i64` lives at the edges (ONNX's
 * indices); `f16` is storage only: it is moved and cast, no op computes in it; `i8` and `u8` are what quantised numbers are kept in.
 */
export type DType = 'f32' | 'f64' | 'f16' | 'i32' | 'i64' | 'u8' | 'i8' | 'bool'

export const DTYPES: readonly DType[] = ['f32', 'f64', 'f16', 'i32', 'i64', 'u8', 'i8', 'bool']
export const isDType = (value: unknown): value is DType => DTYPES.includes(value as DType)

/** How the elements of a dtype are kept in memory: `i64` as whole doubles (exact to 2⁵³), `f16` as its bits. */
export type TensorData = Float32Array | Float64Array | Int32Array | Int8Array | Uint8Array | Uint16Array

/** What real functions are computed in, what sums are, and what arithmetic is: f16 is stored only, bool is compared and joined. */
export const REALS: readonly DType[] = ['f32', 'f64']
export const WIDE: readonly DType[] = [...REALS, 'i32', 'i64']
export const NUMBERS: readonly DType[] = [...WIDE, 'u8', 'i8']

export const isFloat = (dtype: DType): boolean => dtype === 'f32' || dtype === 'f64' || dtype === 'f16'
export const isInteger = (dtype: DType): boolean =>
  dtype === 'i32' || dtype === 'i64' || dtype === 'u8' || dtype === 'i8'

const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  i32: [-(2 ** 31), 2 ** 31 - 1],
  i64: [-(2 ** 53), 2 ** 53],
  u8: [0, 255],
  i8: [-128, 127],
  bool: [0, 1],
}
/** Whether the number is one of the type's: any of floats, else a whole one in its range. */
export function holds(dtype: DType, value: number): boolean {
  const range = RANGES[dtype]
  return range === undefined || (Number.isInteger(value) && value >= range[0] && value <= range[1])
}

/** Bytes of one element where tensors are exchanged (files, runtimes). */
export const BYTES: Readonly<Record<DType, number>> = { f32: 4, f64: 8, f16: 2, i32: 4, i64: 8, u8: 1, i8: 1, bool: 1 }

const STORAGE: Readonly<Record<DType, new (size: number) => TensorData>> = {
  f32: Float32Array,
  f64: Float64Array,
  f16: Uint16Array,
  i32: Int32Array,
  i64: Float64Array,
  u8: Uint8Array,
  i8: Int8Array,
  bool: Uint8Array,
}

/** Zeros of a dtype; a `usage` error where it is none, or where there is no room for so many. */
export function allocate(dtype: DType, size: number): TensorData {
  if (!isDType(dtype)) throw new EpipoleError('usage', `${dtype} is no element type: take one of ${DTYPES.join(', ')}.`)
  try {
    return new STORAGE[dtype](size)
  } catch (cause) {
    throw new EpipoleError(
      'usage',
      `There is no room for ${size} numbers of ${dtype}.`,
      { size },
      { cause: cause as Error },
    )
  }
}
