import { exp } from '@epipole/core'

/**
 * erf(x) = 2/√π ∫₀ˣ e^(−t²) dt to about 1e-15: its Taylor series up to 2, the continued fraction of erfc beyond
 * (Abramowitz & Stegun 7.1.6 and 7.1.14).
 */
export function erfOf(x: number): number {
  const a = Math.abs(x)
  if (!(a < 6)) return a >= 6 ? Math.sign(x) : Number.NaN
  if (a <= 2) {
    let term = x
    let sum = x
    for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(sum); n++) {
      term *= (2 * x * x) / (2 * n + 1)
      sum += term
    }
    return 1.1283791670955126 * exp(-x * x) * sum
  }
  let fraction = a
  for (let n = 80; n > 0; n--) fraction = a + n / (2 * fraction)
  const erfc = (exp(-a * a) / fraction) * 0.5641895835477563
  return Math.sign(x) * (1 - erfc)
}
