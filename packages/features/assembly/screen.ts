// Exact nearest neighbours of long integer descriptors, most comparisons cut short by a lower bound.
//
// A projection to few orthonormal directions cannot lengthen a difference, so two descriptors whose short codes (projections,
// rounded) are further apart than the second best distance found so far of both need no look at their whole length. Which
// directions are chosen changes the time, never the result: what is skipped is strictly further than the second best.

import { NONE } from './common'

/** Directions of a code. */
const CODE: i32 = 32
const CODE_BYTES: usize = <usize>CODE * 2
/** Codes are in units of 1/SCALE of the descriptors'. */
const SCALE: f64 = 8
/** Right shift from a dot product with a direction (in 1/4096) to a code. */
const SHIFT: i32 = 9
/** Codes are clamped to this, which moves them apart no further and keeps sums of products within 31 bits. */
const MOST: i32 = 4095
/** How much longer than their pre-images rounded directions may make a vector, at most. */
const STRETCH: f64 = 1.005
/** Columns per block: their codes stay in the first-level cache while all rows pass by. */
const BLOCK: i32 = 128
const FIRST_BLOCK: i32 = 16

/** Σ a b over `bytes` (a multiple of 16) of i16. */
@inline
function dot(a: usize, b: usize, bytes: usize): i32 {
  let sum = i32x4.splat(0)
  for (let k: usize = 0; k < bytes; k += 16) {
    sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load(a + k), v128.load(b + k)))
  }
  return (
    i32x4.extract_lane(sum, 0) +
    i32x4.extract_lane(sum, 1) +
    i32x4.extract_lane(sum, 2) +
    i32x4.extract_lane(sum, 3)
  )
}

/** One photo's part: whole descriptors, codes, results. */
@unmanaged
class Side {
  data: usize
  norms: usize
  /** Rows: one after the other, doubled. Columns: four side by side, two elements of each in turn. */
  codes: usize
  codeNorms: usize
  /** See `nearestScreened`. */
  slack: usize
  /** Best, second best and index: three i32 a descriptor. */
  out: usize
}

/** Makes the codes of `count` descriptors (a multiple of 4) of `bytes` bytes, for the directions at `basis`. */
export function encode(to: usize, count: i32, bytes: usize, basis: usize, columns: bool): void {
  const side = changetype<Side>(to)
  for (let i = 0; i < count; ++i) {
    const from = side.data + <usize>i * bytes
    const code = columns
      ? side.codes + <usize>(i >> 2) * (4 * CODE_BYTES) + (<usize>(i & 3) << 2)
      : side.codes + <usize>i * CODE_BYTES
    let norm = 0
    for (let k = 0; k < CODE; ++k) {
      const product = dot(from, basis + <usize>k * bytes, bytes)
      const value = max(-MOST, min(MOST, (product + (1 << (SHIFT - 1))) >> SHIFT))
      norm += value * value
      if (columns) store<i16>(code + (<usize>(k >> 1) << 4) + (<usize>(k & 1) << 1), <i16>value)
      else store<i16>(code + (<usize>k << 1), <i16>(2 * value))
    }
    store<i32>(side.codeNorms + (<usize>i << 2), norm)
  }
}

/** Squared distance of codes beyond which that of descriptors exceeds `distance`: rounding moves either code by at most a half. */
@inline
function reach(distance: i32): i32 {
  const longest = SCALE * STRETCH * sqrt<f64>(<f64>distance) + sqrt<f64>(<f64>CODE)
  return <i32>min<f64>(<f64>NONE, longest * longest + 1)
}

/** Square of the ratio test's threshold. */
let ratio: f64 = 1

/**
 * The largest squared distance that can still matter to a feature with this best and second best: whatever lies beyond leaves
 * the best as it is, and the outcome of the ratio test (best < ratio × second) as well.
 */
@inline
function matters(best: i32, second: i32): i32 {
  const passes = <f64>best < ratio * <f64>second
  return passes ? <i32>min<f64>(<f64>second, <f64>best / ratio + 1) : best
}

/** Takes `d` to the other feature `j` into the best, second best and index of feature `i`. */
@inline
function take(side: Side, i: i32, j: i32, d: i32): void {
  const at = side.out + <usize>i * 12
  let second = load<i32>(at, 4)
  if (d >= second) return
  let best = load<i32>(at)
  if (d < best) {
    second = best
    best = d
    store<i32>(at, best)
    store<i32>(at, j, 8)
  } else {
    second = d
  }
  store<i32>(at, second, 4)
  const offset = <usize>i << 2
  store<i32>(side.slack + offset, load<i32>(side.codeNorms + offset) - reach(matters(best, second)))
}

/** Room for the columns of a block that a row must look at, and for the vector that overhangs. */
const LIST = memory.data(BLOCK * 4 + 16, 16)
const OTHER_LIST = memory.data(BLOCK * 4 + 16, 16)

