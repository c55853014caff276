export { type AttentionOptions, attention } from './attention.js'
export { add, div, maximum, minimum, mul, pow, reciprocal, square, sub } from './binary.js'
export { clamp } from './clamp.js'
export { and, equal, greater, greaterEqual, less, lessEqual, not, or } from './compare.js'
export { concat, stack } from './concat.js'
export {
  type Conv2dAttributes,
  type Conv2dOptions,
  conv2d,
  conv2dInput,
  conv2dKernel,
  convSize,
  convTranspose2d,
} from './conv2d.js'
export { cumsum } from './cumsum.js'
export { expand } from './expand.js'
export { fakeQuantize, type QuantizationGrid } from './fake-quantize.js'
export { embedding, gather, scatterAdd } from './gather.js'
export { matmul } from './matmul.js'
export { oneHot } from './one-hot.js'
export { orthogonalize } from './orthogonalize.js'
export { dilate, pad } from './pad.js'
export {
  type AvgPool2dOptions,
  adaptiveAvgPool2d,
  avgPool2d,
  avgPool2dInput,
  maxPool2d,
  maxPool2dPlaces,
  type Pool2dAttributes,
  type Pool2dOptions,
} from './pool.js'
export { dequantize, quantize } from './quantize.js'
export { argmax, argmin, max, mean, min, type ReduceOptions, sum, sumTo } from './reduce.js'
export { flatten, reshape } from './reshape.js'
export { type ResizeMode, resize2d } from './resize.js'
export { cast, where } from './select.js'
export { slice, split } from './slice.js'
export { logSoftmax, softmax } from './softmax.js'
export { logSumExp, moments, normalize, variance } from './statistics.js'
export { transpose } from './transpose.js'
export {
  abs,
  ceil,
  cos,
  erf,
  exp,
  expm1,
  floor,
  log,
  log1p,
  neg,
  relu,
  round,
  sigmoid,
  sign,
  sin,
  softplus,
  sqrt,
  tanh,
} from './unary.js'
