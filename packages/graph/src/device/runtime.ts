import type { DType } from '../dtype.js'
import type { NdArray } from '../nd-array.js'

/**
 * The part of ONNX Runtime's JavaScript interface that devices use, the same natively and in WebAssembly. It is written down
 * here so that neither package is needed to compile against this one.
 */
export interface Runtime {
  readonly Tensor: new (type: RuntimeType, data: RuntimeData, dims: readonly number[]) => RuntimeTensor
  readonly InferenceSession: {
    create(model: Uint8Array, options: Readonly<Record<string, unknown>>): Promise<RuntimeSession>
  }
  /** Whether results can be written into tensors handed in (natively), or are new ones each time (WebAssembly). */
  readonly writesIntoTensors: boolean
  /** Whether its convolutions may know blocked images (`channelBlock` finds out): natively, on some processors. */
  readonly mayHaveBlocks?: boolean
  readonly sessionOptions: Readonly<Record<string, unknown>>
}

export type RuntimeType = 'float32' | 'float64' | 'float16' | 'int32' | 'int64' | 'uint8' | 'int8' | 'bool'
export type RuntimeData = NdArray['data'] | BigInt64Array

export interface RuntimeTensor {
  readonly data: unknown
  readonly dims: readonly number[]
}

export interface RuntimeSession {
  run(
    feeds: Readonly<Record<string, RuntimeTensor>>,
    fetches: Readonly<Record<string, RuntimeTensor | null>>,
  ): Promise<Readonly<Record<string, RuntimeTensor>>>
  release(): Promise<void>
}

const TYPES: Readonly<Record<DType, RuntimeType>> = {
  f32: 'float32',
  f64: 'float64',
  f16: 'float16',
  i32: 'int32',
  i64: 'int64',
  u8: 'uint8',
  i8: 'int8',
  bool: 'bool',
}

/** As the runtime takes it; i64 is copied into 64-bit integers, f32 that is held in f64 is rounded, all else is shared. */
export function toRuntime({ Tensor }: Runtime, { dtype, shape, data }: NdArray): RuntimeTensor {
  const rounds = dtype === 'f32' && !(data instanceof Float32Array)
  const given =
    dtype === 'i64' ? BigInt64Array.from(data as Float64Array, BigInt) : rounds ? Float32Array.from(data) : data
  return new Tensor(TYPES[dtype], given, shape)
}

/** As graphs know it; shares memory with the runtime's tensor where the types allow it. */
export function fromRuntime(dtype: DType, { data, dims }: RuntimeTensor): NdArray {
  const numbers = dtype === 'i64' ? Float64Array.from(data as BigInt64Array, Number) : (data as NdArray['data'])
  return { dtype, shape: [...dims], data: numbers }
}
