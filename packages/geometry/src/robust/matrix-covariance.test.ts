import { randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { calibrationMatrix } from '../camera/intrinsics.js'
import { essentialFromPose, fundamentalFromEssential } from '../epipolar/essential.js'
import { applyHomography } from '../epipolar/homography.js'
import { symmetricEigen } from '../math/eigen.js'
import { syntheticPair } from '../synthetic/pair.js'
import { fundamentalCovariance } from './fundamental-covariance.js'
import { homographyCovariance } from './homography-covariance.js'
import { refineFundamental } from './refine-fundamental.js'
import { refineHomography } from './refine-homography.js'

const REPETITIONS = 500
const SIGMA = 0.5
const all = (n: number) => Int32Array.from({ length: n }, (_, i) => i)

type Refine = (M: Float64Array, a: Float64Array, b: Float64Array) => Float64Array | undefined

/** Mean of the normalised squared errors over noisy repetitions, divided by their degrees of freedom. */
function chiSquared(truth: Float64Array, xy1: Float64Array, xy2: Float64Array, rank: number, refine: Refine): number {
  const scale = 1 / Math.sqrt(truth.reduce((s, v) => s + v * v, 0))
  let sum = 0
  for (let seed = 0; seed < REPETITIONS; seed++) {
    const random = randomStream(seed, 'covariance')
    const [a, b] = [xy1, xy2].map((p) => p.map((v) => v + SIGMA * random.normal()))
    const M = truth.slice()
    const C = refine(M, a, b)!
    const sign = M.reduce((s, v, k) => s + v * truth[k], 0) < 0 ? -1 : 1
    const error = M.map((v, k) => v - sign * scale * truth[k])
    sum += pseudoMahalanobis(C, rank, error)
  }
  return sum / REPETITIONS / rank
}

/** eᵀ C⁺ e for a covariance of lower rank: entries in pixels differ by six orders of magnitude, so they are scaled first. */
function pseudoMahalanobis(C: Float64Array, rank: number, error: Float64Array): number {
  const s = Float64Array.from({ length: 9 }, (_, k) => 1 / Math.sqrt(C[10 * k]))
  const A = C.map((v, k) => v * s[Math.floor(k / 9)] * s[k % 9])
  const { values, V } = symmetricEigen(A, 9)
  let sum = 0
  for (let i = 0; i < rank; i++) {
    let along = 0
    for (let k = 0; k < 9; k++) along += V[9 * k + i] * error[k] * s[k]
    sum += (along * along) / values[i]
  }
  return sum
}

describe('fundamentalCovariance', () => {
  const clean = syntheticPair({ layout: 'roaming', cameraModel: 'SIMPLE_PINHOLE', matches: 200, seed: 4 })
  const K = calibrationMatrix(clean.camera1)
  const truth = fundamentalFromEssential(essentialFromPose(clean.cam2FromCam1), K, K)!

  it('is true: over 500 repetitions the normalised error is χ² of seven degrees', () => {
    const ratio = chiSquared(truth, clean.pixels1, clean.pixels2, 7, (F, a, b) => {
      refineFundamental(F, a, b, all(200), 20)
      return fundamentalCovariance(F, a, b, { sigma: SIGMA })
    })
    expect(Math.abs(ratio - 1)).toBeLessThan(0.1)
  })

  it('is absent where F is not determined', () => {
    const { pixels1, pixels2 } = syntheticPair({ layout: 'plane', matches: 50, seed: 1 })
    const F = Float64Array.of(0, 0, 1, 0, 0, 2, -1, -2, 0)
    expect(fundamentalCovariance(F, pixels1.slice(0, 12), pixels2.slice(0, 12))).toBeUndefined()
    expect(fundamentalCovariance(F, new Float64Array(40), new Float64Array(40))).toBeUndefined()
    expect(() => fundamentalCovariance(F, pixels1, pixels2.slice(2))).toThrow('do not match')
  })
})

describe('homographyCovariance', () => {
  const truth = Float64Array.of(0.9, 0.12, 40, -0.1, 1.05, -25, 1.2e-4, -8e-5, 1)
  const random = randomStream(9, 'points')
  const xy1 = Float64Array.from({ length: 120 }, (_, k) => random.uniform(0, k % 2 === 0 ? 1000 : 750))
  const xy2 = applyHomography(truth, xy1)

  it('is true: over 500 repetitions the normalised error is χ² of eight degrees', () => {
    const ratio = chiSquared(truth, xy1, xy2, 8, (H, a, b) => {
      refineHomography(H, a, b, all(60), 20)
      return homographyCovariance(H, a, b, { sigma: SIGMA })
    })
    expect(Math.abs(ratio - 1)).toBeLessThan(0.1)
  })

  it('estimates the noise from the residuals, and follows the unit of the pixels', () => {
    const noisy = [xy1, xy2].map((p) => p.map((v) => v + SIGMA * random.normal()))
    const H = truth.slice()
    refineHomography(H, noisy[0], noisy[1], all(60), 20)
    const told = homographyCovariance(H, noisy[0], noisy[1], { sigma: SIGMA })!
    const found = homographyCovariance(H, noisy[0], noisy[1])!
    // 112 residuals: their variance is known to 13 %.
    expect(Math.abs(found[0] / told[0] - 1)).toBeLessThan(0.4)
    const half = homographyCovariance(H, noisy[0], noisy[1], { sigma: SIGMA / 2, indices: all(60) })!
    expect(half[0] / told[0]).toBeCloseTo(0.25, 10)
  })

  it('is absent where H is not determined', () => {
    const line = Float64Array.from({ length: 40 }, (_, k) => (k % 2 === 0 ? k : 0.5 * (k - 1)))
    const I = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1)
    expect(homographyCovariance(I, line, line)).toBeUndefined()
    expect(homographyCovariance(truth, xy1.slice(0, 8), xy2.slice(0, 8))).toBeUndefined()
    expect(homographyCovariance(new Float64Array(9), xy1, xy2)).toBeUndefined()
    expect(() => homographyCovariance(truth, xy1, xy2.slice(2))).toThrow('do not match')
  })
})
