export { customGradient, stopGradient, straightThrough } from './autodiff/custom.js'
export { gradients } from './autodiff/gradients.js'
export { type CompiledStep, compileStep, type Step } from './device/compile.js'
export type { CompileOptions, Device, Executable } from './device/device.js'
export { interpreterDevice } from './device/interpreter-device.js'
export type { DType, TensorData } from './dtype.js'
export {
  bool,
  f32,
  f64,
  type Graph,
  graphOf,
  i8,
  i32,
  i64,
  type NamedTensor,
  type Symbolic,
  type TensorSpec,
  type Traced,
  trace,
  u8,
} from './graph.js'
export { fromHalf, toHalf } from './half.js'
export { type InterpretOptions, interpret } from './interpret/interpret.js'
export { isNdArray, type NdArray, ndArray, scalarArray, zerosArray } from './nd-array.js'
export { fromOnnx, type OnnxModel, readOnnx } from './onnx/from-onnx.js'
export { type OnnxOptions, toOnnx } from './onnx/to-onnx.js'
export type { Attributes, GradientContext, Op, TensorType } from './op.js'
export * from './ops/index.js'
export { constant, input, type TensorLike } from './ops/sources.js'
export { withScope } from './scope.js'
export type { Shape } from './shape.js'
export { isTensor, Tensor } from './tensor.js'
export { leavesOf, type MapTree, mapTree, type Tree } from './tree.js'
