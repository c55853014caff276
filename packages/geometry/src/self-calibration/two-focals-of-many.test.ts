import { log, randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { essentialFromPose, fundamentalFromEssential } from '../epipolar/essential.js'
import { type Rigid, rigid } from '../math/rigid.js'
import { so3Exp } from '../math/so3.js'
import { median } from '../math/statistics.js'
import { fundamentalCovariance } from '../robust/fundamental-covariance.js'
import { refineFundamental } from '../robust/refine-fundamental.js'
import { syntheticPair } from '../synthetic/pair.js'
import type { FundamentalEvidence } from './evidence.js'
import { focalsFromFundamental } from './two-focals.js'
import { focalsFromFundamentals } from './two-focals-of-many.js'

/** Of the synthetic pairs. */
const POINT = [503, 370.5]
const K = (f: number) => [f, 0, POINT[0], 0, f, POINT[1], 0, 0, 1]
const [F1, F2] = [900, 1300]

const exact = (pose: Rigid, f1 = F1, f2 = F2): FundamentalEvidence => ({
  F: fundamentalFromEssential(essentialFromPose(pose), K(f1), K(f2))!,
  principalPoint1: POINT,
})

/** 500 matches with half a pixel of noise; image 2 is enlarged about its principal point, as by a longer lens. */
function measured(seed: number, repetition = 0, matches = 500): FundamentalEvidence {
  const pair = syntheticPair({
    layout: 'roaming',
    cameraModel: 'SIMPLE_PINHOLE',
    focal: F1,
    matches,
    noisePx: 0,
    seed,
  })
  const random = randomStream(seed, 'noise', `${repetition}`)
  const a = pair.pixels1.map((v) => v + 0.5 * random.normal())
  const b = pair.pixels2.map((v, k) => POINT[k % 2] + (F2 / F1) * (v - POINT[k % 2]) + 0.5 * random.normal())
  const F = Float64Array.from(exact(pair.cam2FromCam1).F)
  const all = Int32Array.from({ length: matches }, (_, i) => i)
  refineFundamental(F, a, b, all, 20)
  return { F, covariance: fundamentalCovariance(F, a, b, { sigma: 0.5 })!, principalPoint1: POINT }
}

describe('two focal lengths from many fundamental matrices', () => {
  const random = randomStream(5, 'two-focals')
  const anyMotion = () =>
    rigid(so3Exp([random.uniform(-0.6, 0.6), random.uniform(-0.6, 0.6), random.uniform(-0.6, 0.6)]), [
      random.normal(),
      random.normal(),
      random.normal(),
    ])

  it('exact matrices: eleven digits', () => {
    const errors = Array.from({ length: 100 }, () => {
      const verdict = focalsFromFundamentals([anyMotion(), anyMotion(), anyMotion()].map((m) => exact(m)))
      if (!verdict.ok) throw new Error(verdict.reason)
      return Math.max(Math.abs(verdict.focal1 / F1 - 1), Math.abs(verdict.focal2 / F2 - 1))
    })
    expect(median(errors)).toBeLessThan(1e-11)
  })

  const evidence = Array.from({ length: 100 }, (_, seed) => measured(seed))
  const errorOf = (v: { readonly focal1: number; readonly focal2: number }) =>
    Math.max(Math.abs(v.focal1 / F1 - 1), Math.abs(v.focal2 / F2 - 1))

  it('twenty noisy ones: below 1 %, better than one alone, also when one is wrong', () => {
    const single = evidence.map((e) => focalsFromFundamental(e)).flatMap((v) => (v.ok ? [errorOf(v)] : []))
    for (let k = 0; k + 20 <= evidence.length; k += 20) {
      const twenty = evidence.slice(k, k + 20)
      const verdict = focalsFromFundamentals(twenty)
      const error = verdict.ok ? errorOf(verdict) : Number.POSITIVE_INFINITY
      expect(error).toBeLessThan(0.01)
      expect(error).toBeLessThan(median(single))
      const wrong = { ...exact(anyMotion(), 2000, 700), covariance: twenty[0].covariance }
      const robust = focalsFromFundamentals([...twenty, wrong])
      expect(robust.ok ? errorOf(robust) : Number.POSITIVE_INFINITY).toBeLessThan(0.01)
      expect(robust.witnesses[20].cost).toBeGreaterThan(9)
    }
  })

  it('its covariance is true: over 500 repetitions the normalised error is χ² of two degrees', () => {
    let sum = 0
    for (let repetition = 0; repetition < 500; repetition++) {
      const verdict = focalsFromFundamentals([0, 1, 2, 3].map((seed) => measured(seed, repetition, 250)))
      if (!verdict.ok) throw new Error(verdict.reason)
      const { focal1, focal2, covariance: C } = verdict
      const [x, y] = [log(focal1 / F1), log(focal2 / F2)]
      sum += (C[3] * x * x - 2 * C[1] * x * y + C[0] * y * y) / (C[0] * C[3] - C[1] * C[2])
    }
    expect(Math.abs(sum / 500 / 2 - 1)).toBeLessThan(0.1)
  })

  it('leaves out critical motions and names them; refuses where there is nothing else', () => {
    const shift = exact(rigid(so3Exp([0, 0, 0]), [1, 0.2, 0.1]))
    const level = exact(rigid(so3Exp([0, 0.4, 0]), [1, 0, 0.3]), F1, F1)
    const mixed = focalsFromFundamentals([shift, exact(anyMotion()), exact(anyMotion())])
    expect(mixed.ok && Math.abs(mixed.focal2 / F2 - 1)).toBeLessThan(1e-8)
    expect(mixed.witnesses[0].degenerate).toBeDefined()
    expect(mixed.witnesses[1].degenerate).toBeUndefined()
    expect(focalsFromFundamentals([level])).toMatchObject({ ok: false, reason: 'coplanar-axes' })
    expect(focalsFromFundamentals([])).toMatchObject({ ok: false, reason: 'uncertain', witnesses: [] })
  })
})
