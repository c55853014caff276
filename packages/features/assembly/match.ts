// Brute-force nearest and second nearest neighbours, rows against columns and columns against rows in one pass.
//
// Distances are i32, smaller is nearer: squared L2 of integers (descriptors widened to i16), the bits of a squared L2 in f32
// (which order like integers, being ≥ 0), or differing bits. Descriptors are padded with zeros to whole vectors, and both
// sets to whole groups of 4 whose padding has an infinite "norm".


import { NONE } from './common'
import { accumulate } from './vectors'

export { nearestListed } from './listed'
export { encode, nearestScreened } from './screen'

/** First address that the caller may use. */
export function heapBase(): usize {
  return __heap_base
}

/** Columns per block: a block's descriptors stay in the first-level cache while all rows pass by. */
const BLOCK: i32 = 64

@inline
function add<T>(a: v128, b: v128): v128 {
  return sizeof<T>() == 4 ? f32x4.add(a, b) : i32x4.add(a, b)
}

/** The sums of four vectors, as one vector. */
@inline
function sums<T>(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = add<T>(i32x4.shuffle(a, b, 0, 4, 1, 5), i32x4.shuffle(a, b, 2, 6, 3, 7))
  const cd = add<T>(i32x4.shuffle(c, d, 0, 4, 1, 5), i32x4.shuffle(c, d, 2, 6, 3, 7))
  return add<T>(i64x2.shuffle(ab, cd, 0, 2), i64x2.shuffle(ab, cd, 1, 3))
}

@inline
function distance<T>(normA: v128, normB: v128, sum: v128): v128 {
  if (sizeof<T>() == 2) return i32x4.sub(i32x4.add(normA, normB), i32x4.shl(sum, 1))
  if (sizeof<T>() == 4) {
    const squared = f32x4.sub(f32x4.add(normA, normB), f32x4.add(sum, sum))
    return f32x4.pmax(f32x4.splat(0), squared)
  }
  return i32x4.add(i32x4.add(normA, normB), sum)
}

/** A state is three vectors: best, second best, index of the best. Equal distances leave the earlier index. */
@inline
function update(state: usize, d: v128, index: v128): void {
  const best = v128.load(state)
  const second = v128.load(state, 16)
  const nearer = i32x4.lt_s(d, best)
  v128.store(state, i32x4.min_s(d, best))
  v128.store(state, i32x4.min_s(second, i32x4.max_s(d, best)), 16)
  v128.store(state, v128.bitselect(index, v128.load(state, 32), nearer), 32)
}

/** Two rows at `a` against four columns at `b`. */
@inline
function tile<T>(
  a: usize,
  b: usize,
  bytes: usize,
  normA: usize,
  normB: usize,
  rowState: usize,
  columnState: usize,
  row: i32,
  columns: v128,
): void {
  let s00 = i32x4.splat(0)
  let s01 = i32x4.splat(0)
  let s02 = i32x4.splat(0)
  let s03 = i32x4.splat(0)
  let s10 = i32x4.splat(0)
  let s11 = i32x4.splat(0)
  let s12 = i32x4.splat(0)
  let s13 = i32x4.splat(0)
  const b1 = b + bytes
  const b2 = b1 + bytes
  const b3 = b2 + bytes
  const a1 = a + bytes
  for (let k: usize = 0; k < bytes; k += 16) {
    const x = v128.load(a + k)
    const y = v128.load(a1 + k)
    let z = v128.load(b + k)
    s00 = accumulate<T>(s00, x, z)
    s10 = accumulate<T>(s10, y, z)
    z = v128.load(b1 + k)
    s01 = accumulate<T>(s01, x, z)
    s11 = accumulate<T>(s11, y, z)
    z = v128.load(b2 + k)
    s02 = accumulate<T>(s02, x, z)
    s12 = accumulate<T>(s12, y, z)
    z = v128.load(b3 + k)
    s03 = accumulate<T>(s03, x, z)
    s13 = accumulate<T>(s13, y, z)
  }
  const norms = v128.load(normB)
  const d0 = distance<T>(v128.load32_splat(normA), norms, sums<T>(s00, s01, s02, s03))
  const d1 = distance<T>(v128.load32_splat(normA, 4), norms, sums<T>(s10, s11, s12, s13))
  update(rowState, d0, columns)
  update(rowState + 48, d1, columns)
  update(columnState, d0, i32x4.splat(row))
  update(columnState, d1, i32x4.splat(row + 1))
}

