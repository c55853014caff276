// Orientations and descriptors (Lowe, IJCV 2004, sections 5 and 6; details as in VLFeat and COLMAP). The patch of the
// scale space around a keypoint is made afresh from the octave's source, so no octave need be kept in memory.

import { gaussianTaps } from './rows'

/** Largest side of a patch's source region, in samples; one row of scratch. */
const SIDE: i32 = 160
const ROW: usize = <usize>SIDE << 2
const BINS: i32 = 36
/** Histogram cells along one axis: 4 and one more on each side, which takes what the interpolation spills. */
const CELLS: i32 = 6

/** One-sided filters, along y (which also take bytes to [0, 1]) and along x; `half` ones are centred between samples. */
const tapsY: usize = memory.data(4 * 32)
const tapsX: usize = memory.data(4 * 32)
const halfTapsY: usize = memory.data(4 * 32)
const halfTapsX: usize = memory.data(4 * 32)
const histogram: usize = memory.data(4 * 2 * BINS)
const cells: usize = memory.data(4 * CELLS * CELLS * 8)
const weightX: usize = memory.data(4 * SIDE)
const weightY: usize = memory.data(4 * SIDE)

/** Bytes of scratch `describe` needs. */
export function describeScratchBytes(): usize {
  return 4 * ROW * <usize>SIDE + 4 * ROW
}

let scratch: usize = 0
let region: usize = 0
let smooth: usize = 0
let magnitude: usize = 0
let angle: usize = 0

/** What `describe` reads: 0, bytes of the photo for the doubled octave; 1, bytes, same size; 2, floats, same size. */
let sourceKind: i32 = 0
let source: usize = 0
let sourceStride: usize = 0
let sourceWidth: i32 = 0
let sourceHeight: i32 = 0
let octaveWidth: i32 = 0
let octaveHeight: i32 = 0
/** Blur (σ in octave samples) the source already has. */
let sourceBlur: f64 = 0

export function setSource(
  kind: i32,
  address: usize,
  stride: usize,
  width: i32,
  height: i32,
  blur: f64,
  scratchAddress: usize,
): void {
  sourceKind = kind
  source = address
  sourceStride = stride
  sourceWidth = width
  sourceHeight = height
  sourceBlur = blur
  octaveWidth = kind == 0 ? 2 * width - 1 : width
  octaveHeight = kind == 0 ? 2 * height - 1 : height
  scratch = scratchAddress
  region = scratch + ROW
  smooth = region + ROW * <usize>SIDE
  magnitude = smooth + ROW * <usize>SIDE
  angle = magnitude + ROW * <usize>SIDE
}

/** Copies the region whose first sample is (x0, y0) as floats, repeating the source's edges. */
function copyRegion(x0: i32, y0: i32, columns: i32, rows: i32): void {
  for (let j = 0; j < rows; ++j) {
    const y = min(max(y0 + j, 0), sourceHeight - 1)
    const from = source + <usize>y * sourceStride
    const to = region + <usize>j * ROW
    for (let i = 0; i < columns; ++i) {
      const x = min(max(x0 + i, 0), sourceWidth - 1)
      const value = sourceKind == 2 ? load<f32>(from + (<usize>x << 2)) : <f32>load<u8>(from + <usize>x)
      store<f32>(to + (<usize>i << 2), value)
    }
  }
}

/** Vertical filter within the region: row `first` and its mirrored neighbours at distance `offset` + i. */
function filterRows(to: usize, centre: usize, columns: i32, weights: usize, radius: i32, half: usize): void {
  const end = <usize>columns << 2
  for (let x: usize = 0; x < end; x += 16) {
    const p = centre + x
    let sum = f32x4.mul(v128.load32_splat(weights), v128.load(p))
    for (let i = 1; i <= radius; ++i) {
      const distance = <usize>i * ROW
      const pair = f32x4.add(v128.load(p + half * ROW - distance), v128.load(p + distance))
      sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(weights + (<usize>i << 2)), pair))
    }
    v128.store(to + x, sum)
  }
}

