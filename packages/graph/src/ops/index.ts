export { add, div, maximum, minimum, mul, pow, sub } from './binary.js'
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
export { expand } from './expand.js'
export { gather, scatterAdd } from './gather.js'
export { matmul } from './matmul.js'
export { dilate, pad } from './pad.js'
export { argmax, argmin, max, mean, min, type ReduceOptions, sum, sumTo } from './reduce.js'
export { flatten, reshape } from './reshape.js'
export { cast, where } from './select.js'
export { slice, split } from './slice.js'
export { logSoftmax, softmax } from './softmax.js'
export { transpose } from './transpose.js'
export { abs, ceil, cos, erf, exp, floor, log, neg, relu, round, sigmoid, sign, sin, sqrt, tanh } from './unary.js'
