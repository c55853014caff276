// Extrema of the difference of Gaussians (Lowe, IJCV 2004, sections 3 and 4) over five rings of rows.

let width: i32 = 0
let height: i32 = 0
let stride: usize = 0
/** Per DoG level: base address and capacity (rows) of its ring. */
const rings: usize = memory.data(5 * 8)

/** A record of `detectRow`: x, y, s (f32, sub-sample), value (f32), then xi, yi, si (i32). */
export const RECORD_BYTES: i32 = 32

export function setOctave(octaveWidth: i32, octaveHeight: i32, rowStride: usize): void {
  width = octaveWidth
  height = octaveHeight
  stride = rowStride
}

export function setDog(level: i32, base: usize, capacity: i32): void {
  const entry = rings + (<usize>level << 3)
  store<usize>(entry, base)
  store<i32>(entry, capacity, 4)
}

@inline
function rowOf(level: i32, y: i32): usize {
  const entry = rings + (<usize>level << 3)
  return load<usize>(entry) + <usize>(y % load<i32>(entry, 4)) * stride
}

@inline
function at(level: i32, y: i32, x: i32): f64 {
  return <f64>load<f32>(rowOf(level, y) + (<usize>x << 2))
}

@inline
function max3(p: usize): v128 {
  return f32x4.pmax(f32x4.pmax(v128.load(p - 4), v128.load(p)), v128.load(p + 4))
}

@inline
function min3(p: usize): v128 {
  return f32x4.pmin(f32x4.pmin(v128.load(p - 4), v128.load(p)), v128.load(p + 4))
}

/**
 * Finds and refines the extrema of row y (levels 1 to 3); needs rows y − 6 … y + 6 of every level where they exist.
 * `peak` is the least |value| of the interpolated extremum, `edge` the greatest ratio of principal curvatures, r, tested
 * as (r + 1)² / r. Returns the number of records written to `out`.
 */
export function detectRow(y: i32, peak: f32, edge: f64, out: usize): i32 {
  let count = 0
  for (let level = 1; level <= 3; ++level) {
    count = scan(level, y, peak, edge, out, count)
  }
  return count
}

/**
 * Of two equal neighbours the later one in (level, y, x) counts as the extremum, so a blob centred between samples is
 * found once, not lost.
 */
function scan(level: i32, y: i32, peak: f32, edge: f64, out: usize, found: i32): i32 {
  let count = found
  const low = f32x4.splat(<f32>0.8 * peak)
  const p1 = rowOf(level - 1, y - 1)
  const p2 = rowOf(level - 1, y)
  const p3 = rowOf(level - 1, y + 1)
  const c1 = rowOf(level, y - 1)
  const c2 = rowOf(level, y)
  const c3 = rowOf(level, y + 1)
  const n1 = rowOf(level + 1, y - 1)
  const n2 = rowOf(level + 1, y)
  const n3 = rowOf(level + 1, y + 1)
  for (let x = 1; x < width - 1; x += 4) {
    const o = <usize>x << 2
    const v = v128.load(c2 + o)
    const strong = f32x4.gt(f32x4.abs(v), low)
    if (!v128.any_true(strong)) continue
    const left = v128.load(c2 + o - 4)
    const right = v128.load(c2 + o + 4)
    let isMax = v128.and(f32x4.ge(v, f32x4.pmax(max3(c1 + o), left)), f32x4.gt(v, f32x4.pmax(max3(c3 + o), right)))
    let isMin = v128.and(f32x4.le(v, f32x4.pmin(min3(c1 + o), left)), f32x4.lt(v, f32x4.pmin(min3(c3 + o), right)))
    isMax = v128.and(isMax, strong)
    isMin = v128.and(isMin, strong)
    if (!v128.any_true(v128.or(isMax, isMin))) continue
    const before = f32x4.pmax(f32x4.pmax(max3(p1 + o), max3(p2 + o)), max3(p3 + o))
    const after = f32x4.pmax(f32x4.pmax(max3(n1 + o), max3(n2 + o)), max3(n3 + o))
    isMax = v128.and(isMax, v128.and(f32x4.ge(v, before), f32x4.gt(v, after)))
    const beforeMin = f32x4.pmin(f32x4.pmin(min3(p1 + o), min3(p2 + o)), min3(p3 + o))
    const afterMin = f32x4.pmin(f32x4.pmin(min3(n1 + o), min3(n2 + o)), min3(n3 + o))
    isMin = v128.and(isMin, v128.and(f32x4.le(v, beforeMin), f32x4.lt(v, afterMin)))
    let mask = i32x4.bitmask(v128.or(isMax, isMin))
    while (mask) {
      const lane = ctz(mask)
      mask &= mask - 1
      if (x + lane < width - 1) count += refine(level, y, x + lane, peak, edge, out + <usize>(count * RECORD_BYTES))
    }
  }
  return count
}

