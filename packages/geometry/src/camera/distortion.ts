import { atan, tan } from '@epipole/core'

/**
 * Problem: bend the plane z = 1 as lenses do.
 * Equation: one polynomial or function a model, see each kernel.
 * Source: COLMAP, `colmap/base/camera_models.h`; OpenCV, calib3d; field of view: Devernay and Faugeras 2001.
 * Preconditions: finite (u, v); beyond the fold of a polynomial the value is that of the polynomial.
 * Solutions: one (forward); the inverse is in `unproject.ts`.
 */

/**
 * Lens distortion (u, v) → (ud, vd) on the plane z = 1 of the camera frame, each with its derivatives. The formulas are
 * COLMAP's (`colmap/base/camera_models.h`), which are OpenCV's where OpenCV has the model.
 *
 * A kernel reads its coefficients at `params[first…]` and writes into `out`:
 * `out[0..1]` = ud, vd; `out[2..5]` = ∂ud/∂u, ∂ud/∂v, ∂vd/∂u, ∂vd/∂v; `out[6 + 2i]`, `out[7 + 2i]` = ∂(ud, vd)/∂params[i]
 * for its own coefficients i.
 */
export type Distortion = (params: Float64Array, first: number, u: number, v: number, out: Float64Array) => void

/** Where the derivatives with respect to the parameters begin in a kernel's output. */
export const PARAM_DERIVATIVES = 6

/** Writes (u, v)·g(ρ) and its Jacobian, ρ = u² + v², given g and dg/dρ. */
function writeRadial(u: number, v: number, g: number, dg: number, out: Float64Array): void {
  const mixed = 2 * dg * u * v
  out[0] = u * g
  out[1] = v * g
  out[2] = g + 2 * dg * u * u
  out[3] = mixed
  out[4] = mixed
  out[5] = g + 2 * dg * v * v
}

/** No distortion. */
export const identity: Distortion = (_params, _first, u, v, out) => writeRadial(u, v, 1, 0, out)

/** (u, v)·(1 + k1 ρ + k2 ρ² + … + kn ρⁿ). */
export function radialPolynomial(count: number): Distortion {
  return (params, first, u, v, out) => {
    const rho = u * u + v * v
    let g = 1
    let dg = 0
    let power = 1
    for (let i = 0; i < count; i++) {
      const k = params[first + i]
      dg += (i + 1) * k * power
      power *= rho
      g += k * power
      out[PARAM_DERIVATIVES + 2 * (first + i)] = u * power
      out[PARAM_DERIVATIVES + 2 * (first + i) + 1] = v * power
    }
    writeRadial(u, v, g, dg, out)
  }
}

/** Adds the decentring (Brown–Conrady) terms 2 p1 uv + p2 (ρ + 2u²), 2 p2 uv + p1 (ρ + 2v²); p1 is at `params[at]`. */
function addTangential(params: Float64Array, at: number, u: number, v: number, out: Float64Array): void {
  const p1 = params[at]
  const p2 = params[at + 1]
  const uv2 = 2 * u * v
  const uu3 = 3 * u * u + v * v
  const vv3 = u * u + 3 * v * v
  out[0] += p1 * uv2 + p2 * uu3
  out[1] += p2 * uv2 + p1 * vv3
  const mixed = 2 * (p1 * u + p2 * v)
  out[2] += 2 * p1 * v + 6 * p2 * u
  out[3] += mixed
  out[4] += mixed
  out[5] += 2 * p2 * u + 6 * p1 * v
  const d = PARAM_DERIVATIVES + 2 * at
  out[d] = uv2
  out[d + 1] = vv3
  out[d + 2] = uu3
  out[d + 3] = uv2
}

const radial2 = radialPolynomial(2)

/** OPENCV: k1, k2, p1, p2. */
export const brown: Distortion = (params, first, u, v, out) => {
  radial2(params, first, u, v, out)
  addTangential(params, first + 2, u, v, out)
}

/** FULL_OPENCV: k1, k2, p1, p2, k3, k4, k5, k6; radial factor (1 + k1 ρ + k2 ρ² + k3 ρ³) / (1 + k4 ρ + k5 ρ² + k6 ρ³). */
export const rational: Distortion = (params, first, u, v, out) => {
  const rho = u * u + v * v
  const rho2 = rho * rho
  const rho3 = rho2 * rho
  const k1 = params[first]
  const k2 = params[first + 1]
  const k3 = params[first + 4]
  const k4 = params[first + 5]
  const k5 = params[first + 6]
  const k6 = params[first + 7]
  const inverse = 1 / (1 + k4 * rho + k5 * rho2 + k6 * rho3)
  const g = (1 + k1 * rho + k2 * rho2 + k3 * rho3) * inverse
  const dNumerator = k1 + 2 * k2 * rho + 3 * k3 * rho2
  const dDenominator = k4 + 2 * k5 * rho + 3 * k6 * rho2
  writeRadial(u, v, g, (dNumerator - g * dDenominator) * inverse, out)
  addTangential(params, first + 2, u, v, out)
  const d = PARAM_DERIVATIVES + 2 * first
  writePair(out, d, u, v, rho * inverse)
  writePair(out, d + 2, u, v, rho2 * inverse)
  writePair(out, d + 8, u, v, rho3 * inverse)
  writePair(out, d + 10, u, v, -g * rho * inverse)
  writePair(out, d + 12, u, v, -g * rho2 * inverse)
  writePair(out, d + 14, u, v, -g * rho3 * inverse)
}

