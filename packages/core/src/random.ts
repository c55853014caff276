import { f64, HIGH, i32, LOW } from './elementary/bits.js'
import { log } from './elementary.js'
import { EpipoleError } from './errors.js'

/**
 * Random numbers as a pure function of (seed, path, counter): Philox4x32-10 (Salmon, Moraes, Dror, Shaw, "Parallel random
 * numbers: as easy as 1, 2, 3", SC 2011). A stream derives from what it is for (image, pair, step), never from the worker
 * that draws from it, so results do not depend on how work was spread.
 */

const M0 = 0xd2511f53
const M1 = 0xcd9e8d57
const W0 = 0x9e3779b9
const W1 = 0xbb67ae85

/** High 32 bits of the 64-bit product of two unsigned 32-bit integers; both partial products are exact in a double. */
function mulHigh(a: number, b: number): number {
  const low = Math.floor((a * (b & 0xffff)) / 0x10000)
  return Math.floor((a * (b >>> 16) + low) / 0x10000)
}

/** Encrypts the 128-bit counter `c` with the 64-bit key (k0, k1), ten rounds, in place. */
export function philox4x32(c: Uint32Array, k0: number, k1: number): void {
  let c0 = c[0] as number
  let c1 = c[1] as number
  let c2 = c[2] as number
  let c3 = c[3] as number
  for (let round = 0; round < 10; round++) {
    const high0 = mulHigh(M0, c0)
    const high1 = mulHigh(M1, c2)
    const low0 = Math.imul(M0, c0) >>> 0
    const low1 = Math.imul(M1, c2) >>> 0
    c0 = (high1 ^ c1 ^ k0) >>> 0
    c1 = low1
    c2 = (high0 ^ c3 ^ k1) >>> 0
    c3 = low0
    k0 = (k0 + W0) >>> 0
    k1 = (k1 + W1) >>> 0
  }
  c[0] = c0
  c[1] = c1
  c[2] = c2
  c[3] = c3
}

/** A stream of random numbers; drawing advances it, `fork` derives an independent one without advancing it. */
export class RandomStream {
  readonly #k0: number
  readonly #k1: number
  readonly #block = new Uint32Array(4)
  #counterLow = 0
  #counterHigh = 0
  #next = 4
  #spareNormal: number | undefined

  constructor(k0: number, k1: number) {
    this.#k0 = k0 >>> 0
    this.#k1 = k1 >>> 0
  }

  /** Uniform unsigned 32-bit integer. */
  u32(): number {
    if (this.#next === 4) {
      this.#block[0] = this.#counterLow
      this.#block[1] = this.#counterHigh
      this.#block[2] = 0
      this.#block[3] = 0
      philox4x32(this.#block, this.#k0, this.#k1)
      this.#next = 0
      this.#counterLow = (this.#counterLow + 1) >>> 0
      if (this.#counterLow === 0) this.#counterHigh = (this.#counterHigh + 1) >>> 0
    }
    return this.#block[this.#next++] as number
  }

  /** Uniform in [0, 1), 53 bits. */
  float(): number {
    const high = this.u32() >>> 5
    const low = this.u32() >>> 6
    return (high * 0x4000000 + low) / 0x20000000000000
  }

  /** Uniform in [low, high); rounding may give `high` itself where few doubles lie between the two. */
  uniform(low: number, high: number): number {
    return low + (high - low) * this.float()
  }

  /** Uniform integer in [0, n), 1 ≤ n ≤ 2³², without modulo bias; a `usage` error for another n. */
  int(n: number): number {
    if (!(n >= 1 && n <= 0x100000000 && Math.floor(n) === n)) {
      throw new EpipoleError('usage', `A random integer below ${n}: the bound must be an integer from 1 to 2³².`, { n })
    }
    const limit = 0x100000000 - (0x100000000 % n)
    let draw = this.u32()
    while (draw >= limit) draw = this.u32()
    return draw % n
  }

  /** Standard normal, by Marsaglia's polar method. */
  normal(): number {
    if (this.#spareNormal !== undefined) {
      const spare = this.#spareNormal
      this.#spareNormal = undefined
      return spare
    }
    for (;;) {
      const u = 2 * this.float() - 1
      const v = 2 * this.float() - 1
      const s = u * u + v * v
      if (s > 0 && s < 1) {
        const factor = Math.sqrt((-2 * log(s)) / s)
        this.#spareNormal = v * factor
        return u * factor
      }
    }
  }

  /** Fisher–Yates, in place. */
  shuffle<T extends { length: number; [index: number]: unknown }>(items: T): T {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.int(i + 1)
      const swap = items[i]
      items[i] = items[j]
      items[j] = swap
    }
    return items
  }

  /** An independent stream named by the path below this one. */
  fork(...path: readonly (number | string)[]): RandomStream {
    return derive(this.#k0, this.#k1, path)
  }
}

/**
 * The stream of a seed and a path, e.g. `randomStream(seed, 'pair', i, j)`.
 *
 * @param seed any finite number; all its bits count (but −0 is 0). A seed or path number that is not finite is a `usage` error.
 */
export function randomStream(seed: number, ...path: readonly (number | string)[]): RandomStream {
  return derive(0x45504950, 0x4f4c4521, [seed, ...path])
}

function derive(k0: number, k1: number, path: readonly (number | string)[]): RandomStream {
  const block = new Uint32Array(4)
  const absorb = (a: number, b: number, tag: number) => {
    block[0] = a
    block[1] = b
    block[2] = tag
    block[3] = 0x66726b
    philox4x32(block, k0, k1)
    k0 = block[0] as number
    k1 = block[1] as number
  }
  for (const part of path) {
    if (typeof part === 'number') {
      if (!Number.isFinite(part)) {
        throw new EpipoleError('usage', `A random stream's seed or path holds ${part}.`, { path })
      }
      f64[0] = part + 0
      absorb(i32[LOW] as number, i32[HIGH] as number, 1)
    } else {
      for (let i = 0; i < part.length; i++) absorb(part.charCodeAt(i), i, 2)
      absorb(part.length, 0, 3)
    }
  }
  return new RandomStream(k0, k1)
}
