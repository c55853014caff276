import { isFloat } from '../dtype.js'
import * as ops from '../ops/index.js'
import type { Tensor } from '../tensor.js'
import { binary, type ImportTable, through, unary } from './import-helpers.js'
import type { ImportNode } from './import-node.js'

const within = (condition: Tensor, x: Tensor) => ops.mul(x, ops.cast(condition, x.dtype))
/** tanh's inverse, exact near 0. */
const atanh = (x: Tensor) => ops.mul(ops.sub(ops.log1p(x), ops.log1p(ops.neg(x))), 0.5)
/** sinh's inverse by |x| + x² / (1 + √(1 + x²)), in which nothing cancels. */
function asinh(x: Tensor) {
  const part = ops.div(ops.square(x), ops.add(ops.sqrt(ops.add(ops.square(x), 1)), 1))
  return ops.mul(ops.sign(x), ops.log1p(ops.add(ops.abs(x), part)))
}

/** The rest of a division: with the sign of the divisor, or with `fmod` of the dividend. */
function mod(a: Tensor, b: Tensor, node: ImportNode): Tensor {
  const q = ops.div(a, b)
  const towardsZero = isFloat(a.dtype) ? ops.mul(ops.sign(q), ops.floor(ops.abs(q))) : q
  const rest = ops.sub(a, ops.mul(towardsZero, b))
  if (node.int('fmod', 0) === 1) return rest
  const zero = ops.mul(rest, 0)
  const opposite = ops.less(ops.mul(ops.sign(rest), ops.sign(b)), zero)
  return ops.where(opposite, ops.add(rest, b), rest)
}

function isInfinite(x: Tensor, node: ImportNode): Tensor {
  const side = (name: string, sign: number) => ops.equal(x, node.int(name, 1) === 1 ? sign * Infinity : Number.NaN)
  return ops.or(side('detect_positive', 1), side('detect_negative', -1))
}

/** Functions of each element. */
export const elementwise: ImportTable = {
  Acosh: unary((x) => ops.log(ops.add(x, ops.sqrt(ops.sub(ops.square(x), 1))))),
  Asinh: unary(asinh),
  Atanh: unary(atanh),
  CastLike: binary((x, like) => ops.cast(x, like.dtype)),
  Celu: unary((x, node) => {
    const alpha = node.float('alpha', 1)
    return ops.add(ops.relu(x), ops.minimum(ops.mul(ops.expm1(ops.div(ops.minimum(x, 0), alpha)), alpha), 0))
  }),
  Cosh: unary((x) => ops.mul(ops.add(ops.exp(x), ops.exp(ops.neg(x))), 0.5)),
  IsInf: unary(isInfinite),
  IsNaN: unary((x) => ops.not(ops.equal(x, x))),
  Mod: binary((a, b, node) =>
    a.dtype === 'u8' ? through('i32', a, (x) => mod(x, ops.cast(b, 'i32'), node)) : mod(a, b, node),
  ),
  Shrink: unary((x, node) =>
    // (ONNX shrinks whole numbers too.)
    through('f32', x, (v) => {
      const [bias, limit] = [node.float('bias', 0), node.float('lambd', 0.5)]
      return ops.where(ops.less(v, -limit), ops.add(v, bias), ops.where(ops.greater(v, limit), ops.sub(v, bias), 0))
    }),
  ),
  Sinh: unary((x) => ops.mul(ops.sub(ops.expm1(x), ops.expm1(ops.neg(x))), 0.5)),
  Tan: unary((x) => ops.div(ops.sin(x), ops.cos(x))),
  ThresholdedRelu: unary((x, node) => within(ops.greater(x, node.float('alpha', 1)), x)),
}