function writePair(out: Float64Array, at: number, u: number, v: number, factor: number): void {
  out[at] = u * factor
  out[at + 1] = v * factor
}

/** THIN_PRISM_FISHEYE on the angle plane: k1, k2, p1, p2, k3, k4, sx1, sy1. */
export const thinPrism: Distortion = (params, first, u, v, out) => {
  const rho = u * u + v * v
  const rho2 = rho * rho
  const rho3 = rho2 * rho
  const rho4 = rho2 * rho2
  const k1 = params[first]
  const k2 = params[first + 1]
  const k3 = params[first + 4]
  const k4 = params[first + 5]
  const sx = params[first + 6]
  const sy = params[first + 7]
  const g = 1 + k1 * rho + k2 * rho2 + k3 * rho3 + k4 * rho4
  writeRadial(u, v, g, k1 + 2 * k2 * rho + 3 * k3 * rho2 + 4 * k4 * rho3, out)
  addTangential(params, first + 2, u, v, out)
  out[0] += sx * rho
  out[1] += sy * rho
  out[2] += 2 * sx * u
  out[3] += 2 * sx * v
  out[4] += 2 * sy * u
  out[5] += 2 * sy * v
  const d = PARAM_DERIVATIVES + 2 * first
  writePair(out, d, u, v, rho)
  writePair(out, d + 2, u, v, rho2)
  writePair(out, d + 8, u, v, rho3)
  writePair(out, d + 10, u, v, rho4)
  out[d + 12] = rho
  out[d + 13] = 0
  out[d + 14] = 0
  out[d + 15] = rho
}

/** s(q) = atan(√q)/√q, smooth at q = 0. */
function atanRatio(q: number): number {
  // Below 0.01 the series reaches f64 precision with nine terms, and the closed form of the derivative would cancel.
  if (q < 0.01) {
    return (
      1 +
      q * (-1 / 3 + q * (1 / 5 + q * (-1 / 7 + q * (1 / 9 + q * (-1 / 11 + q * (1 / 13 + q * (-1 / 15 + q / 17)))))))
    )
  }
  const r = Math.sqrt(q)
  return atan(r) / r
}

/** ds/dq, given s = atanRatio(q). */
function atanRatioSlope(q: number, s: number): number {
  if (q < 0.01) {
    return (
      -1 / 3 +
      q *
        (2 / 5 +
          q * (-3 / 7 + q * (4 / 9 + q * (-5 / 11 + q * (6 / 13 + q * (-7 / 15 + q * (8 / 17 - (9 * q) / 19)))))))
    )
  }
  return (1 / (1 + q) - s) / (2 * q)
}

/**
 * Plane → angle plane of the equidistant fisheye: the point keeps its direction and its radius r becomes the angle
 * θ = atan r to the optical axis. Writes as a kernel without coefficients.
 */
export const angleFromPlane: Distortion = (_params, _first, u, v, out) => {
  const rho = u * u + v * v
  const s = atanRatio(rho)
  writeRadial(u, v, s, atanRatioSlope(rho, s), out)
}

/** Coefficients of ω⁰, ω², … of 2 tan(ω/2)/ω. */
const FOV_SERIES = [1, 1 / 12, 1 / 120, 17 / 20160, 31 / 362880, 691 / 79833600, 5461 / 6227020800] as const

/** τ(ω)/ω for τ = 2 tan(ω/2), and its derivative, smooth at ω = 0; writes both into `out`. */
function fovRatio(omega: number, out: Float64Array): void {
  const w = omega * omega
  if (w < 0.01) {
    let ratio = 0
    let slope = 0
    for (let i = FOV_SERIES.length - 1; i >= 1; i--) {
      ratio = ratio * w + FOV_SERIES[i]
      slope = slope * w + 2 * i * FOV_SERIES[i]
    }
    out[0] = 1 + w * ratio
    out[1] = omega * slope
    return
  }
  const tau = 2 * tan(omega / 2)
  out[0] = tau / omega
  out[1] = (1 + (tau * tau) / 4 - tau / omega) / omega
}

const fovScratch = new Float64Array(2)

/**
 * FOV (Devernay and Faugeras, "Straight lines have to be straight", 2001): radius r → atan(2 r tan(ω/2)) / ω.
 * One coefficient, ω in radians; ω = 0 is the pinhole.
 */
export const fieldOfView: Distortion = (params, first, u, v, out) => {
  const rho = u * u + v * v
  const omega = params[first]
  fovRatio(omega, fovScratch)
  const ratio = fovScratch[0]
  const tau = ratio * omega
  const q = tau * tau * rho
  const s = atanRatio(q)
  const slope = atanRatioSlope(q, s)
  writeRadial(u, v, ratio * s, ratio * slope * tau * tau, out)
  const dTau = 1 + (tau * tau) / 4
  writePair(out, PARAM_DERIVATIVES + 2 * first, u, v, fovScratch[1] * s + ratio * slope * 2 * tau * rho * dTau)
}