@inline
function filterColumns(p: usize, weights: usize, radius: i32, half: usize): v128 {
  let sum = f32x4.mul(v128.load32_splat(weights), v128.load(p))
  for (let i = 1; i <= radius; ++i) {
    const distance = <usize>i << 2
    const pair = f32x4.add(v128.load(p + (half << 2) - distance), v128.load(p + distance))
    sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(weights + distance), pair))
  }
  return sum
}

/** Writes the (2r + 3)² samples of scale σ (octave samples) around (xc, yc) to `smooth`, first sample (−r−1, −r−1). */
function makePatch(xc: i32, yc: i32, r: i32, sigma: f64): void {
  const side = 2 * r + 3
  const doubled = sourceKind == 0
  // The doubled octave's sample i lies at i / 2 in the photo's samples.
  const shift = doubled ? 1 : 0
  const blur = Math.sqrt(max(sigma * sigma - sourceBlur * sourceBlur, 0.01)) * (doubled ? 0.5 : 1)
  const gain: f64 = sourceKind == 2 ? 1 : 1.0 / 255
  const radius = <i32>Math.ceil(4 * blur)
  const x0 = xc - r - 1
  const y0 = yc - r - 1
  const left = x0 >> shift
  const top = y0 >> shift
  const columns = ((x0 + side - 1) >> shift) - left + 1
  const rows = ((y0 + side - 1) >> shift) - top + 1
  const reach = radius + shift
  gaussianTaps(tapsY, radius, blur, 0, gain)
  gaussianTaps(tapsX, radius, blur, 0, 1)
  if (doubled) {
    gaussianTaps(halfTapsY, reach, blur, 1, gain)
    gaussianTaps(halfTapsX, reach, blur, 1, 1)
  }
  copyRegion(left - reach, top - reach, columns + 2 * reach, rows + 2 * reach)
  for (let j = 0; j < side; ++j) {
    const y = y0 + j
    const centre = region + <usize>((y >> shift) - top + reach) * ROW
    if (doubled && y & 1) filterRows(scratch, centre, columns + 2 * reach, halfTapsY, reach, 1)
    else filterRows(scratch, centre, columns + 2 * reach, tapsY, radius, 0)
    const from = scratch + (<usize>reach << 2)
    const to = smooth + <usize>j * ROW
    if (!doubled) {
      for (let i: usize = 0; i < <usize>side << 2; i += 16) {
        v128.store(to + i, filterColumns(from + i, tapsX, radius, 0))
      }
      continue
    }
    // When the first sample lies between the photo's, the even one before it falls into the slack before the row.
    const start = to - (<usize>(x0 & 1) << 2)
    for (let i: usize = 0; i < <usize>columns << 2; i += 16) {
      const even = filterColumns(from + i, tapsX, radius, 0)
      const odd = filterColumns(from + i, halfTapsX, reach, 1)
      v128.store(start + (i << 1), i32x4.shuffle(even, odd, 0, 4, 1, 5))
      v128.store(start + (i << 1), i32x4.shuffle(even, odd, 2, 6, 3, 7), 16)
    }
  }
}

/** atan2(y, x) of four lanes in [−π, π], error below 2e-5; 0 where both are 0. Mirror-symmetric in both arguments. */
@inline
function atan2(y: v128, x: v128): v128 {
  const ax = f32x4.abs(x)
  const ay = f32x4.abs(y)
  const big = f32x4.pmax(ax, ay)
  const small = f32x4.pmin(ax, ay)
  const t = f32x4.div(small, f32x4.pmax(big, f32x4.splat(1e-30)))
  const u = f32x4.mul(t, t)
  // Odd minimax polynomial of degree 11 for atan on [0, 1].
  let p = f32x4.splat(-0.0117212)
  p = f32x4.add(f32x4.mul(p, u), f32x4.splat(0.05265332))
  p = f32x4.add(f32x4.mul(p, u), f32x4.splat(-0.11643287))
  p = f32x4.add(f32x4.mul(p, u), f32x4.splat(0.19354346))
  p = f32x4.add(f32x4.mul(p, u), f32x4.splat(-0.33262347))
  p = f32x4.add(f32x4.mul(p, u), f32x4.splat(0.99997726))
  p = f32x4.mul(p, t)
  p = v128.bitselect(f32x4.sub(f32x4.splat(1.57079633), p), p, f32x4.gt(ay, ax))
  p = v128.bitselect(f32x4.sub(f32x4.splat(3.14159265), p), p, f32x4.lt(x, f32x4.splat(0)))
  return v128.bitselect(f32x4.neg(p), p, f32x4.lt(y, f32x4.splat(0)))
}