/**
 * Fits a quadratic to the 3×3×3 neighbourhood and moves to the neighbour nearest its extremum, at most five times.
 * Returns 1 and writes a record if the extremum is strong, not on an edge, and within one sample of the last centre.
 */
function refine(level: i32, row: i32, column: i32, peak: f32, edge: f64, out: usize): i32 {
  let s = level
  let y = row
  let x = column
  for (let step = 0; ; ++step) {
    const v = at(s, y, x)
    const gx = 0.5 * (at(s, y, x + 1) - at(s, y, x - 1))
    const gy = 0.5 * (at(s, y + 1, x) - at(s, y - 1, x))
    const gs = 0.5 * (at(s + 1, y, x) - at(s - 1, y, x))
    const xx = at(s, y, x + 1) + at(s, y, x - 1) - 2 * v
    const yy = at(s, y + 1, x) + at(s, y - 1, x) - 2 * v
    const ss = at(s + 1, y, x) + at(s - 1, y, x) - 2 * v
    const xy = 0.25 * (at(s, y + 1, x + 1) + at(s, y - 1, x - 1) - (at(s, y - 1, x + 1) + at(s, y + 1, x - 1)))
    const xs = 0.25 * (at(s + 1, y, x + 1) + at(s - 1, y, x - 1) - (at(s - 1, y, x + 1) + at(s + 1, y, x - 1)))
    const ys = 0.25 * (at(s + 1, y + 1, x) + at(s - 1, y - 1, x) - (at(s - 1, y + 1, x) + at(s + 1, y - 1, x)))
    // Cramer's rule with the adjugate of the symmetric Hessian.
    const a00 = yy * ss - ys * ys
    const a11 = xx * ss - xs * xs
    const a22 = xx * yy - xy * xy
    const a01 = xs * ys - xy * ss
    const a02 = xy * ys - xs * yy
    const a12 = xy * xs - xx * ys
    const determinant = xx * a00 + xy * a01 + xs * a02
    if (determinant == 0) return 0
    const bx = -(a00 * gx + a01 * gy + a02 * gs) / determinant
    const by = -(a01 * gx + a11 * gy + a12 * gs) / determinant
    const bs = -(a02 * gx + a12 * gy + a22 * gs) / determinant
    const mx = move(bx, x, 1, width - 2)
    const my = move(by, y, 1, height - 2)
    const ms = move(bs, s, 1, 3)
    if (step < 5 && (mx | my | ms) != 0) {
      x += mx
      y += my
      s += ms
      continue
    }
    const value = v + 0.5 * (gx * bx + gy * by + gs * bs)
    const trace = xx + yy
    if (!(Math.abs(bx) < 1 && Math.abs(by) < 1 && Math.abs(bs) < 1)) return 0
    if (!(Math.abs(value) >= <f64>peak)) return 0
    if (!(a22 > 0 && trace * trace * edge < (edge + 1) * (edge + 1) * a22)) return 0
    store<f32>(out, <f32>(<f64>x + bx))
    store<f32>(out, <f32>(<f64>y + by), 4)
    store<f32>(out, <f32>(<f64>s + bs), 8)
    store<f32>(out, <f32>value, 12)
    store<i32>(out, x, 16)
    store<i32>(out, y, 20)
    store<i32>(out, s, 24)
    return 1
  }
}

@inline
function move(offset: f64, position: i32, first: i32, last: i32): i32 {
  if (offset > 0.6 && position < last) return 1
  if (offset < -0.6 && position > first) return -1
  return 0
}
