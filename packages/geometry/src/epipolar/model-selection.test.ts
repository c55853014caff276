import { describe, expect, it } from 'vitest'
import { calibrationMatrix } from '../camera/intrinsics.js'
import { estimateEssential } from '../robust/estimate-essential.js'
import { estimateFundamental } from '../robust/estimate-fundamental.js'
import { estimateHomography } from '../robust/estimate-homography.js'
import type { SceneLayout } from '../synthetic/layouts.js'
import { type SyntheticPair, syntheticPair } from '../synthetic/pair.js'
import { fundamentalFromEssential } from './essential.js'
import { applyHomography } from './homography.js'
import { homographySampsonErrors } from './homography-residuals.js'
import { type ModelCandidate, selectTwoViewModel } from './model-selection.js'

const NOISE = 0.7

function candidates(pair: SyntheticPair): ModelCandidate[] {
  const options = { maxResidual: 2.5 * NOISE, seed: 1 }
  const focal = pair.camera1.params[0]
  const E = estimateEssential(pair.xy1, pair.xy2, { ...options, focal1: focal, focal2: focal }).model!
  const K = calibrationMatrix(pair.camera1)
  return [
    { model: 'essential', matrix: fundamentalFromEssential(E, K, K)! },
    { model: 'fundamental', matrix: estimateFundamental(pair.pixels1, pair.pixels2, options).model! },
    { model: 'homography', matrix: estimateHomography(pair.pixels1, pair.pixels2, options).model! },
  ]
}

const pairOf = (layout: SceneLayout, seed: number, inlierRatio = 1) =>
  syntheticPair({ layout, matches: 300, noisePx: NOISE, inlierRatio, seed, cameraModel: 'SIMPLE_PINHOLE' })

describe('selectTwoViewModel', () => {
  it('takes E in depth, H on a plane and for a pure rotation, with and without outliers', () => {
    for (const ratio of [1, 0.7]) {
      for (let seed = 0; seed < 10; seed++) {
        for (const [layout, model] of [
          ['arc', 'essential'],
          ['roaming', 'essential'],
          ['plane', 'homography'],
          ['pure-rotation', 'homography'],
        ] as const) {
          const pair = pairOf(layout, seed, ratio)
          const all = candidates(pair).filter((c) => layout !== 'pure-rotation' || c.model !== 'essential')
          const { best, margin } = selectTwoViewModel(all, pair.pixels1, pair.pixels2, NOISE)
          expect([layout, seed, best]).toEqual([layout, seed, model])
          expect(margin).toBeGreaterThan(2)
        }
      }
    }
  })

  it('takes F where the calibration behind E is wrong', () => {
    const pair = pairOf('roaming', 3)
    const [, fundamental, homography] = candidates(pair)
    const wrong = calibrationMatrix(pair.camera1)
    wrong[0] *= 1.5
    wrong[4] *= 1.5
    const focal = wrong[0]
    const normal = (p: Float64Array) => p.map((v, k) => (v - pair.camera1.params[1 + (k % 2)]) / focal)
    const E = estimateEssential(normal(pair.pixels1), normal(pair.pixels2), {
      maxResidual: 2,
      focal1: focal,
      focal2: focal,
      seed: 1,
    }).model!
    const essential: ModelCandidate = { model: 'essential', matrix: fundamentalFromEssential(E, wrong, wrong)! }
    expect(selectTwoViewModel([essential, fundamental, homography], pair.pixels1, pair.pixels2, NOISE).best).toBe(
      'fundamental',
    )
  })

  it('accounts for every part, as the formula has it', () => {
    const pair = pairOf('arc', 1)
    const { scores, used: n } = selectTwoViewModel(candidates(pair), pair.pixels1, pair.pixels2, NOISE)
    expect(n).toBeGreaterThan(240)
    expect(scores[1].structure).toBeCloseTo(3 * n * Math.log(4), 9)
    expect(scores[2].structure).toBeCloseTo(2 * n * Math.log(4), 9)
    expect(scores.map((s) => s.parameters / Math.log(4 * n))).toEqual([5, 7, 8].map((k) => expect.closeTo(k, 9)))
    for (const s of scores) expect(s.gric).toBeCloseTo(s.misfit + s.structure + s.parameters, 9)
    // A right model misfits by n (4 − d) less its parameters; what exceeds the cut is cut.
    expect(scores[0].misfit).toBeGreaterThan(0.5 * n)
    expect(scores[0].misfit).toBeLessThan(n)
    expect(scores[2].misfit).toBeLessThanOrEqual(4 * n)
  })

  it('refuses nothing to choose from', () => {
    const xy = new Float64Array(4)
    expect(() => selectTwoViewModel([], xy, xy, 1)).toThrow('candidates')
    const H: ModelCandidate = { model: 'homography', matrix: [1, 0, 0, 0, 1, 0, 0, 0, 1] }
    expect(() => selectTwoViewModel([H], xy, xy.slice(2), 1)).toThrow('matches')
    expect(() => selectTwoViewModel([H], xy, xy, 0)).toThrow('sigma')
    expect(selectTwoViewModel([H], xy, xy, 1).margin).toBe(Number.POSITIVE_INFINITY)
  })
})

describe('homographySampsonErrors', () => {
  it('is the distance to the nearest pair that H maps, to first order', () => {
    const H = [1.1, 0.05, 3, -0.04, 0.95, -8, 1e-4, -2e-4, 1]
    const xy1 = Float64Array.of(100, 50, 400, 300)
    const xy2 = applyHomography(H, xy1)
    expect(Math.max(...homographySampsonErrors(H, xy1, xy2))).toBeLessThan(1e-10)
    // A shift of both points by amounts that H does not take into each other, against brute force.
    xy2[0] += 0.3
    xy2[1] -= 0.4
    const [error] = homographySampsonErrors(H, xy1, xy2)
    let least = Number.POSITIVE_INFINITY
    for (let dx = -0.5; dx <= 0.5; dx += 0.01) {
      for (let dy = -0.5; dy <= 0.5; dy += 0.01) {
        const [u, v] = applyHomography(H, [100 + dx, 50 + dy])
        least = Math.min(least, dx * dx + dy * dy + (u - xy2[0]) ** 2 + (v - xy2[1]) ** 2)
      }
    }
    expect(error).toBeCloseTo(Math.sqrt(least), 3)
    expect(homographySampsonErrors(new Float64Array(9), xy1, xy2)[0]).toBe(Number.POSITIVE_INFINITY)
  })
})
