// Best and second best neighbours among listed candidates: where geometry or a prior says which pairs of features can match,
// only those are compared.

import { NONE } from './common'
import { accumulate } from './vectors'

/** The distance of two descriptors, in the form of match.ts: smaller is nearer. */
@inline
function between<T>(a: usize, b: usize, bytes: usize, normA: usize, normB: usize): i32 {
  let sum = i32x4.splat(0)
  for (let k: usize = 0; k < bytes; k += 16) sum = accumulate<T>(sum, v128.load(a + k), v128.load(b + k))
  if (sizeof<T>() == 4) {
    const pairs = f32x4.add(sum, i64x2.shuffle(sum, sum, 1, 0))
    const product = f32x4.extract_lane(pairs, 0) + f32x4.extract_lane(pairs, 1)
    const squared = load<f32>(normA) + load<f32>(normB) - 2 * product
    return reinterpret<i32>(squared > 0 ? squared : <f32>0)
  }
  const pairs = i32x4.add(sum, i64x2.shuffle(sum, sum, 1, 0))
  const total = i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1)
  if (sizeof<T>() == 1) return total
  return load<i32>(normA) + load<i32>(normB) - 2 * total
}

/** Takes `d` to feature `index` of the other photo into the best, second best and index at `out`. */
@inline
function take(out: usize, index: i32, d: i32): void {
  if (d >= load<i32>(out, 4)) return
  const best = load<i32>(out)
  if (d < best) {
    store<i32>(out, d)
    store<i32>(out, best, 4)
    store<i32>(out, index, 8)
  } else {
    store<i32>(out, d, 4)
  }
}

function start(out: usize, count: i32): void {
  for (let at = out; at < out + <usize>count * 12; at += 12) {
    store<i32>(at, NONE)
    store<i32>(at, NONE, 4)
    store<i32>(at, -1, 8)
  }
}

@inline
function run<T>(
  a: usize,
  countA: i32,
  normsA: usize,
  outA: usize,
  b: usize,
  countB: i32,
  normsB: usize,
  outB: usize,
  bytes: usize,
  starts: usize,
  items: usize,
): void {
  start(outA, countA)
  start(outB, countB)
  for (let i = 0; i < countA; ++i) {
    const row = a + <usize>i * bytes
    const norm = normsA + (<usize>i << 2)
    const out = outA + <usize>i * 12
    const end = items + (<usize>load<i32>(starts + (<usize>i << 2), 4) << 2)
    for (let at = items + (<usize>load<i32>(starts + (<usize>i << 2)) << 2); at < end; at += 4) {
      const j = load<i32>(at)
      const d = between<T>(row, b + <usize>j * bytes, bytes, norm, normsB + (<usize>j << 2))
      take(out, j, d)
      take(outB + <usize>j * 12, i, d)
    }
  }
}

/**
 * Best, second best and index (three i32) of each of `a` at `outA` and of each of `b` at `outB`, over the pairs listed: those
 * of row i of `a` are `items[starts[i] … starts[i + 1])`. Equal distances leave the one listed first. `kind` as in match.ts.
 */
export function nearestListed(
  kind: i32,
  a: usize,
  countA: i32,
  normsA: usize,
  outA: usize,
  b: usize,
  countB: i32,
  normsB: usize,
  outB: usize,
  bytes: usize,
  starts: usize,
  items: usize,
): void {
  if (kind == 0) run<i16>(a, countA, normsA, outA, b, countB, normsB, outB, bytes, starts, items)
  else if (kind == 1) run<f32>(a, countA, normsA, outA, b, countB, normsB, outB, bytes, starts, items)
  else run<u8>(a, countA, normsA, outA, b, countB, normsB, outB, bytes, starts, items)
}
