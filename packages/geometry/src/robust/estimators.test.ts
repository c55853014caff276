import { type RandomStream, randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { sampsonErrors } from '../epipolar/residuals.js'
import { alignSim3 } from '../math/align.js'
import { mat3Apply } from '../math/mat3.js'
import { so3Exp } from '../math/so3.js'
import { estimateAbsolutePoseFocal } from './estimate-absolute-pose-focal.js'
import { estimateEssential } from './estimate-essential.js'
import { estimateFundamental, fundamentalEstimator } from './estimate-fundamental.js'
import { estimateHomography } from './estimate-homography.js'
import { lineEstimator, planeEstimator, sim3Estimator } from './linear-estimators.js'
import { ransac } from './ransac.js'
import { prosac } from './sampler.js'

const FOCAL = 1000

/** Two views; `onPlane` of the inliers on one plane, the last outliers random; pixels with (0, 0) at the corner. */
function scene(random: RandomStream, n: number, { inliers = 0.5, onPlane = 0, noise = 0.5 } = {}) {
  const R = so3Exp([0.1, -0.2, 0.05])
  const t = [-1, 0.2, 0.3]
  const p1 = new Float64Array(2 * n)
  const p2 = new Float64Array(2 * n)
  const points = new Float64Array(3 * n)
  const good = Math.round(inliers * n)
  for (let i = 0; i < n; i++) {
    const [x, y] = [random.uniform(-2, 2), random.uniform(-1.5, 1.5)]
    const X = [x, y, i < onPlane * good ? 6 + 0.3 * x - 0.2 * y : random.uniform(4, 9)]
    const Y = mat3Apply(R, X).map((v, k) => v + t[k])
    points.set(X, 3 * i)
    p1.set(
      [640 + (FOCAL * X[0]) / X[2] + noise * random.normal(), 480 + (FOCAL * X[1]) / X[2] + noise * random.normal()],
      2 * i,
    )
    p2.set(
      [640 + (FOCAL * Y[0]) / Y[2] + noise * random.normal(), 480 + (FOCAL * Y[1]) / Y[2] + noise * random.normal()],
      2 * i,
    )
    if (i >= good) p2.set([random.uniform(0, 1280), random.uniform(0, 960)], 2 * i)
  }
  const rays = (p: Float64Array) => p.map((v, k) => (v - (k % 2 === 0 ? 640 : 480)) / FOCAL)
  return { R, t, p1, p2, points, good, rays1: rays(p1), rays2: rays(p2) }
}

describe('line, plane, similarity', () => {
  const random = randomStream(41, 'estimators')

  it('line: total least squares of its inliers, steep or flat', () => {
    for (const angle of [0, 0.7, Math.PI / 2, 2]) {
      const [c, s] = [Math.cos(angle), Math.sin(angle)]
      const xy = new Float64Array(400)
      for (let i = 0; i < 200; i++) {
        const [along, away] =
          i < 80 ? [random.uniform(-5, 5), 0.02 * random.normal()] : [random.uniform(-5, 5), random.uniform(-5, 5)]
        xy.set([along * c - away * s + 3, along * s + away * c - 1], 2 * i)
      }
      const { model, inliers } = ransac(lineEstimator(xy), { maxResidual: 0.08, seed: 1 })
      expect(Math.abs(model![0] * c + model![1] * s)).toBeLessThan(3e-3)
      expect(Math.abs(model![0] * 3 - model![1] + model![2])).toBeLessThan(0.02)
      expect(inliers.filter((i) => i < 80).length).toBeGreaterThanOrEqual(78)
    }
  })

  it('plane', () => {
    const xyz = new Float64Array(900)
    const normal = [2 / 7, 3 / 7, 6 / 7]
    for (let i = 0; i < 300; i++) {
      const [x, y, d] = [
        random.uniform(-5, 5),
        random.uniform(-5, 5),
        i < 120 ? 0.02 * random.normal() : random.uniform(-5, 5),
      ]
      xyz.set([x, y, (4 + d - normal[0] * x - normal[1] * y) / normal[2]], 3 * i)
    }
    const { model, inliers } = ransac(planeEstimator(xyz), { maxResidual: 0.08, seed: 1 })
    const sign = model![2] < 0 ? -1 : 1
    for (let k = 0; k < 3; k++) expect(Math.abs(sign * model![k] - normal[k])).toBeLessThan(3e-3)
    expect(Math.abs(sign * model![3] + 4)).toBeLessThan(0.02)
    expect(inliers.filter((i) => i < 120).length).toBeGreaterThanOrEqual(117)
  })

  it('similarity: equals the alignment of its inliers', () => {
    const src = Float64Array.from({ length: 300 }, () => random.normal())
    const R = so3Exp([1, 2, -0.5])
    const dst = new Float64Array(300)
    for (let i = 0; i < 100; i++) {
      const moved = mat3Apply(R, src.subarray(3 * i, 3 * i + 3)).map((v) => 2.5 * v + 7 + 0.01 * random.normal())
      dst.set(i < 40 ? moved : moved.map((v) => v + 5 * random.normal()), 3 * i)
    }
    const { model, inliers, report } = ransac(sim3Estimator(src, dst), { maxResidual: 0.05, seed: 1 })
    expect(inliers.filter((i) => i < 40).length).toBeGreaterThanOrEqual(38)
    expect(model![12]).toBeCloseTo(2.5, 1)
    expect(report.meanResidual).toBeLessThan(0.03)
    const pick = (a: Float64Array) => Float64Array.from([...inliers].flatMap((i) => [...a.subarray(3 * i, 3 * i + 3)]))
    const fit = alignSim3(pick(src), pick(dst))
    if (!fit.ok) throw new Error(fit.reason)
    expect(Math.abs(fit.transform.scale - model![12])).toBeLessThan(1e-3)
  })
})

describe('pose with unknown focal length', () => {
  it('finds both among half outliers, and respects the limits', () => {
    const random = randomStream(42, 'focal')
    for (let seed = 0; seed < 5; seed++) {
      const { R, t, p2, points, good } = scene(random, 300)
      const xy = p2.map((v, k) => v - (k % 2 === 0 ? 640 : 480))
      const { model, inliers } = estimateAbsolutePoseFocal(xy, points, { maxResidual: 3, seed })
      expect(inliers.filter((i) => i < good).length).toBeGreaterThan(0.98 * good)
      expect(Math.abs(model!.focal / FOCAL - 1)).toBeLessThan(0.01)
      for (let k = 0; k < 9; k++) expect(Math.abs(model!.camFromWorld.R[k] - R[k])).toBeLessThan(0.005)
      for (let k = 0; k < 3; k++) expect(Math.abs(model!.camFromWorld.t[k] - t[k])).toBeLessThan(0.1)
      const limited = estimateAbsolutePoseFocal(xy, points, { maxResidual: 3, seed, minFocal: 2000, maxTrials: 300 })
      if (limited.model) expect(limited.model.focal).toBeGreaterThanOrEqual(2000)
    }
  })
})

describe('fundamental matrix when a plane dominates', () => {
  it('finds the pairs off the plane though nine inliers in ten are on it', () => {
    const random = randomStream(43, 'plane')
    let [completed, plain] = [0, 0]
    for (let seed = 0; seed < 20; seed++) {
      const { p1, p2, good } = scene(random, 400, { inliers: 0.75, onPlane: 0.9 })
      const off = Int32Array.from({ length: 0.1 * good }, (_, i) => 0.9 * good + i)
      const found = (F: Float64Array | undefined) => {
        const errors = sampsonErrors(F!, p1, p2)
        return off.filter((i) => errors[i] < 2).length > 0.9 * off.length
      }
      const options = { maxResidual: 2, seed }
      if (found(estimateFundamental(p1, p2, options).model)) completed++
      const without = { ...fundamentalEstimator(p1, p2), alternatives: undefined }
      if (found(ransac(without, options).model)) plain++
    }
    expect(completed).toBeGreaterThanOrEqual(18)
    expect(plain).toBeLessThan(10)
  })
})

describe('noise of unknown size', () => {
  it('the marginal score with a generous bound is as exact as the right threshold', () => {
    const random = randomStream(45, 'unknown noise')
    const ratios: number[] = []
    for (let seed = 0; seed < 20; seed++) {
      const { p1, p2, good } = scene(random, 400, { noise: 0.3 })
      const exact = Int32Array.from({ length: good }, (_, i) => i)
      const error = (options: Parameters<typeof estimateFundamental>[2]) => {
        const all = sampsonErrors(estimateFundamental(p1, p2, { ...options, seed }).model!, p1, p2)
        return Math.sqrt(exact.reduce((sum, i) => sum + all[i] ** 2, 0) / good)
      }
      ratios.push(error({ maxResidual: 4, scoring: 'marginal' }) / error({ maxResidual: 2.6 * 0.3 }))
    }
    expect(ratios.sort((a, b) => a - b)[10]).toBeLessThan(1.02)
    expect(ratios[18]).toBeLessThan(1.1)
  })
})

describe('all estimators', () => {
  const random = randomStream(44, 'all')
  const { p1, p2, rays1, rays2, good } = scene(random, 300)

  it('are functions of their seed, to the bit, and change nothing of their input', () => {
    const copy = p1.slice()
    for (const estimate of [estimateFundamental, estimateHomography]) {
      const options = { maxResidual: 2, seed: 5, maxTrials: 500 }
      expect(estimate(p1, p2, options)).toEqual(estimate(p1, p2, options))
    }
    expect(p1).toEqual(copy)
  })

  it('find the same inliers, whatever the order of the pairs', () => {
    const order = random.shuffle(Int32Array.from({ length: 300 }, (_, i) => i))
    const pick = (xy: Float64Array) => Float64Array.from([...order].flatMap((i) => [xy[2 * i], xy[2 * i + 1]]))
    const options = { maxResidual: 2, focal1: FOCAL, focal2: FOCAL, seed: 1 }
    const first = estimateEssential(rays1, rays2, options)
    const second = estimateEssential(pick(rays1), pick(rays2), options)
    const shared = new Set(first.inliers)
    const both = [...second.inliers].filter((i) => shared.has(order[i])).length
    expect(both).toBeGreaterThanOrEqual(0.97 * Math.max(first.inliers.length, second.inliers.length))
  })

  it('take pixels of any unit: scaled by 1e±9, the inliers stay', () => {
    for (const scale of [1e9, 1e-9]) {
      const [q1, q2] = [p1.map((v) => v * scale), p2.map((v) => v * scale)]
      for (const estimate of [estimateFundamental, estimateHomography]) {
        const a = estimate(p1, p2, { maxResidual: 2, seed: 3, maxTrials: 2000 })
        const b = estimate(q1, q2, { maxResidual: 2 * scale, seed: 3, maxTrials: 2000 })
        expect(Math.abs(a.inliers.length - b.inliers.length)).toBeLessThanOrEqual(0.03 * a.inliers.length)
      }
    }
  })

  it('with focal lengths residuals are in pixels', () => {
    const inPixels = estimateEssential(rays1, rays2, { maxResidual: 2, focal1: FOCAL, focal2: FOCAL, seed: 1 })
    const onPlane = estimateEssential(rays1, rays2, { maxResidual: 2 / FOCAL, seed: 1 })
    expect(inPixels.inliers.length).toBe(onPlane.inliers.length)
    expect(inPixels.report.meanResidual / FOCAL / onPlane.report.meanResidual).toBeCloseTo(1, 6)
  })

  it('early exit changes what is computed, not what is found', () => {
    const options = { maxResidual: 2, focal1: FOCAL, focal2: FOCAL, seed: 1 }
    const eager = estimateEssential(rays1, rays2, options)
    const full = estimateEssential(rays1, rays2, { ...options, earlyExit: false })
    expect(eager.report.evaluations / eager.report.models).toBeLessThan(0.7 * full.report.count)
    expect(full.report.evaluations / full.report.models).toBeGreaterThanOrEqual(full.report.count)
    expect(Math.abs(eager.inliers.length - full.inliers.length)).toBeLessThanOrEqual(0.03 * good)
  })

  it('PROSAC needs fewer trials when the ranking knows something', () => {
    const ranked = Int32Array.from({ length: 300 }, (_, i) => i) // the good ones come first
    const options = { maxResidual: 2, seed: 1 }
    const uniform = estimateFundamental(p1, p2, options)
    const progressive = estimateFundamental(p1, p2, { ...options, sampler: prosac(ranked) })
    expect(progressive.inliers.length).toBeGreaterThan(0.97 * uniform.inliers.length)
    expect(progressive.report.stoppedBy).toBe('confidence')
    expect(progressive.report.trials).toBeLessThan(0.2 * uniform.report.trials)
    expect(() => estimateFundamental(p1, p2, { ...options, sampler: prosac([1, 2, 3]) })).toThrow('3 data')
  })

  it('every scoring finds the geometry', () => {
    for (const scoring of ['msac', 'count', 'marginal'] as const) {
      const { inliers, report } = estimateFundamental(p1, p2, { maxResidual: 3, scoring, seed: 2 })
      expect(inliers.filter((i) => i < good).length).toBeGreaterThan(0.97 * good)
      expect(report.confidence).toBeGreaterThan(0.999)
    }
  })

  it('data without any geometry, or none at all, end in a report and no exception', () => {
    const noise = Float64Array.from({ length: 60 }, () => random.uniform(0, 1000))
    const other = Float64Array.from({ length: 60 }, () => random.uniform(0, 1000))
    const same = new Float64Array(60).fill(3)
    const bad = new Float64Array(60).fill(Number.NaN)
    const options = { maxResidual: 1, maxTrials: 200 }
    for (const estimate of [estimateEssential, estimateFundamental, estimateHomography]) {
      for (const [a, b] of [
        [noise, other],
        [same, same],
        [bad, noise],
        [new Float64Array(0), new Float64Array(0)],
      ]) {
        const { model, inliers, report } = estimate(a, b, options)
        expect(model === undefined || model.every((v) => Number.isFinite(v))).toBe(true)
        expect(report.inliers).toBe(inliers.length)
        expect(Number.isFinite(report.meanResidual)).toBe(true)
        expect(Number.isFinite(report.confidence)).toBe(true)
      }
    }
  })

  it('gives up once a model with enough inliers would have been found', () => {
    const noise = Float64Array.from({ length: 100 }, () => random.uniform(0, 1000))
    const other = Float64Array.from({ length: 100 }, () => random.uniform(0, 1000))
    const { report } = estimateHomography(noise, other, { maxResidual: 1, minInliers: 25 })
    expect(report.stoppedBy).toBe('few-inliers')
    // ln(1 − 0.9999)/ln(1 − (25·24·23·22)/(50·49·48·47)) = 163.9
    expect(report.trials).toBe(164)
  })
})
