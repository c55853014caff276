// Extrema of the difference of Gaussians (Lowe, IJCV 2004, sections 3 and 4) over five rings of rows.

import { cube, edgeMeasure, findExtremum, offsetS, offsetX, offsetY, valueThere } from './extremum'

let width: i32 = 0
let height: i32 = 0
let stride: usize = 0
/** Per DoG level: base address and capacity (rows) of its ring. */
const rings: usize = memory.data(5 * 8)

/** A record of `detectRow`: x, y, level (sub-sample) and value, all f32. */
const RECORD_BYTES: i32 = 16

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
 * Fits a polynomial to the 3×3×3 neighbourhood and moves to the neighbour nearest its extremum, at most five times.
 * Returns 1 and writes a record if the extremum is strong, not on an edge, within one sample of the last centre, and of a
 * scale that is this octave's.
 */
function refine(level: i32, row: i32, column: i32, peak: f32, edge: f64, out: usize): i32 {
  let s = level
  let y = row
  let x = column
  for (let step = 0; ; ++step) {
    loadCube(s, y, x)
    if (!findExtremum()) return 0
    const dx = move(offsetX(), x, 1, width - 2)
    const dy = move(offsetY(), y, 1, height - 2)
    const ds = move(offsetS(), s, 1, 3)
    if (step == 5 || (dx | dy | ds) == 0) break
    x += dx
    y += dy
    s += ds
  }
  if (!(Math.abs(offsetX()) < 1 && Math.abs(offsetY()) < 1)) return 0
  // Beyond half a level past the ends the octave above or below finds the same extremum.
  const scale = <f64>s + offsetS()
  if (!(scale >= 0.5 && scale < 3.5)) return 0
  if (!(Math.abs(valueThere()) >= <f64>peak)) return 0
  const curvatures = edgeMeasure()
  if (!(curvatures >= 0 && curvatures * edge < (edge + 1) * (edge + 1))) return 0
  store<f32>(out, <f32>(<f64>x + offsetX()))
  store<f32>(out, <f32>(<f64>y + offsetY()), 4)
  store<f32>(out, <f32>scale, 8)
  store<f32>(out, <f32>valueThere(), 12)
  return 1
}

function loadCube(s: i32, y: i32, x: i32): void {
  let to = cube
  for (let k = -1; k <= 1; ++k) {
    for (let j = -1; j <= 1; ++j) {
      const from = rowOf(s + k, y + j) + (<usize>x << 2)
      store<f64>(to, <f64>load<f32>(from - 4))
      store<f64>(to, <f64>load<f32>(from), 8)
      store<f64>(to, <f64>load<f32>(from, 4), 16)
      to += 24
    }
  }
}

@inline
function move(offset: f64, position: i32, first: i32, last: i32): i32 {
  if (offset > 0.6 && position < last) return 1
  if (offset < -0.6 && position > first) return -1
  return 0
}
