import { randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { essentialFromPose, fundamentalFromEssential } from '../epipolar/essential.js'
import { compose, invert, type Rigid, rigid } from '../math/rigid.js'
import { so3Exp } from '../math/so3.js'
import { median } from '../math/statistics.js'
import { estimateFundamental } from '../robust/estimate-fundamental.js'
import { fundamentalCovariance } from '../robust/fundamental-covariance.js'
import { refineFundamental } from '../robust/refine-fundamental.js'
import { writeLookAt } from '../synthetic/layouts.js'
import { type SyntheticPair, syntheticPair } from '../synthetic/pair.js'
import type { FundamentalEvidence } from './evidence.js'
import { focalFromFundamental, focalFromFundamentals } from './focal-from-fundamentals.js'
import { focalsFromFundamental } from './two-focals.js'

const F1 = 900
const F2 = 1300
const POINT = [500, 375]
const K = (f: number) => [f, 0, POINT[0], 0, f, POINT[1], 0, 0, 1]

const exact = (pose: Rigid, f1 = F1, f2 = f1): FundamentalEvidence => ({
  F: fundamentalFromEssential(essentialFromPose(pose), K(f1), K(f2))!,
  principalPoint1: POINT,
})

/** What 500 noisy matches of a synthetic pair say: robust estimate, refined on all inliers, with covariance. */
function measured(pair: SyntheticPair): FundamentalEvidence {
  const { model, inliers } = estimateFundamental(pair.pixels1, pair.pixels2, { maxResidual: 2, seed: 1 })
  const F = model!.slice()
  refineFundamental(F, pair.pixels1, pair.pixels2, inliers, 20)
  const covariance = fundamentalCovariance(F, pair.pixels1, pair.pixels2, { indices: inliers })!
  const [, cx, cy] = pair.camera1.params
  return { F, covariance, principalPoint1: [cx, cy] }
}

const handHeld = (seed: number) =>
  syntheticPair({ layout: 'roaming', cameraModel: 'SIMPLE_PINHOLE', matches: 500, noisePx: 0.5, seed })

function lookAt(centre: readonly number[], target: readonly number[]): Rigid {
  const pose = new Float64Array(12)
  writeLookAt(centre, target, pose, 0)
  return rigid(pose.subarray(0, 9), pose.subarray(9))
}
const between = (first: Rigid, second: Rigid) => compose(second, invert(first))

describe('focal lengths from exact fundamental matrices', () => {
  const random = randomStream(3, 'kruppa')
  const anyMotion = () =>
    rigid(so3Exp([random.uniform(-0.6, 0.6), random.uniform(-0.6, 0.6), random.uniform(-0.6, 0.6)]), [
      random.normal(),
      random.normal(),
      random.normal(),
    ])

  it('one for both images: median 1e-12, 99 % below 1e-8 or refused', () => {
    const errors = Array.from({ length: 1000 }, () => {
      const f = random.uniform(300, 4000)
      const verdict = focalFromFundamental(exact(anyMotion(), f))
      return verdict.ok ? Math.abs(verdict.focal / f - 1) : Number.NaN
    })
    const found = errors.filter(Number.isFinite).sort((a, b) => a - b)
    expect(found.length).toBeGreaterThan(900)
    expect(median(found)).toBeLessThan(1e-12)
    expect(found[Math.floor(0.99 * found.length)]).toBeLessThan(1e-8)
  })

  it('two: median 1e-12, 99 % below 1e-8 or refused', () => {
    const errors = Array.from({ length: 1000 }, () => {
      const [f1, f2] = [random.uniform(300, 4000), random.uniform(300, 4000)]
      const verdict = focalsFromFundamental(exact(anyMotion(), f1, f2))
      if (!verdict.ok) return Number.NaN
      return Math.max(Math.abs(verdict.focal1 / f1 - 1), Math.abs(verdict.focal2 / f2 - 1))
    })
    const found = errors.filter(Number.isFinite).sort((a, b) => a - b)
    expect(found.length).toBeGreaterThan(900)
    expect(median(found)).toBeLessThan(1e-12)
    expect(found[Math.floor(0.99 * found.length)]).toBeLessThan(1e-8)
  })

  it('of any scale and sign, and the other way round', () => {
    const pose = rigid(so3Exp([0.2, -0.3, 0.4]), [1, 0.3, -0.2])
    const { F, principalPoint1 } = exact(pose, F1, F2)
    for (const scale of [1e9, -1e-9]) {
      const found = focalsFromFundamental({ F: Float64Array.from(F, (v) => scale * v), principalPoint1 })
      expect(found.ok && found.focal1).toBeCloseTo(F1, 6)
      expect(found.ok && found.focal2).toBeCloseTo(F2, 6)
    }
    const back = focalsFromFundamental(exact(invert(pose), F2, F1))
    expect(back.ok && back.focal1).toBeCloseTo(F2, 6)
    const same = focalFromFundamental(exact(pose))
    expect(same.ok && same.focal).toBeCloseTo(F1, 6)
  })

  it('names the critical motions, with value and threshold', () => {
    const turned = rigid(so3Exp([0, 0, 0.7]), [1, 0.2, 0.4])
    const moved = rigid(so3Exp([0, 0, 0]), [1, 0.2, 0.4])
    const fixating = between(lookAt([-1, -0.5, -4], [0, 0, 0]), lookAt([1, 0.5, -4], [0, 0, 0]))
    for (const [pose, reason] of [
      [moved, 'pure-translation'],
      [turned, 'parallel-axes'],
      [fixating, 'fixating'],
    ] as const) {
      expect(focalFromFundamental(exact(pose))).toMatchObject({ ok: false, reason, threshold: 3 })
    }
    // Axes that meet at unlike distances determine one focal length, but not two.
    const oblique = between(lookAt([-1, -0.5, -4], [0, 0, 0]), lookAt([1, 0.8, -2.5], [0, 0, 0]))
    const one = focalFromFundamental(exact(oblique))
    expect(one.ok && one.focal).toBeCloseTo(F1, 6)
    expect(focalsFromFundamental(exact(oblique))).toMatchObject({ ok: false, reason: 'coplanar-axes', threshold: 3 })
    expect(focalsFromFundamental(exact(moved))).toMatchObject({ ok: false, reason: 'pure-translation' })
    expect(focalsFromFundamental(exact(turned))).toMatchObject({ ok: false, reason: 'parallel-axes' })
  })

  it('refuses numbers that are none, and no evidence', () => {
    expect(() => focalFromFundamental({ F: new Float64Array(9), principalPoint1: POINT })).toThrow('finite')
    expect(() => focalFromFundamental({ F: [1, 2, 3], principalPoint1: POINT })).toThrow('nine numbers')
    expect(() => focalsFromFundamental({ ...exact(rigid(so3Exp([0, 1, 0]), [1, 1, 1])), covariance: [1] })).toThrow(
      '81',
    )
    expect(focalFromFundamentals([])).toMatchObject({ ok: false, reason: 'uncertain' })
  })
})

describe('focal lengths from 500 matches with half a pixel of noise', () => {
  const pairs = Array.from({ length: 100 }, (_, seed) => handHeld(seed))
  const evidence = pairs.map(measured)
  const truth = pairs[0].camera1.params[0]

  it('one matrix: the median error is below 1 %, and the reported deviations are true', () => {
    const verdicts = evidence.map((e) => focalFromFundamental(e))
    const errors = verdicts.map((v) => (v.ok ? Math.abs(v.focal / truth - 1) : Number.POSITIVE_INFINITY))
    expect(median(errors)).toBeLessThan(0.01)
    const squares = verdicts.flatMap((v) => (v.ok ? [((v.focal / truth - 1) / v.relativeDeviation) ** 2] : []))
    const mean = squares.reduce((s, v) => s + v, 0) / squares.length
    expect(mean).toBeGreaterThan(0.6)
    expect(mean).toBeLessThan(1.5)
  })

  it('twenty matrices: below 0.5 %, also when one was made by another camera', () => {
    for (let k = 0; k + 20 <= evidence.length; k += 20) {
      const twenty = evidence.slice(k, k + 20)
      const verdict = focalFromFundamentals(twenty)
      expect(verdict.ok && Math.abs(verdict.focal / truth - 1)).toBeLessThan(0.005)
      const wrong = exact(rigid(so3Exp([0.3, 0.2, -0.5]), [1, 0.5, -0.5]), 2 * truth)
      const robust = focalFromFundamentals([...twenty, { ...wrong, covariance: twenty[0].covariance }])
      expect(robust.ok && Math.abs(robust.focal / truth - 1)).toBeLessThan(0.005)
      expect(robust.witnesses[20].cost).toBeGreaterThan(9)
    }
  })

  it('pure translation, fixation and parallel axes are named under noise too, and not heard among others', () => {
    const random = randomStream(5, 'critical')
    const noisy = (pose: Rigid): FundamentalEvidence => {
      const xy: [number[], number[]] = [[], []]
      while (xy[0].length < 1000) {
        const X = [random.uniform(-2, 2), random.uniform(-2, 2), random.uniform(3, 6)]
        const Y = [0, 1, 2].map((r) => pose.t[r] + [0, 1, 2].reduce((s, c) => s + pose.R[3 * r + c] * X[c], 0))
        if (Y[2] < 1) continue
        for (const [i, p] of [X, Y].entries()) {
          for (const k of [0, 1]) xy[i].push((truth * p[k]) / p[2] + POINT[k] + 0.5 * random.normal())
        }
      }
      const [a, b] = xy.map((v) => Float64Array.from(v))
      const F = Float64Array.from(exact(pose, truth).F)
      refineFundamental(
        F,
        a,
        b,
        Int32Array.from({ length: 500 }, (_, i) => i),
        30,
      )
      return { F, covariance: fundamentalCovariance(F, a, b), principalPoint1: POINT }
    }
    const moved = noisy(rigid(so3Exp([0, 0, 0]), [0.8, 0.2, 0.4]))
    const turned = noisy(rigid(so3Exp([0, 0, 0.4]), [0.8, 0.2, 0.4]))
    const fixating = noisy(between(lookAt([-1, -0.3, 0], [0, 0, 4.5]), lookAt([1, 0.3, 0], [0, 0, 4.5])))
    expect(focalFromFundamental(moved)).toMatchObject({ ok: false, reason: 'pure-translation' })
    expect(focalFromFundamental(turned)).toMatchObject({ ok: false, reason: 'parallel-axes' })
    expect(focalFromFundamental(fixating)).toMatchObject({ ok: false, reason: 'fixating' })
    const mixed = focalFromFundamentals([...evidence.slice(0, 3), moved, fixating])
    expect(mixed.ok).toBe(true)
    expect(mixed.witnesses.map((w) => w.degenerate)).toEqual([
      undefined,
      undefined,
      undefined,
      'pure-translation',
      'fixating',
    ])
    expect(mixed.witnesses[3].weight).toBe(0)
    expect(mixed.witnesses.reduce((s, w) => s + w.weight, 0)).toBeCloseTo(1, 12)
  })
})
