import { EpipoleError, type RandomStream } from '@epipole/core'
import { allInlierProbability, isBeyondChance, power } from './stopping.js'

/** Draws the minimal samples of a robust estimation. */
export interface Sampler {
  /** The sample of trial `trial` (0, 1, 2 …, each once): distinct data, into `sample`. */
  draw(trial: number, sample: Int32Array): void
  /**
   * For samplers that prefer some data: P(no sample drawn so far held inliers only), given which data are inliers. Without it
   * the samples count as uniform.
   *
   * @param isInlier 1 for each inlier of the best model
   * @param acceptance P(the model of such a sample is recognised)
   * @returns 1 where the inliers may be such by chance
   */
  missProbability?(isInlier: Uint8Array, acceptance: number): number
}

/** Makes the sampler of one search: `(count, sampleSize, random)`. */
export type Sampling = (count: number, sampleSize: number, random: RandomStream) => Sampler

/** Every subset is as likely as every other. */
export function uniformSampler(count: number, random: RandomStream): Sampler {
  return {
    draw: (_trial, sample) => drawDistinct(sample, 0, sample.length, count, random),
  }
}

/** Fills sample[begin … end) with numbers below `count`, distinct from each other and from those before. */
export function drawDistinct(
  sample: Int32Array,
  begin: number,
  end: number,
  count: number,
  random: RandomStream,
): void {
  for (let i = begin; i < end; i++) {
    let datum = random.int(count)
    while (contains(sample, i, datum)) datum = random.int(count)
    sample[i] = datum
  }
}

/**
 * Pool, in samples, below which PROSAC is not sure of anything: the very best data often crowd on one object, and agree with
 * what is true of it alone.
 */
const LEAST_POOL = 10

/**
 * Every other sample is of an earlier pool, all sizes alike on a logarithmic scale: the schedule draws one sample of each of the
 * smallest pools and leaves them, though the part of right data may be many times larger there.
 */
const REVISIT = 2

/** Sizes from `sampleSize` to `count`, evenly on a logarithmic scale. */
function poolSizes(count: number, sampleSize: number): Int32Array {
  const sizes: number[] = []
  for (let size = sampleSize; size <= count; size *= 1.05) sizes.push(Math.floor(size))
  return Int32Array.from(sizes)
}

/**
 * Progressive sampling (Chum and Matas, "Matching with PROSAC", CVPR 2005): the best-scored data first, growing to all of
 * them, so that good matches are tried early and the result is no worse than uniform sampling's in the end.
 *
 * @param order data by falling promise, a permutation of 0 … count − 1
 * @param horizon trials after which all data are drawn from alike
 */
export function prosacSampler(
  order: ArrayLike<number>,
  sampleSize: number,
  random: RandomStream,
  horizon = 200_000,
): Sampler {
  const count = order.length
  // Samples drawn while the pool had n data, and the share of `horizon` that uniform sampling would draw from the first n.
  const drawn = new Float64Array(count + 1)
  let pool = Math.min(sampleSize, count)
  let growth = horizon
  for (let i = 0; i < sampleSize; i++) growth *= (sampleSize - i) / (count - i)
  let due = 1
  const wanted = Math.min(count, LEAST_POOL * sampleSize)
  const uniform = uniformSampler(count, random)
  const sizes = poolSizes(count, sampleSize)
  let reached = 0
  return {
    draw(trial, sample) {
      while (trial + 1 > due && pool < count) {
        const next = (growth * (pool + 1)) / (pool + 1 - sampleSize)
        due += Math.ceil(next - growth)
        growth = next
        pool++
      }
      while (reached < sizes.length && sizes[reached] <= pool) reached++
      const size = trial % REVISIT === 1 ? sizes[random.int(reached)] : pool
      drawn[size]++
      if (size >= count) {
        uniform.draw(trial, sample)
        return
      }
      // The newest datum and a subset of those before it.
      const last = sample.length - 1
      for (let i = 0; i < last; i++) {
        let rank = random.int(size - 1)
        while (contains(sample, i, order[rank])) rank = random.int(size - 1)
        sample[i] = order[rank]
      }
      sample[last] = order[size - 1]
    },
    missProbability(isInlier, acceptance) {
      let miss = 1
      let before = 0
      for (let n = 1; n <= pool; n++) {
        const newest = isInlier[order[n - 1]]
        if (drawn[n] > 0) {
          const hit =
            n === count
              ? allInlierProbability(before + newest, n, sampleSize)
              : newest * allInlierProbability(before, n - 1, sampleSize - 1)
          miss *= power(1 - acceptance * hit, drawn[n])
        }
        before += newest
      }
      return pool >= wanted && isBeyondChance(before, pool, sampleSize) ? miss : 1
    },
  }
}

/** PROSAC as an option of `ransac`: `sampler: prosac(order)`. */
export function prosac(order: ArrayLike<number>, horizon?: number): Sampling {
  return (count, sampleSize, random) => {
    if (order.length !== count) {
      throw new EpipoleError('usage', `prosac: the order ranks ${order.length} data, of which there are ${count}.`, {
        order: order.length,
        count,
      })
    }
    return prosacSampler(order, sampleSize, random, horizon)
  }
}

function contains(sample: Int32Array, length: number, datum: number): boolean {
  for (let i = 0; i < length; i++) if (sample[i] === datum) return true
  return false
}
