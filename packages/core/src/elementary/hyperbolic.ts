import { exp, expm1 } from './exp.js'

/** Hyperbolic sine, error below 2 ulp. */
export function sinh(x: number): number {
  const size = Math.abs(x)
  if (size < 3.7e-9) return x
  let value: number
  if (size < 22) {
    const t = expm1(size)
    value = size < 1 ? 0.5 * (2 * t - (t * t) / (t + 1)) : 0.5 * (t + t / (t + 1))
  } else value = halfExp(size)
  return x < 0 ? -value : value
}

/** Hyperbolic cosine, error below 2 ulp. */
export function cosh(x: number): number {
  const size = Math.abs(x)
  if (size < 0.34657359027997264) {
    const t = expm1(size)
    return 1 + (t * t) / (2 * (1 + t))
  }
  if (size < 22) {
    const t = exp(size)
    return 0.5 * t + 0.5 / t
  }
  return halfExp(size)
}

/** Hyperbolic tangent, error below 2 ulp. */
export function tanh(x: number): number {
  const size = Math.abs(x)
  if (size < 3.7e-9 || Number.isNaN(x)) return x
  let value = 1
  if (size < 1) {
    const t = expm1(-2 * size)
    value = -t / (t + 2)
  } else if (size < 22) value = 1 - 2 / (expm1(2 * size) + 2)
  return x < 0 ? -value : value
}

/** eˣ / 2, also where eˣ itself overflows. */
function halfExp(x: number): number {
  if (x < 709.7) return 0.5 * exp(x)
  const root = exp(0.5 * x)
  return 0.5 * root * root
}