/** Compares whole descriptors of a row and of the columns listed from `list` to `end`. */
@inline
function compare(rows: Side, columns: Side, i: i32, list: usize, end: usize, bytes: usize): void {
  const a = rows.data + <usize>i * bytes
  const norm = load<i32>(rows.norms + (<usize>i << 2))
  for (; list < end; list += 4) {
    const j = load<i32>(list)
    const products = dot(a, columns.data + <usize>j * bytes, bytes)
    const d = norm + load<i32>(columns.norms + (<usize>j << 2)) - 2 * products
    take(rows, i, j, d)
    take(columns, j, i, d)
  }
}

/** For each set of lanes the bytes that bring those lanes to the front. */
const TO_FRONT = memory.data(16 * 16, 16)

function makeToFront(): void {
  for (let mask = 0; mask < 16; ++mask) {
    let to = TO_FRONT + (<usize>mask << 4)
    for (let lane = 0; lane < 4; ++lane) {
      if (((mask >> lane) & 1) == 0) continue
      store<u32>(to, 0x03020100 + lane * 0x04040404)
      to += 4
    }
  }
}

/** Appends the lanes of `columns` that `keep` has set; returns the list's new end. */
@inline
function append(end: usize, keep: v128, columns: v128): usize {
  const mask = i32x4.bitmask(keep)
  v128.store(end, i8x16.swizzle(columns, v128.load(TO_FRONT + (<usize>mask << 4))))
  return end + (<usize>popcnt(mask) << 2)
}

function start(side: Side, count: i32): void {
  for (let i = 0; i < count; ++i) {
    const at = side.out + <usize>i * 12
    store<i32>(at, NONE)
    store<i32>(at, NONE, 4)
    store<i32>(at, -1, 8)
    const offset = <usize>i << 2
    store<i32>(side.slack + offset, load<i32>(side.codeNorms + offset) - NONE)
  }
}

/**
 * Best, second best and index of each row and each column, at their sides' `out`; equal distances leave the earlier index. The
 * second best may be larger than the true one where that makes no difference to the test best < squaredRatio × second.
 * `a` and `b` point at the addresses of two `Side`s, `a` with its codes as rows, `b` as columns. Counts are multiples of 4; the
 * norms of padding are infinite.
 *
 * The squared distance of codes is |a|² + |b|² − 2ab; a pair is worth a look where it is within reach of what matters to the
 * row or to the column. With slack = |·|² − reach that is 2ab ≥ min(|b|² + slack of a, |a|² + slack of b).
 */
export function nearestScreened(
  a: usize,
  countA: i32,
  b: usize,
  countB: i32,
  bytes: usize,
  squaredRatio: f64,
): void {
  ratio = squaredRatio
  const rows = changetype<Side>(a)
  const columns = changetype<Side>(b)
  start(rows, countA)
  start(columns, countB)
  makeToFront()
  // While nothing is known of the rows, a block is looked at whole: the first ones are small.
  for (let first = 0, size = FIRST_BLOCK; first < countB; first += size, size = min(first, BLOCK)) {
    const last = min(first + size, countB)
    for (let i = 0; i < countA; i += 2) {
      const row = rows.codes + <usize>i * CODE_BYTES
      const offset = <usize>i << 2
      const norm0 = v128.load32_splat(rows.codeNorms + offset)
      const norm1 = v128.load32_splat(rows.codeNorms + offset, 4)
      const slack0 = v128.load32_splat(rows.slack + offset)
      const slack1 = v128.load32_splat(rows.slack + offset, 4)
      let end0 = LIST
      let end1 = OTHER_LIST
      let indices = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3))
      for (let j = first; j < last; j += 4) {
        const column = columns.codes + <usize>(j >> 2) * (4 * CODE_BYTES)
        let u0 = i32x4.splat(0)
        let u1 = i32x4.splat(0)
        let v0 = i32x4.splat(0)
        let v1 = i32x4.splat(0)
        for (let k = 0; k < CODE / 2; k += 2) {
          const at = <usize>k << 2
          const p = v128.load(column + (<usize>k << 4))
          const q = v128.load(column + (<usize>k << 4), 16)
          u0 = i32x4.add(u0, i32x4.dot_i16x8_s(v128.load32_splat(row + at), p))
          v0 = i32x4.add(v0, i32x4.dot_i16x8_s(v128.load32_splat(row + at, CODE_BYTES), p))
          u1 = i32x4.add(u1, i32x4.dot_i16x8_s(v128.load32_splat(row + at, 4), q))
          v1 = i32x4.add(v1, i32x4.dot_i16x8_s(v128.load32_splat(row + at, CODE_BYTES + 4), q))
        }
        const norms = v128.load(columns.codeNorms + (<usize>j << 2))
        const slack = v128.load(columns.slack + (<usize>j << 2))
        const least0 = i32x4.min_s(i32x4.add(norms, slack0), i32x4.add(norm0, slack))
        const least1 = i32x4.min_s(i32x4.add(norms, slack1), i32x4.add(norm1, slack))
        end0 = append(end0, i32x4.ge_s(i32x4.add(u0, u1), least0), indices)
        end1 = append(end1, i32x4.ge_s(i32x4.add(v0, v1), least1), indices)
        indices = i32x4.add(indices, i32x4.splat(4))
      }
      compare(rows, columns, i, LIST, end0, bytes)
      compare(rows, columns, i + 1, OTHER_LIST, end1, bytes)
    }
  }
}
