const HALF_PI = 1.5707963267948966
const HALF_PI_LOW = 6.123233995736766e-17
const QUARTER_PI = 0.7853981633974483
const PI = Math.PI
const PI_LOW = 1.2246467991473532e-16

/** (asin x − x) / x as a rational function of t = x² on [0, ¼] (fdlibm e_asin.c; error below 2⁻⁵⁸·⁷⁵). */
function asinRational(t: number): number {
  const p =
    t *
    (0.16666666666666666 +
      t *
        (-0.3255658186224009 +
          t *
            (0.20121253213486293 +
              t * (-4.005553450067941e-2 + t * (7.915349942898145e-4 + t * 3.479331075960212e-5)))))
  const q =
    1 + t * (-2.403394911734414 + t * (2.0209457602335057 + t * (-0.6882839716054533 + t * 7.703815055590194e-2)))
  return p / q
}

/** Arc sine in radians, error below 1 ulp; NaN for |x| > 1. */
export function asin(x: number): number {
  const size = Math.abs(x)
  if (size < 0.5) return size < 7.450580596923828e-9 ? x : x + x * asinRational(x * x)
  if (!(size <= 1)) return Number.NaN
  // asin x = π/2 − 2 asin √((1 − x)/2), the root in two parts so that the difference keeps its bits.
  const t = (1 - size) * 0.5
  const s = Math.sqrt(t)
  const r = asinRational(t)
  const head = Math.fround(s)
  const rest = s === 0 ? 0 : (t - head * head) / (s + head)
  const value = QUARTER_PI - (2 * s * r - (HALF_PI_LOW - 2 * rest) - (QUARTER_PI - 2 * head))
  return x < 0 ? -value : value
}

/** Arc cosine in radians, error below 1 ulp; NaN for |x| > 1. */
export function acos(x: number): number {
  const size = Math.abs(x)
  if (size < 0.5) return HALF_PI - (x - (HALF_PI_LOW - x * asinRational(x * x)))
  if (!(size <= 1)) return Number.NaN
  const t = (1 - size) * 0.5
  const s = Math.sqrt(t)
  const r = asinRational(t)
  if (x < 0) return PI - 2 * (s + (r * s - HALF_PI_LOW))
  const head = Math.fround(s)
  const rest = s === 0 ? 0 : (t - head * head) / (s + head)
  return 2 * (head + (r * s + rest))
}

/** atan x = (high + low) + atan of what is left, for the break points ½, 1, 3⁄2, ∞ (fdlibm s_atan.c; error below 1 ulp). */
function fromBreak(high: number, low: number, x: number): number {
  return high - (x * atanSeries(x) - low - x)
}

/** 1 − atan(x)/x for |x| ≤ 7/16. */
function atanSeries(x: number): number {
  const z = x * x
  const w = z * z
  const odd =
    z *
    (0.3333333333333293 +
      w *
        (0.14285714272503466 +
          w *
            (9.090887133436507e-2 +
              w * (6.661073137387531e-2 + w * (4.9768779946159324e-2 + w * 1.6285820115365782e-2)))))
  const even =
    w *
    (-0.19999999999876483 +
      w *
        (-0.11111110405462356 + w * (-7.69187620504483e-2 + w * (-5.8335701337905735e-2 + w * -3.6531572744216916e-2))))
  return odd + even
}

/** Arc tangent in radians, error below 1 ulp. */
export function atan(x: number): number {
  const t = Math.abs(x)
  if (t < 0.4375) return t < 7.450580596923828e-9 ? x : x - x * atanSeries(x)
  if (Number.isNaN(x)) return x
  let value: number
  if (t < 0.6875) value = fromBreak(0.4636476090008061, 2.2698777452961687e-17, (2 * t - 1) / (2 + t))
  else if (t < 1.1875) value = fromBreak(QUARTER_PI, 3.061616997868383e-17, (t - 1) / (t + 1))
  else if (t < 2.4375) value = fromBreak(0.982793723247329, 1.3903311031230998e-17, (t - 1.5) / (1 + 1.5 * t))
  else value = fromBreak(HALF_PI, HALF_PI_LOW, -1 / t)
  return x < 0 ? -value : value
}

/** The angle of the point (x, y) in [−π, π], in radians, error below 1.25 ulp; signed zeros and infinities as in `Math.atan2`. */
export function atan2(y: number, x: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return Number.NaN
  const ySize = Math.abs(y)
  const xSize = Math.abs(x)
  const left = x < 0 || (x === 0 && 1 / x < 0)
  let value: number
  if (ySize === 0) value = left ? PI : 0
  else if (xSize === 0) value = HALF_PI
  else if (xSize === Number.POSITIVE_INFINITY) {
    const slope = ySize === Number.POSITIVE_INFINITY ? QUARTER_PI : 0
    value = left ? (slope === 0 ? PI : 3 * QUARTER_PI) : slope
  } else if (ySize === Number.POSITIVE_INFINITY) value = HALF_PI
  else {
    const slope = atan(ySize / xSize)
    value = left ? PI - (slope - PI_LOW) : slope
  }
  return y < 0 || (y === 0 && 1 / y < 0) ? -value : value
}
