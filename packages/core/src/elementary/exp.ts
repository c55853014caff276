import { ROUND, scale } from './bits.js'

// ln 2 in two parts: k · LN2_HIGH is exact for |k| < 2000.
const LN2_HIGH = 0.6931471803691238
const LN2_LOW = 1.9082149292705877e-10
const INV_LN2 = Math.LOG2E

/** x (eˣ + 1) / (eˣ − 1) − 2 on |x| ≤ ln 2 / 2, as a polynomial in t = x² (fdlibm e_exp.c; error below 2⁻⁵⁹). */
export function expRational(t: number): number {
  return (
    t *
    (0.16666666666666602 +
      t *
        (-2.7777777777015593e-3 +
          t * (6.613756321437934e-5 + t * (-1.6533902205465252e-6 + t * 4.1381367970572385e-8))))
  )
}

/** eˣ, error below 1 ulp. */
export function exp(x: number): number {
  if (!(x <= 709.782712893384)) return Number.isNaN(x) ? x : Number.POSITIVE_INFINITY
  if (x < -745.1332191019412) return 0
  const k = x * INV_LN2 + ROUND - ROUND
  const high = x - k * LN2_HIGH
  const low = k * LN2_LOW
  const r = high - low
  const c = r - expRational(r * r)
  return scale(1 - (low - (r * c) / (2 - c) - high), k)
}

/** eˣ − 1 without cancellation near zero, error below 1 ulp (fdlibm s_expm1.c). */
export function expm1(x: number): number {
  if (!(x <= 709.782712893384)) return Number.isNaN(x) ? x : Number.POSITIVE_INFINITY
  if (x < -38.9) return -1
  if (Math.abs(x) < 5.6e-17) return x
  const k = Math.abs(x) <= 0.34657359027997264 ? 0 : x * INV_LN2 + ROUND - ROUND
  const high = x - k * LN2_HIGH
  const low = k * LN2_LOW
  const r = high - low
  const lost = high - r - low
  const half = 0.5 * r
  const h = r * half
  const q =
    1 +
    h *
      (-3.333333333333313e-2 +
        h *
          (1.5873015872548146e-3 +
            h * (-7.93650757867488e-5 + h * (4.008217827329362e-6 + h * -2.0109921818362437e-7))))
  const t = 3 - q * half
  const e0 = h * ((q - t) / (6 - r * t))
  if (k === 0) return r - (r * e0 - h)
  const e = r * (e0 - lost) - lost - h
  if (k === -1) return 0.5 * (r - e) - 0.5
  if (k === 1) return r < -0.25 ? -2 * (e - (r + 0.5)) : 1 + 2 * (r - e)
  if (k < 0 || k > 56) return scale(r - e + 1, k) - 1
  // 2ᵏ (1 + r − e) − 1, with the −1 taken inside at whichever end of the sum keeps its bits.
  const inverse = scale(1, -k)
  return k < 20 ? scale(r - e + (1 - inverse), k) : scale(r - (e + inverse) + 1, k)
}