/** Gradient of `smooth` by central differences: magnitude, and angle from x towards y. */
function makeGradient(r: i32): void {
  const side = 2 * r + 1
  const half = f32x4.splat(0.5)
  for (let j = 0; j < side; ++j) {
    const centre = smooth + <usize>(j + 1) * ROW + 4
    const to = <usize>j * ROW
    for (let i: usize = 0; i < <usize>side << 2; i += 16) {
      const p = centre + i
      const gx = f32x4.mul(half, f32x4.sub(v128.load(p + 4), v128.load(p - 4)))
      const gy = f32x4.mul(half, f32x4.sub(v128.load(p + ROW), v128.load(p - ROW)))
      v128.store(magnitude + to + i, f32x4.sqrt(f32x4.add(f32x4.mul(gx, gx), f32x4.mul(gy, gy))))
      v128.store(angle + to + i, atan2(gy, gx))
    }
  }
}

/** to[i] = exp(−(i − r − offset)² / (2 σ²)) for the 2r + 1 samples of a patch side. */
function makeWindow(to: usize, r: i32, offset: f64, sigma: f64): void {
  const scale = -0.5 / (sigma * sigma)
  for (let i = 0; i <= 2 * r; ++i) {
    const distance = <f64>(i - r) - offset
    store<f32>(to + (<usize>i << 2), <f32>Math.exp(scale * distance * distance))
  }
}

/** Histogram of gradient angles within 3 · 1.5 σ, smoothed; bin b is centred at (b + ½) · 10° − 180°. */
function orientationHistogram(r: i32, xc: i32, yc: i32, fx: f64, fy: f64, sigma: f64): void {
  const spread = 1.5 * sigma
  const reach = min(max(<i32>Math.floor(3 * spread), 1), r)
  makeWindow(weightX, r, fx, spread)
  makeWindow(weightY, r, fy, spread)
  memory.fill(histogram, 0, 4 * BINS)
  const limit = <f64>(reach * reach) + 0.6
  const i0 = max(-reach, 1 - xc)
  const i1 = min(reach, octaveWidth - 2 - xc)
  const j0 = max(-reach, 1 - yc)
  const j1 = min(reach, octaveHeight - 2 - yc)
  const toBins = <f32>(<f64>BINS / (2 * Math.PI))
  for (let j = j0; j <= j1; ++j) {
    const dy = <f64>j - fy
    const wy = load<f32>(weightY + (<usize>(j + r) << 2))
    const row = <usize>(j + r) * ROW
    for (let i = i0; i <= i1; ++i) {
      const dx = <f64>i - fx
      if (dx * dx + dy * dy >= limit) continue
      const column = <usize>(i + r) << 2
      const weight = wy * load<f32>(weightX + column) * load<f32>(magnitude + row + column)
      const bin = load<f32>(angle + row + column) * toBins + <f32>(BINS / 2 - 0.5)
      const floor = Mathf.floor(bin)
      const rest = bin - floor
      let b = <i32>floor
      if (b < 0) b += BINS
      const next = b + 1 == BINS ? 0 : b + 1
      const p = histogram + (<usize>b << 2)
      const q = histogram + (<usize>next << 2)
      store<f32>(p, load<f32>(p) + weight * (1 - rest))
      store<f32>(q, load<f32>(q) + weight * rest)
    }
  }
  for (let round = 0; round < 6; ++round) smoothHistogram()
}

