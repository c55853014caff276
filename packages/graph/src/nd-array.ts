import { EpipoleError } from '@epipole/core'
import { allocate, type DType, type TensorData } from './dtype.js'
import { isSize, type Shape, showShape, sizeOf } from './shape.js'

/** Numbers with a shape, row-major and without gaps: what goes into a graph and comes out. Structured-cloneable. */
export interface NdArray {
  readonly dtype: DType
  readonly shape: Shape
  readonly data: TensorData
}

/** Data as given, or numbers copied into the dtype's storage; a `usage` error where their count is not the shape's. */
export function ndArray(data: TensorData | ArrayLike<number>, shape: Shape, dtype: DType = dtypeOf(data)): NdArray {
  if (!Array.isArray(shape) || !shape.every(isSize))
    throw new EpipoleError('usage', `The shape ${shape} is no list of sizes, which are whole numbers from 0.`)
  const size = sizeOf(shape)
  if (data.length !== size)
    throw new EpipoleError(
      'usage',
      `${data.length} numbers for shape ${showShape(shape)}, which has ${size}${typeof data[0] === 'object' ? ': give them in one flat list, row after row' : ''}.`,
    )
  const storage = allocate(dtype, 0)
  if (data.constructor === storage.constructor) return { dtype, shape, data: data as TensorData }
  const copy = allocate(dtype, size)
  for (let i = 0; i < size; i++) copy[i] = data[i] as number
  return { dtype, shape, data: copy }
}

function dtypeOf(data: TensorData | ArrayLike<number>): DType {
  if (data instanceof Float64Array) return 'f64'
  if (data instanceof Int32Array) return 'i32'
  if (data instanceof Uint8Array) return 'u8'
  if (data instanceof Int8Array) return 'i8'
  if (data instanceof Uint16Array) return 'f16'
  return 'f32'
}

/** A scalar, f32 unless told. */
export const scalarArray = (value: number, dtype: DType = 'f32'): NdArray => ndArray([value], [], dtype)
export const zerosArray = (shape: Shape, dtype: DType = 'f32'): NdArray =>
  ndArray(allocate(dtype, sizeOf(shape)), shape, dtype)

export const isNdArray = (value: unknown): value is NdArray =>
  typeof value === 'object' && value !== null && ArrayBuffer.isView((value as NdArray).data) && 'shape' in value
