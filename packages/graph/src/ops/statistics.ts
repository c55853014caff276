import { axesOf } from '../arguments.js'
import { customGradient, stopGradient } from '../autodiff/custom.js'
import { REALS } from '../dtype.js'
import { misuse } from '../refusal.js'
import { reducedShape } from '../shape.js'
import { callText, isTensor, type Tensor } from '../tensor.js'
import { add, div, mul, sub } from './binary.js'
import { equal } from './compare.js'
import { max, mean, type ReduceOptions, sum } from './reduce.js'
import { reshape } from './reshape.js'
import { where } from './select.js'
import { abs, exp, log, sqrt } from './unary.js'

/** Compositions are refused by their own name. */
function checkFloat(name: string, x: Tensor): void {
  if (!isTensor(x) || !REALS.includes(x.dtype)) misuse(callText(name, [x]), 'it is defined for f32 and f64: cast first')
}

/** log Σ e^x over axes, safe from overflow; −∞ where all elements are. */
export function logSumExp(x: Tensor, { axes, keepDims = false }: ReduceOptions = {}): Tensor {
  checkFloat('logSumExp', x)
  // The maximum comes out of the sum; any finite number would do, so no gradient goes through it.
  const top = stopGradient(max(x, { axes, keepDims: true }))
  const shift = where(equal(abs(top), Number.POSITIVE_INFINITY), 0, top)
  const y = add(log(sum(exp(sub(x, shift)), { axes, keepDims: true })), shift)
  return keepDims ? y : reshape(y, reducedShape(x.shape, axesOf(x, axes), false))
}

/** Mean and variance over axes: E[x] and E[(x − E[x])²], as batch normalisation wants them. */
export function moments(x: Tensor, { axes, keepDims = false }: ReduceOptions = {}): { mean: Tensor; variance: Tensor } {
  checkFloat('moments', x)
  const centre = mean(x, { axes, keepDims: true })
  const d = sub(x, centre)
  const variance = mean(mul(d, d), { axes, keepDims })
  return { mean: keepDims ? centre : reshape(centre, variance.shape), variance }
}

/** The variance over axes: Σ (x − mean)² / (n − correction). The default 1 is unbiased, as in PyTorch. */
export function variance(x: Tensor, options: ReduceOptions & { readonly correction?: number } = {}): Tensor {
  checkFloat('variance', x)
  const { correction = 1, ...reduce } = options
  const n = axesOf(x, options.axes).reduce((size, axis) => size * x.shape[axis], 1)
  if (!(n > correction)) misuse(`variance of ${n} elements with correction ${correction}`, 'it needs more')
  const v = moments(x, reduce).variance
  return correction === 0 ? v : mul(v, n / (n - correction))
}

/**
 * x with mean 0 and variance 1 over axes: (x − mean) / √(variance + eps), the middle of batch, layer and group normalisation.
 * Its gradient is written out, because the chain of its parts would visit the data about twice as often:
 * with u the result, (g − mean(g) − u · mean(g · u)) / √(variance + eps).
 */
export function normalize(
  x: Tensor,
  { axes, eps = 1e-5 }: { readonly axes?: number | readonly number[]; readonly eps?: number } = {},
): Tensor {
  checkFloat('normalize', x)
  const over = { axes, keepDims: true }
  const { mean: centre, variance: spread } = moments(x, over)
  const scale = div(1, sqrt(add(spread, eps)))
  const u = mul(sub(x, centre), scale)
  return customGradient(u, [x], (g) => {
    const away = add(mean(g, over), mul(u, mean(mul(g, u), over)))
    return [mul(sub(g, away), scale)]
  })
}
