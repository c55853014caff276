import { log } from '@epipole/core'

/**
 * The chance that a sample drawn without replacement holds inliers only: Π (nᵢₙ − i) / (n − i).
 */
export function allInlierProbability(inliers: number, count: number, sampleSize: number): number {
  let p = 1
  for (let i = 0; i < sampleSize; i++) p *= Math.max(0, inliers - i) / (count - i)
  return p
}

/**
 * Trials after which, with the given confidence, one sample held inliers only: N = ln(1 − p) / ln(1 − P) (Fischler and
 * Bolles, CACM 1981, with the exact P of drawing without replacement). Infinite where no sample can.
 */
export function requiredTrials(inliers: number, count: number, sampleSize: number, confidence: number): number {
  const p = allInlierProbability(inliers, count, sampleSize)
  if (p <= 0) return Number.POSITIVE_INFINITY
  if (p >= 1) return 1
  // log(1 − p) loses p below 1e-16; −p is exact enough there.
  const miss = p < 1e-12 ? -p : log(1 - p)
  return Math.ceil(log(1 - confidence) / miss)
}
