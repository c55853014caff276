// The SIFT kernels. The caller (src/sift/) owns the memory: every address is given by it.

import {
  collect,
  extend,
  gaussianTaps,
  horizontal,
  horizontalDoubled,
  PAD,
  subtract,
  vertical,
  widen,
} from './rows'

export { gaussianTaps, widen } from './rows'
export { detectRow, setDog, setOctave } from './detect'
export { describe, describeScratchBytes, setSource } from './describe'

/** First address that the caller may use. */
export function heapBase(): usize {
  return __heap_base
}

/** Gaussian blur of row `y` of a ring of rows to `out`; with `dog`, also the blurred minus the original row. */
export function blurRow(
  base: usize,
  capacity: i32,
  stride: usize,
  y: i32,
  width: i32,
  height: i32,
  tapsY: usize,
  tapsX: usize,
  radius: i32,
  temporary: usize,
  out: usize,
  dog: usize,
): void {
  const row = temporary + (PAD << 2)
  collect(base, capacity, stride, y, height, radius, 0)
  vertical(row, width, tapsY, radius)
  extend(row, width, radius)
  horizontal(row, out, width, tapsX, radius)
  if (dog) subtract(out, base + <usize>(y % capacity) * stride, dog, width)
}

/**
 * Row `y` of the doubled and blurred image (2·width − 1 samples; sample i lies at i / 2). Taps come as four one-sided
 * filters of `radius` + 1 floats: along y whole and half, then along x whole and half.
 */
export function doubleRow(
  base: usize,
  capacity: i32,
  stride: usize,
  y: i32,
  width: i32,
  height: i32,
  taps: usize,
  radius: i32,
  temporary: usize,
  out: usize,
): void {
  const row = temporary + (PAD << 2)
  const bytes = <usize>(radius + 1) << 2
  const half = y & 1
  collect(base, capacity, stride, y >> 1, height, radius, half)
  vertical(row, width, half ? taps + bytes : taps, radius)
  extend(row, width, radius + 1)
  horizontalDoubled(row, out, width, taps + 2 * bytes, taps + 3 * bytes, radius, radius)
}

/** Weights of the interpolation half-way between samples (Lagrange, six points): error of sixth order, no blur. */
const H1: f32 = 150.0 / 256
const H2: f32 = -25.0 / 256
const H3: f32 = 3.0 / 256
const halfTaps: usize = memory.data(16)
const wholeTaps: usize = memory.data(16)

/**
 * Row `y` of the image of half the size, from rows of a ring: where a side has an odd number of samples every second one
 * from the first to the last, else the points half-way between samples 2i and 2i + 1, so that mirrored images give
 * mirrored samples. `spare` is a row of scratch.
 */
export function halveRow(
  base: usize,
  capacity: i32,
  stride: usize,
  y: i32,
  width: i32,
  height: i32,
  temporary: usize,
  spare: usize,
  out: usize,
): void {
  store<f32>(halfTaps, 0)
  store<f32>(halfTaps, H1, 4)
  store<f32>(halfTaps, H2, 8)
  store<f32>(halfTaps, H3, 12)
  store<f32>(wholeTaps, 1)
  const row = temporary + (PAD << 2)
  const betweenRows = height & 1 ? 0 : 1
  collect(base, capacity, stride, 2 * y, height, betweenRows ? 3 : 0, betweenRows)
  if (betweenRows) vertical(row, width, halfTaps, 3)
  else vertical(row, width, wholeTaps, 0)
  extend(row, width, 4)
  const betweenColumns = !(width & 1)
  if (betweenColumns) {
    horizontalDoubled(row, spare, width, wholeTaps, halfTaps, 0, 3)
  }
  const count = (width + 1) >> 1
  for (let x: usize = 0; x < <usize>count; ++x) {
    const value = betweenColumns ? load<f32>(spare + (x << 4), 4) : load<f32>(row + (x << 3))
    store<f32>(out + (x << 2), value)
  }
}
