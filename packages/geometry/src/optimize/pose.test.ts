import { randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import type { Camera } from '../camera/camera.js'
import { camera } from '../camera/create.js'
import { lensOf, PROJECTION_SIZE, projectLens } from '../camera/models.js'
import { compose, invert, type Rigid, rigid, rigidIdentity, transformPoint } from '../math/rigid.js'
import { rotationAngleRad, so3Exp, so3Log } from '../math/so3.js'
import { syntheticPair } from '../synthetic/pair.js'
import { adjustAbsolutePose } from './absolute-pose.js'
import { adjustRelativePose } from './relative-pose.js'

const truth = rigid(so3Exp([0.3, -0.4, 0.1]), [0.2, -0.1, 6])
const cam = camera('RADIAL', 1000, 750, [900, 510, 370, -0.1, 0.02])

function scene(n: number, noisePx: number, seed: number): { points: Float64Array; pixels: Float64Array } {
  const random = randomStream(seed)
  const points = Float64Array.from({ length: 3 * n }, () => random.uniform(-1.5, 1.5))
  return { points, pixels: project(cam, truth, points).map((v) => v + noisePx * random.normal()) }
}

function project(c: Camera, pose: Rigid, points: Float64Array): Float64Array {
  const out = new Float64Array(PROJECTION_SIZE)
  const pixels = new Float64Array((points.length / 3) * 2)
  for (let i = 0; 3 * i < points.length; i++) {
    const [x, y, z] = transformPoint(pose, points.subarray(3 * i, 3 * i + 3))
    projectLens(lensOf(c.model), Float64Array.from(c.params), x / z, y / z, out)
    pixels.set(out.subarray(0, 2), 2 * i)
  }
  return pixels
}

const start = compose(rigid(so3Exp([0.02, 0.03, -0.02]), [0.1, -0.1, 0.2]), truth)

describe('adjustAbsolutePose', () => {
  it('recovers the exact pose, with focal length and distortion too', () => {
    const { points, pixels } = scene(30, 0, 1)
    const pose = adjustAbsolutePose(cam, start, points, pixels).camFromWorld
    expect(rotationAngleRad(pose.R, truth.R)).toBeLessThan(1e-9)
    const wrong = camera('RADIAL', 1000, 750, [950, 510, 370, 0, 0])
    const refined = adjustAbsolutePose(wrong, start, points, pixels, { refine: 'focal-and-distortion' })
    for (let i = 0; i < 5; i++) expect(Math.abs(refined.camera.params[i] - cam.params[i])).toBeLessThan(1e-4)
    expect(rotationAngleRad(refined.camFromWorld.R, truth.R)).toBeLessThan(1e-6)
    expect([...wrong.params]).toEqual([950, 510, 370, 0, 0])
  })

  it('uses only the given correspondences and withstands outliers by its loss', () => {
    const { points, pixels } = scene(40, 0.3, 2)
    for (let i = 0; i < 10; i++) pixels[2 * i] += 60
    const indices = Int32Array.from({ length: 30 }, (_, i) => i + 10)
    const chosen = adjustAbsolutePose(cam, start, points, pixels, { indices })
    expect(chosen.report.finalRmsPx).toBeLessThan(0.6)
    const robust = adjustAbsolutePose(cam, start, points, pixels)
    expect(rotationAngleRad(robust.camFromWorld.R, chosen.camFromWorld.R)).toBeLessThan(1e-3)
  })

  it('predicts the scatter of the pose', () => {
    const repetitions = 400
    let chi2 = 0
    for (let seed = 0; seed < repetitions; seed++) {
      const { points, pixels } = scene(25, 0, 3)
      const random = randomStream(seed, 'noise')
      for (let i = 0; i < pixels.length; i++) pixels[i] += 0.7 * random.normal()
      const refined = adjustAbsolutePose(cam, start, points, pixels, { loss: { type: 'trivial' }, covariance: true })
      // truth = Exp(ω) R, Exp(ω) t + δ.
      const step = compose(truth, invert(refined.camFromWorld))
      chi2 += mahalanobis(refined.covariance!, [...so3Log(step.R), ...step.t])
    }
    // F-distributed with 6 and 44 degrees of freedom: mean 44/42.
    const ratio = chi2 / repetitions / 6 / (44 / 42)
    expect(ratio).toBeGreaterThan(0.9)
    expect(ratio).toBeLessThan(1.1)
  })

  it('has no covariance where the pose is not determined', () => {
    const { points, pixels } = scene(2, 0, 4)
    expect(adjustAbsolutePose(cam, start, points, pixels, { covariance: true }).covariance).toBeUndefined()
    expect(() => adjustAbsolutePose(cam, start, points, pixels.slice(2))).toThrow('do not fit')
  })
})

function mahalanobis(C: Float64Array, e: readonly number[]): number {
  const n = e.length
  const a = [...C]
  const x = [...e]
  for (let i = 0; i < n; i++) {
    for (let r = i + 1; r < n; r++) {
      const f = a[n * r + i] / a[n * i + i]
      for (let c = i; c < n; c++) a[n * r + c] -= f * a[n * i + c]
      x[r] -= f * x[i]
    }
  }
  for (let i = n - 1; i >= 0; i--) {
    for (let c = i + 1; c < n; c++) x[i] -= a[n * i + c] * x[c]
    x[i] /= a[n * i + i]
  }
  return x.reduce((s, v, i) => s + v * e[i], 0)
}

describe('adjustRelativePose', () => {
  it('recovers the exact motion and keeps the length of the translation', () => {
    const pair = syntheticPair({ matches: 60, seed: 1 })
    const length = Math.sqrt(pair.cam2FromCam1.t.reduce((s, v) => s + v * v, 0))
    const near = compose(rigid(so3Exp([0.01, -0.02, 0.01]), [0, 0, 0]), pair.cam2FromCam1)
    const refined = adjustRelativePose(near, pair.xy1, pair.xy2)
    expect(refined.used).toBe(60)
    expect(rotationAngleRad(refined.cam2FromCam1.R, pair.cam2FromCam1.R)).toBeLessThan(1e-7)
    for (let k = 0; k < 3; k++) {
      expect(Math.abs(refined.cam2FromCam1.t[k] - pair.cam2FromCam1.t[k])).toBeLessThan(1e-6 * length)
    }
  })

  it('skips matches behind a camera and says how many it used', () => {
    const pair = syntheticPair({ matches: 60, inlierRatio: 0.6, noisePx: 0.3, seed: 2 })
    const refined = adjustRelativePose(pair.cam2FromCam1, pair.xy1, pair.xy2, { loss: { type: 'cauchy', scale: 1e-3 } })
    expect(refined.used).toBeLessThan(60)
    expect(refined.used).toBeGreaterThanOrEqual(36)
    expect(rotationAngleRad(refined.cam2FromCam1.R, pair.cam2FromCam1.R)).toBeLessThan(0.01)
    expect(() => adjustRelativePose(rigidIdentity(), pair.xy1, pair.xy2.slice(2))).toThrow('do not match')
  })
})