function smoothHistogram(): void {
  const third: f32 = 1.0 / 3
  const first = load<f32>(histogram)
  let previous = load<f32>(histogram + 4 * (BINS - 1))
  for (let b = 0; b < BINS; ++b) {
    const p = histogram + (<usize>b << 2)
    const here = load<f32>(p)
    const next = b + 1 == BINS ? first : load<f32>(p, 4)
    store<f32>(p, (previous + next + here) * third)
    previous = here
  }
}

@inline
function bin(b: i32): f32 {
  return load<f32>(histogram + (<usize>((b + BINS) % BINS) << 2))
}

/** Writes up to `limit` angles (f64) of peaks ≥ 0.8 of the highest, highest first, then by angle. Returns how many. */
function orientations(out: usize, limit: i32): i32 {
  let highest: f32 = 0
  for (let b = 0; b < BINS; ++b) highest = max(highest, bin(b))
  const least = <f32>0.8 * highest
  let count = 0
  let previous: f32 = Infinity
  let previousBin = -1
  while (count < limit) {
    let best = -1
    let bestValue: f32 = 0
    for (let b = 0; b < BINS; ++b) {
      const here = bin(b)
      if (here < least || !(here > bin(b - 1)) || !(here > bin(b + 1))) continue
      if (here > previous || (here == previous && b <= previousBin)) continue
      if (here > bestValue) {
        best = b
        bestValue = here
      }
    }
    if (best < 0) break
    const before = <f64>bin(best - 1)
    const after = <f64>bin(best + 1)
    const offset = (0.5 * (before - after)) / (before + after - 2 * <f64>bestValue)
    let theta = ((<f64>best + offset + 0.5) / BINS) * 2 * Math.PI - Math.PI
    if (theta <= -Math.PI) theta += 2 * Math.PI
    store<f64>(out + (<usize>count << 3), theta)
    previous = bestValue
    previousBin = best
    count += 1
  }
  return count
}

/** Fills `cells` (6 × 6 cells of 8 angles; rows along the rotated y) for a keypoint of orientation `theta`. */
function accumulate(r: i32, xc: i32, yc: i32, fx: f64, fy: f64, binSize: f64, theta: f64): void {
  memory.fill(cells, 0, 4 * CELLS * CELLS * 8)
  const cosine = <f32>(Math.cos(theta) / binSize)
  const sine = <f32>(Math.sin(theta) / binSize)
  const turn = <f32>(8 / (2 * Math.PI))
  // 16 more turns than needed keep the angle positive, so truncation is floor.
  const start = <f32>(16 - (theta * 8) / (2 * Math.PI))
  const i0 = max(-r, 1 - xc)
  const i1 = min(r, octaveWidth - 2 - xc)
  const j0 = max(-r, 1 - yc)
  const j1 = min(r, octaveHeight - 2 - yc)
  for (let j = j0; j <= j1; ++j) {
    const dy = <f32>(<f64>j - fy)
    const row = <usize>(j + r) * ROW
    const wy = load<f32>(weightY + (<usize>(j + r) << 2))
    for (let i = i0; i <= i1; ++i) {
      const dx = <f32>(<f64>i - fx)
      // In cells, from the corner of the padded 6 × 6 grid's first cell centre.
      const nx = cosine * dx + sine * dy + <f32>2.5
      const ny = cosine * dy - sine * dx + <f32>2.5
      if (!(nx >= 0 && nx < 5 && ny >= 0 && ny < 5)) continue
      const column = <usize>(i + r) << 2
      const weight = wy * load<f32>(weightX + column) * load<f32>(magnitude + row + column)
      const nt = load<f32>(angle + row + column) * turn + start
      const bx = <i32>nx
      const by = <i32>ny
      const bt = <i32>nt
      const rx = nx - <f32>bx
      const ry = ny - <f32>by
      const rt = nt - <f32>bt
      // Angles count from x towards −y, as in Lowe's program, OpenCV and COLMAP.
      const t0 = <usize>(-bt & 7) << 2
      const t1 = <usize>((-bt - 1) & 7) << 2
      const p = cells + (<usize>(by * CELLS + bx) << 5)
      const q = p + (CELLS << 5)
      const lower = weight * ry
      const upper = weight - lower
      spill(p, upper * (1 - rx), rt, t0, t1)
      spill(p + 32, upper * rx, rt, t0, t1)
      spill(q, lower * (1 - rx), rt, t0, t1)
      spill(q + 32, lower * rx, rt, t0, t1)
    }
  }
}

