import { randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { hat, mat3Apply, mat3Multiply } from '../math/mat3.js'
import { so3Exp } from '../math/so3.js'
import { estimateAbsolutePose } from './estimate-absolute-pose.js'
import { estimateEssential } from './estimate-essential.js'
import { estimateFundamental } from './estimate-fundamental.js'
import { estimateHomography } from './estimate-homography.js'

const FOCAL = 1000

/** Two views of a random cloud, or of a plane; pixels with noise; the first `outliers` matches are random. */
function twoViews(seed: number, { n = 600, outliers = 300, noisePx = 0.5, plane = false } = {}) {
  const random = randomStream(seed)
  const R = so3Exp([0.1, -0.2, 0.05])
  const t = Float64Array.of(-1, 0.2, 0.3)
  const pixels1 = new Float64Array(2 * n)
  const pixels2 = new Float64Array(2 * n)
  const points = new Float64Array(3 * n)
  for (let i = 0; i < n; i++) {
    const z = plane ? 6 : random.uniform(4, 9)
    const X = [random.uniform(-2, 2), random.uniform(-1.5, 1.5), z]
    if (plane) X[2] += 0.3 * X[0] - 0.2 * X[1]
    points.set(X, 3 * i)
    const Y = mat3Apply(R, X).map((v, d) => v + t[d])
    for (const [xy, P] of [
      [pixels1, X],
      [pixels2, Y],
    ] as const) {
      xy[2 * i] = 640 + (FOCAL * P[0]) / P[2] + noisePx * random.normal()
      xy[2 * i + 1] = 480 + (FOCAL * P[1]) / P[2] + noisePx * random.normal()
    }
    if (i < outliers) {
      pixels2[2 * i] = random.uniform(0, 1280)
      pixels2[2 * i + 1] = random.uniform(0, 960)
    }
  }
  const rays = (xy: Float64Array) => xy.map((v, i) => (v - (i % 2 === 0 ? 640 : 480)) / FOCAL)
  return { R, t, pixels1, pixels2, rays1: rays(pixels1), rays2: rays(pixels2), points, outliers }
}

function unit(m: Float64Array): Float64Array {
  const norm = Math.sqrt(m.reduce((s, v) => s + v * v, 0))
  return m.map((v) => v / norm)
}

/** Distance of two matrices known up to scale and sign. */
function distance(a: Float64Array, b: Float64Array): number {
  const [p, q] = [unit(a), unit(b)]
  const apart = (sign: number) => Math.sqrt(p.reduce((s, v, i) => s + (v - sign * q[i]) ** 2, 0))
  return Math.min(apart(1), apart(-1))
}

describe('robust estimation of two views with half the matches wrong', () => {
  it('finds the essential matrix', () => {
    for (let seed = 0; seed < 5; seed++) {
      const { R, t, rays1, rays2 } = twoViews(seed)
      const { model, inliers, report } = estimateEssential(rays1, rays2, { maxResidual: 2 / FOCAL, seed })
      expect(distance(model as Float64Array, mat3Multiply(hat(t), R))).toBeLessThan(0.03)
      expect(inliers.filter((i) => i >= 300).length).toBeGreaterThan(295)
      expect(report.stoppedBy).toBe('confidence')
    }
  })

  it('finds the fundamental matrix, in pixels', () => {
    const { pixels1, pixels2 } = twoViews(7)
    const { model: F, inliers, report } = estimateFundamental(pixels1, pixels2, { maxResidual: 2, seed: 1 })
    expect(inliers.filter((i) => i >= 300).length).toBeGreaterThan(290)
    expect(report.meanResidual).toBeLessThan(0.7)
    const [a, b, c, d, e, f, g, h, i] = F as Float64Array
    expect(Math.abs(a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g))).toBeLessThan(1e-15)
  })

  it('finds the homography of a plane', () => {
    const { pixels1, pixels2 } = twoViews(8, { plane: true })
    const { model: H, inliers, report } = estimateHomography(pixels1, pixels2, { maxResidual: 3, seed: 1 })
    expect(inliers.filter((i) => i >= 300).length).toBeGreaterThan(295)
    expect(report.meanResidual).toBeLessThan(1.2)
    expect((H as Float64Array)[8]).toBe(1)
  })

  it('finds the camera pose', () => {
    const { R, t, rays2, points } = twoViews(9)
    const { model, inliers } = estimateAbsolutePose(rays2, points, { maxResidual: 3 / FOCAL, seed: 1 })
    expect(inliers.filter((i) => i >= 300).length).toBeGreaterThan(297)
    expect(Math.max(...(model?.R ?? []).map((v, i) => Math.abs(v - R[i])))).toBeLessThan(1e-3)
    expect(Math.max(...(model?.t ?? []).map((v, i) => Math.abs(v - t[i])))).toBeLessThan(5e-3)
  })

  it('polishes clean data to the last digits', () => {
    const { R, t, rays1, rays2, points } = twoViews(10, { outliers: 0, noisePx: 0 })
    const { model: E } = estimateEssential(rays1, rays2, { maxResidual: 1e-3 })
    expect(distance(E as Float64Array, mat3Multiply(hat(t), R))).toBeLessThan(1e-11)
    const { model: pose } = estimateAbsolutePose(rays2, points, { maxResidual: 1e-3 })
    expect(Math.max(...(pose?.t ?? []).map((v, i) => Math.abs(v - t[i])))).toBeLessThan(1e-11)
  })
})
