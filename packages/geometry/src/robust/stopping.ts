import { log1p } from '@epipole/core'

/** P(a uniform sample holds inliers only) = ∏ (inliers − i)/(count − i), exactly, without replacement. */
export function allInlierProbability(inliers: number, count: number, sampleSize: number): number {
  let probability = 1
  for (let i = 0; i < sampleSize; i++) {
    if (inliers - i <= 0) return 0
    probability *= (inliers - i) / (count - i)
  }
  return probability
}

/**
 * N = ln(1 − confidence)/ln(1 − P): trials after which at least one sample held inliers only, with that confidence.
 * Infinite when no sample can.
 */
export function requiredTrials(inliers: number, count: number, sampleSize: number, confidence: number): number {
  const probability = allInlierProbability(inliers, count, sampleSize)
  if (probability >= 1) return 1
  if (!(probability > 0)) return Number.POSITIVE_INFINITY
  return Math.max(1, Math.ceil(log1p(-confidence) / log1p(-probability)))
}

/** base^exponent for whole exponents, by squaring. */
export function power(base: number, exponent: number): number {
  let product = 1
  for (let e = exponent, b = base; e > 0; e = Math.floor(e / 2), b *= b) if (e % 2 === 1) product *= b
  return product
}

/** Part of the data that agree with a wrong model by chance, at most. */
const CHANCE = 0.1

/**
 * Whether so many of a pool's data are inliers that chance does not explain them: Chum & Matas, "Matching with PROSAC" (CVPR
 * 2005), section 2.2, a binomial test at 5 %, here by its normal approximation. A sample's own data do not count.
 */
export function isBeyondChance(inliers: number, pool: number, sampleSize: number): boolean {
  const others = pool - sampleSize
  const expected = CHANCE * others
  return inliers >= sampleSize + expected + 1.645 * Math.sqrt(expected * (1 - CHANCE)) + 5
}
