import type { Reconstruction } from '../scene/reconstruction.js'

/** Counts over half-open bins `[edges[i], edges[i + 1])`. */
export interface Histogram {
  /** Bins + 1 ascending numbers. */
  readonly edges: readonly number[]
  /** One count a bin. */
  readonly counts: readonly number[]
  /** Values at or above the last edge; none lie below the first. */
  readonly above: number
  readonly mean: number
  readonly median: number
}

/**
 * Histogram of values ≥ `edges[0]` (smaller ones and NaN are the caller's error and are not counted). Mean and median are
 * of the counted values; both are 0 where there are none, so that the result can be stored as JSON.
 */
export function histogram(values: Iterable<number>, edges: readonly number[]): Histogram {
  const first = edges[0] as number
  const kept: number[] = []
  for (const v of values) if (v >= first) kept.push(v)
  kept.sort((a, b) => a - b)
  const counts = new Array<number>(Math.max(0, edges.length - 1)).fill(0)
  let bin = 0
  let above = 0
  let sum = 0
  for (const v of kept) {
    sum += v
    while (bin < counts.length && v >= (edges[bin + 1] as number)) bin++
    if (bin < counts.length) counts[bin] = (counts[bin] as number) + 1
    else above++
  }
  const n = kept.length
  const middle = n >> 1
  const median = n === 0 ? 0 : n % 2 === 1 ? kept[middle]! : (kept[middle - 1]! + kept[middle]!) / 2
  return { edges, counts, above, mean: n === 0 ? 0 : sum / n, median }
}

/** How many photos see each point: one bin a length from 2 on, at most `maxBins` bins, longer tracks counted `above`. */
export function trackLengthHistogram(model: Reconstruction, maxBins = 30): Histogram {
  const lengths = Array.from(model.points.values(), (p) => p.track.length / 2)
  const longest = lengths.reduce((a, b) => Math.max(a, b), 2)
  const bins = Math.min(maxBins, longest - 1)
  return histogram(
    lengths,
    Array.from({ length: bins + 1 }, (_, i) => 2 + i),
  )
}

/** Mean reprojection errors of the points, px; the last edge is past the 99.5th percentile, at a readable step. */
export function errorHistogram(model: Reconstruction, bins = 40): Histogram {
  const errors = Array.from(model.points.values(), (p) => p.error).filter((e) => e >= 0)
  const sorted = Float64Array.from(errors).sort()
  const high = sorted.length === 0 ? 1 : (sorted[Math.floor(0.995 * (sorted.length - 1))] as number)
  const step = readableStep(high / bins)
  const needed = Math.max(1, Math.min(bins, Math.floor(high / step) + 1))
  return histogram(
    errors,
    Array.from({ length: needed + 1 }, (_, i) => i * step),
  )
}

/** The smallest of 1, 2, 2.5 or 5 times a power of ten that is at least `raw`; 1 where `raw` is not positive. */
export function readableStep(raw: number): number {
  if (!(raw > 0 && raw < 1e300)) return 1
  let power = 1
  while (power > raw) power /= 10
  while (power * 10 <= raw) power *= 10
  for (const factor of [1, 2, 2.5, 5]) if (factor * power >= raw) return factor * power
  return 10 * power
}