function fill(states: usize, count: i32): void {
  for (let i: usize = 0; i < <usize>count * 48; i += 48) {
    v128.store(states + i, i32x4.splat(NONE))
    v128.store(states + i, i32x4.splat(NONE), 16)
    v128.store(states + i, i32x4.splat(-1), 32)
  }
}

@inline
function run<T>(
  a: usize,
  countA: i32,
  normsA: usize,
  b: usize,
  countB: i32,
  normsB: usize,
  bytes: usize,
  rowStates: usize,
  columnStates: usize,
): void {
  fill(rowStates, countA)
  fill(columnStates, countB >> 2)
  for (let first = 0; first < countB; first += BLOCK) {
    const last = min(first + BLOCK, countB)
    for (let i = 0; i < countA; i += 2) {
      const row = a + <usize>i * bytes
      let columns = i32x4.add(i32x4.splat(first), i32x4(0, 1, 2, 3))
      for (let j = first; j < last; j += 4) {
        tile<T>(
          row,
          b + <usize>j * bytes,
          bytes,
          normsA + (<usize>i << 2),
          normsB + (<usize>j << 2),
          rowStates + <usize>i * 48,
          columnStates + <usize>(j >> 2) * 48,
          i,
          columns,
        )
        columns = i32x4.add(columns, i32x4.splat(4))
      }
    }
  }
}

/**
 * Fills the states: for each row of `a` three vectors over the columns 4n, 4n + 1, 4n + 2, 4n + 3, for each four columns
 * of `b` three vectors over all rows. `bytes` is a descriptor's size (a multiple of 16), counts are multiples of 4.
 * `kind`: 0 integers (i16), 1 floats (f32), 2 bits.
 */
export function nearest(
  kind: i32,
  a: usize,
  countA: i32,
  normsA: usize,
  b: usize,
  countB: i32,
  normsB: usize,
  bytes: usize,
  rowStates: usize,
  columnStates: usize,
): void {
  if (kind == 0) run<i16>(a, countA, normsA, b, countB, normsB, bytes, rowStates, columnStates)
  else if (kind == 1) run<f32>(a, countA, normsA, b, countB, normsB, bytes, rowStates, columnStates)
  else run<u8>(a, countA, normsA, b, countB, normsB, bytes, rowStates, columnStates)
}

/** Merges each row's four lanes; writes best, second and index of row i to out[3i …]. */
export function reduceRows(states: usize, count: i32, out: usize): void {
  for (let i: usize = 0; i < <usize>count; ++i) {
    const state = states + i * 48
    let best = NONE
    let second = NONE
    let index = -1
    for (let lane: usize = 0; lane < 16; lane += 4) {
      const d = load<i32>(state + lane)
      const at = load<i32>(state + lane, 32)
      second = min(second, load<i32>(state + lane, 16))
      if (d < best || (d == best && at < index)) {
        second = min(second, best)
        best = d
        index = at
      } else {
        second = min(second, d)
      }
    }
    store<i32>(out + i * 12, best)
    store<i32>(out + i * 12, second, 4)
    store<i32>(out + i * 12, index, 8)
  }
}

/** As `reduceRows`, for columns, which need no merging. */
export function unpackColumns(states: usize, count: i32, out: usize): void {
  for (let j: usize = 0; j < <usize>count; ++j) {
    const state = states + (j >> 2) * 48 + ((j & 3) << 2)
    store<i32>(out + j * 12, load<i32>(state))
    store<i32>(out + j * 12, load<i32>(state, 16), 4)
    store<i32>(out + j * 12, load<i32>(state, 32), 8)
  }
}
