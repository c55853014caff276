import { reduce, remainder } from './reduce.js'

const QUARTER_PI = 0.7853981633974483

/** sin(x + y) for |x| ≤ π/4 and its tail y (fdlibm k_sin.c; polynomial error below 2⁻⁵⁸). */
function sinKernel(x: number, y: number): number {
  const z = x * x
  const w = z * z
  const r =
    8.33333333332249e-3 +
    z * (-1.984126982985795e-4 + z * 2.7557313707070068e-6) +
    z * w * (-2.5050760253406863e-8 + z * 1.58969099521155e-10)
  const v = z * x
  return x - (z * (0.5 * y - v * r) - y - v * -0.16666666666666632)
}

/** cos(x + y) for |x| ≤ π/4 and its tail y (fdlibm k_cos.c; polynomial error below 2⁻⁵⁸). */
function cosKernel(x: number, y: number): number {
  const z = x * x
  const w = z * z
  const r =
    z * (4.16666666666666e-2 + z * (-1.388888888887411e-3 + z * 2.480158728947673e-5)) +
    w * w * (-2.7557314351390663e-7 + z * (2.087572321298175e-9 + z * -1.1359647557788195e-11))
  const half = 0.5 * z
  const head = 1 - half
  return head + (1 - head - half + (z * r - x * y))
}

/** Sine of an angle in radians, error below 1 ulp for every finite x; NaN for ±∞. */
export function sin(x: number): number {
  const size = Math.abs(x)
  if (size <= QUARTER_PI) return size < 7.450580596923828e-9 ? x : sinKernel(x, 0)
  if (!(size < Number.POSITIVE_INFINITY)) return Number.NaN
  const n = reduce(x)
  const value = n & 1 ? cosKernel(remainder.high, remainder.low) : sinKernel(remainder.high, remainder.low)
  return n & 2 ? -value : value
}

/** Cosine of an angle in radians, error below 1 ulp for every finite x; NaN for ±∞. */
export function cos(x: number): number {
  const size = Math.abs(x)
  if (size <= QUARTER_PI) return cosKernel(x, 0)
  if (!(size < Number.POSITIVE_INFINITY)) return Number.NaN
  const n = reduce(x)
  const value = n & 1 ? sinKernel(remainder.high, remainder.low) : cosKernel(remainder.high, remainder.low)
  return n === 1 || n === 2 ? -value : value
}

/** `out[0] = sin(x)`, `out[1] = cos(x)`, to the same bits as the two functions, for little more than the price of one. */
export function sincos(x: number, out: { [index: number]: number } = [0, 0]): { [index: number]: number } {
  const size = Math.abs(x)
  if (!(size < Number.POSITIVE_INFINITY)) {
    out[0] = Number.NaN
    out[1] = Number.NaN
    return out
  }
  if (size <= QUARTER_PI) {
    out[0] = size < 7.450580596923828e-9 ? x : sinKernel(x, 0)
    out[1] = cosKernel(x, 0)
    return out
  }
  const n = reduce(x)
  const s = sinKernel(remainder.high, remainder.low)
  const c = cosKernel(remainder.high, remainder.low)
  const first = n & 1 ? c : s
  const second = n & 1 ? s : c
  out[0] = n & 2 ? -first : first
  out[1] = n === 1 || n === 2 ? -second : second
  return out
}

/** Tangent of an angle in radians, error below 1 ulp for every finite x; NaN for ±∞. */
export function tan(x: number): number {
  const size = Math.abs(x)
  if (size <= QUARTER_PI) return size < 7.450580596923828e-9 ? x : tanKernel(x, 0, false)
  if (!(size < Number.POSITIVE_INFINITY)) return Number.NaN
  const n = reduce(x)
  return tanKernel(remainder.high, remainder.low, (n & 1) === 1)
}

/** tan(x + y), or −1/tan(x + y), for |x| ≤ π/4 and its tail y (fdlibm k_tan.c; polynomial error below 2⁻⁵⁹). */
function tanKernel(x0: number, y0: number, negativeInverse: boolean): number {
  // Near π/4: tan(π/4 − u) = 1 − 2 (tan u − tan² u / (1 + tan u)).
  const near = Math.abs(x0) >= 0.67434
  const sign = x0 < 0 ? -1 : 1
  const x = near ? QUARTER_PI - sign * x0 + (3.061616997868383e-17 - sign * y0) : x0
  const y = near ? 0 : y0
  const z = x * x
  const w = z * z
  const odd =
    0.13333333333320124 +
    w *
      (2.1869488294859542e-2 +
        w *
          (3.5920791075913124e-3 +
            w * (5.880412408202641e-4 + w * (7.817944429395571e-5 + w * -1.8558637485527546e-5))))
  const even =
    z *
    (5.396825397622605e-2 +
      w *
        (8.8632398235993e-3 +
          w *
            (1.4562094543252903e-3 +
              w * (2.464631348184699e-4 + w * (7.140724913826082e-5 + w * 2.590730518636337e-5)))))
  const s = z * x
  const tail = y + z * (s * (odd + even) + y) + 0.3333333333333341 * s
  const value = x + tail
  if (near) {
    const one = negativeInverse ? -1 : 1
    return sign * (one - 2 * (x - ((value * value) / (value + one) - tail)))
  }
  if (!negativeInverse) return value
  // −1 / (x + tail) with the quotient's error put right, from heads short enough for exact products.
  const head = Math.fround(value)
  const rest = tail - (head - x)
  const quotient = -1 / value
  const q = Math.fround(quotient)
  return q + quotient * (1 + q * head + q * rest)
}
