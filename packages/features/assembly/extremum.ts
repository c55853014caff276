// The extremum of the triquadratic polynomial through 3 × 3 × 3 samples: Σ f_kji L_k(s) L_j(y) L_i(x) with Lagrange's
// quadratics. One Newton step from the centre is Lowe's and Brown's fit; that leaves out that the curvature in x and y
// changes with scale, an error of up to 0.03 samples. Going on to convergence on the same samples takes it away.

/** The samples, x fastest, then y, then s, at −1, 0, 1. */
export const cube: usize = memory.data(27 * 8)
/** Result: offsets x, y, s and the value there. */
const result: usize = memory.data(4 * 8)

/** Weights of three samples for a quadratic's value, first and second derivative. */
const weights: usize = memory.data(9 * 8)
/** After the sum over x: 9 rows of (value, x-derivative, second x-derivative). */
const rows: usize = memory.data(27 * 8)
/** After the sum over y: 3 slices of f, f_x, f_xx, f_y, f_xy, f_yy. */
const slices: usize = memory.data(18 * 8)

const ROUNDS: i32 = 4

@inline
export function offsetX(): f64 {
  return load<f64>(result)
}

@inline
export function offsetY(): f64 {
  return load<f64>(result, 8)
}

@inline
export function offsetS(): f64 {
  return load<f64>(result, 16)
}

@inline
export function valueThere(): f64 {
  return load<f64>(result, 24)
}

/** Curvatures of the last round: whether the extremum is one in x and y, and Lowe's edge measure. */
let xx: f64 = 0
let yy: f64 = 0
let xy: f64 = 0

/** trace² / determinant of the Hessian in x and y; −1 where its signs differ. */
export function edgeMeasure(): f64 {
  const determinant = xx * yy - xy * xy
  return determinant > 0 ? ((xx + yy) * (xx + yy)) / determinant : -1
}

function setWeights(t: f64): void {
  store<f64>(weights, 0.5 * t * (t - 1))
  store<f64>(weights, 1 - t * t, 8)
  store<f64>(weights, 0.5 * t * (t + 1), 16)
  store<f64>(weights, t - 0.5, 24)
  store<f64>(weights, -2 * t, 32)
  store<f64>(weights, t + 0.5, 40)
  store<f64>(weights, 1, 48)
  store<f64>(weights, -2, 56)
  store<f64>(weights, 1, 64)
}

/** The value (order 0) or derivative (1, 2) from three numbers `step` bytes apart. */
@inline
function weigh(order: i32, from: usize, step: usize): f64 {
  const w = weights + <usize>(order * 24)
  const outer = load<f64>(w) * load<f64>(from) + load<f64>(w, 16) * load<f64>(from + 2 * step)
  return outer + load<f64>(w, 8) * load<f64>(from + step)
}

function sumOverX(x: f64): void {
  setWeights(x)
  for (let row: usize = 0; row < 27 * 8; row += 24) {
    store<f64>(rows + row, weigh(0, cube + row, 8))
    store<f64>(rows + row, weigh(1, cube + row, 8), 8)
    store<f64>(rows + row, weigh(2, cube + row, 8), 16)
  }
}

function sumOverY(y: f64): void {
  setWeights(y)
  for (let k: usize = 0; k < 3; ++k) {
    const from = rows + k * 72
    const to = slices + k * 48
    store<f64>(to, weigh(0, from, 24))
    store<f64>(to, weigh(0, from + 8, 24), 8)
    store<f64>(to, weigh(0, from + 16, 24), 16)
    store<f64>(to, weigh(1, from, 24), 24)
    store<f64>(to, weigh(1, from + 8, 24), 32)
    store<f64>(to, weigh(2, from, 24), 40)
  }
}

/** Runs Newton's method from the centre. Returns false where a Hessian is singular or a step leaves the cell by far. */
export function findExtremum(): bool {
  let x: f64 = 0
  let y: f64 = 0
  let s: f64 = 0
  for (let round = 0; round < ROUNDS; ++round) {
    sumOverX(x)
    sumOverY(y)
    setWeights(s)
    const gx = weigh(0, slices + 8, 48)
    const gy = weigh(0, slices + 24, 48)
    const gs = weigh(1, slices, 48)
    const ss = weigh(2, slices, 48)
    const xs = weigh(1, slices + 8, 48)
    const ys = weigh(1, slices + 24, 48)
    xx = weigh(0, slices + 16, 48)
    xy = weigh(0, slices + 32, 48)
    yy = weigh(0, slices + 40, 48)
    // Cramer's rule with the adjugate of the symmetric Hessian.
    const a00 = yy * ss - ys * ys
    const a11 = xx * ss - xs * xs
    const a22 = xx * yy - xy * xy
    const a01 = xs * ys - xy * ss
    const a02 = xy * ys - xs * yy
    const a12 = xy * xs - xx * ys
    const determinant = xx * a00 + xy * a01 + xs * a02
    if (determinant == 0) return false
    x -= (a00 * gx + a01 * gy + a02 * gs) / determinant
    y -= (a01 * gx + a11 * gy + a12 * gs) / determinant
    s -= (a02 * gx + a12 * gy + a22 * gs) / determinant
    if (!(Math.abs(x) < 2 && Math.abs(y) < 2 && Math.abs(s) < 2)) break
  }
  sumOverX(x)
  sumOverY(y)
  setWeights(s)
  store<f64>(result, x)
  store<f64>(result, y, 8)
  store<f64>(result, s, 16)
  store<f64>(result, weigh(0, slices, 48), 24)
  return true
}