@inline
function spill(cell: usize, weight: f32, rest: f32, t0: usize, t1: usize): void {
  const high = weight * rest
  store<f32>(cell + t0, load<f32>(cell + t0) + (weight - high))
  store<f32>(cell + t1, load<f32>(cell + t1) + high)
}

/** Address of the 8 angles of descriptor cell c (0…15, row by row). */
@inline
function cellOf(c: i32): usize {
  return cells + (<usize>(((c >> 2) + 1) * CELLS + (c & 3) + 1) << 5)
}

/** Normalises, clamps at 0.2, normalises again; then L1-root (or stays L2), times 512, as bytes. */
function quantise(out: usize, root: bool): void {
  const clamp = clampedScale()
  let l1: f32 = 0
  let l2: f32 = 0
  for (let c = 0; c < 16; ++c) {
    const p = cellOf(c)
    for (let t: usize = 0; t < 32; t += 4) {
      const v = min(load<f32>(p + t) * clamp, <f32>0.2)
      store<f32>(p + t, v)
      l1 += v
      l2 += v * v
    }
  }
  const l1Scale: f32 = l1 > 0 ? <f32>1 / l1 : 0
  const l2Scale: f32 = l2 > 0 ? <f32>1 / Mathf.sqrt(l2) : 0
  for (let c = 0; c < 16; ++c) {
    const p = cellOf(c)
    for (let t: usize = 0; t < 8; ++t) {
      const v = load<f32>(p + (t << 2))
      const unit = root ? Mathf.sqrt(v * l1Scale) : v * l2Scale
      store<u8>(out + (<usize>c << 3) + t, <u8>min(<i32>(unit * 512 + <f32>0.5), 255))
    }
  }
}

function clampedScale(): f32 {
  let sum: f32 = 0
  for (let c = 0; c < 16; ++c) {
    const p = cellOf(c)
    for (let t: usize = 0; t < 32; t += 4) {
      const v = load<f32>(p + t)
      sum += v * v
    }
  }
  return sum > 0 ? <f32>1 / Mathf.sqrt(sum) : 0
}

const angles: usize = memory.data(8 * BINS)

/**
 * Describes the keypoint at sub-sample position (x, y) of the octave, `sigma` in octave samples: for each of its (at most
 * `limit`) orientations writes the angle (f32) to `outAngles` and 128 bytes to `outDescriptors`. Returns their number.
 */
export function describe(
  x: f64,
  y: f64,
  sigma: f64,
  limit: i32,
  upright: bool,
  root: bool,
  outAngles: usize,
  outDescriptors: usize,
): i32 {
  const xc = <i32>Math.floor(x + 0.5)
  const yc = <i32>Math.floor(y + 0.5)
  const fx = x - <f64>xc
  const fy = y - <f64>yc
  const binSize = 3 * sigma
  const r = <i32>Math.floor(Math.SQRT2 * binSize * 2.5 + 0.5)
  makePatch(xc, yc, r, sigma)
  makeGradient(r)
  let count = 1
  if (upright) {
    store<f64>(angles, 0)
  } else {
    orientationHistogram(r, xc, yc, fx, fy, sigma)
    count = orientations(angles, limit)
  }
  makeWindow(weightX, r, fx, 2 * binSize)
  makeWindow(weightY, r, fy, 2 * binSize)
  for (let k = 0; k < count; ++k) {
    const theta = load<f64>(angles + (<usize>k << 3))
    accumulate(r, xc, yc, fx, fy, binSize, theta)
    store<f32>(outAngles + (<usize>k << 2), <f32>theta)
    quantise(outDescriptors + (<usize>k << 7), root)
  }
  return count
}
