import { EpipoleError } from '@epipole/core'
import { type DType, isFloat } from '../dtype.js'
import { type NdArray, ndArray } from '../nd-array.js'
import { ONNX_DTYPE } from '../ops/select.js'
import { showShape } from '../shape.js'
import { type TensorProto, TensorProto_DataLocation } from './onnx.generated.js'
import { byteLength, fromBytes } from './tensor-proto.js'

const DTYPES = new Map(Object.entries(ONNX_DTYPE).map(([dtype, number]) => [number, dtype as DType]))

/** Our element type of ONNX's number; an `unsupported` error where there is none. */
export function dtypeOf(number: number, what: string): DType {
  const dtype = DTYPES.get(number)
  if (dtype !== undefined) return dtype
  const known = [...DTYPES].map(([n, name]) => `${name} (${n})`).join(', ')
  throw new EpipoleError('unsupported', `${what} has ONNX's element type ${number}; known are ${known}.`, { number })
}

/** Sizes as numbers, with their product; an `input` error where one is negative or all are more than can be. */
export function shapeOf(dims: readonly bigint[], what: string): { shape: number[]; size: number } {
  const shape = dims.map(Number)
  const size = shape.reduce((a, b) => a * b, 1)
  if (shape.some((n) => n < 0) || !(size < 2 ** 40))
    throw new EpipoleError('input', `${what} says its shape is ${showShape(shape)}.`)
  return { shape, size }
}

/** The numbers of a tensor, after its sizes have been compared with what is there. */
export function readTensor(tensor: TensorProto): NdArray {
  const what = `The tensor "${tensor.name}"`
  if (tensor.dataLocation === TensorProto_DataLocation.EXTERNAL || tensor.externalData.length > 0)
    throw new EpipoleError(
      'unsupported',
      `${what} keeps its numbers in another file: save the model with its data inside.`,
    )
  const dtype = dtypeOf(tensor.dataType, what)
  const { shape, size } = shapeOf(tensor.dims, what)
  const check = (there: number, wanted: number, unit: string) => {
    if (there !== wanted)
      throw new EpipoleError(
        'input',
        `${what}, ${dtype}${showShape(shape)}, should have ${wanted} ${unit}, not ${there}.`,
      )
  }
  if (tensor.rawData.length > 0 || size === 0) {
    check(tensor.rawData.length, byteLength(dtype, size), 'bytes')
    return { dtype, shape, data: fromBytes(dtype, tensor.rawData) }
  }
  const listed =
    dtype === 'f32'
      ? tensor.floatData
      : dtype === 'f64'
        ? tensor.doubleData
        : dtype === 'i64'
          ? tensor.int64Data.map(Number)
          : tensor.int32Data
  check(listed.length, size, isFloat(dtype) ? 'floats' : 'integers')
  return ndArray(listed, shape, dtype)
}
