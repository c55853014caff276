import { randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import type { Camera } from '../camera/camera.js'
import { camera } from '../camera/create.js'
import { lensOf, PROJECTION_SIZE, projectLens } from '../camera/models.js'
import { symmetricEigen } from '../math/eigen.js'
import { compose, invert, type Rigid, rigid, rigidIdentity, transformPoint } from '../math/rigid.js'
import { rotationAngleRad, so3Exp, so3Log } from '../math/so3.js'
import { syntheticPair } from '../synthetic/pair.js'
import { syntheticScene } from '../synthetic/scene.js'
import { adjustAbsolutePose } from './absolute-pose.js'
import { bundleAdjust } from './bundle/adjust.js'
import { bundlePoseCovariance } from './bundle/pose-covariance.js'
import { POSE_FIXED, POSE_FIXED_BASELINE } from './bundle/problem.js'
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
    const repetitions = 500
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

/** eᵀ C⁺ e for a covariance of rank `rank`. */
function pseudoMahalanobis(C: Float64Array, n: number, rank: number, e: readonly number[]): number {
  const { values, V } = symmetricEigen(C, n)
  const order = [...values.keys()].sort((i, j) => values[j] - values[i]).slice(0, rank)
  return order.reduce((sum, i) => {
    let along = 0
    for (let k = 0; k < n; k++) along += V[n * k + i] * e[k]
    return sum + (along * along) / values[i]
  }, 0)
}

describe('bundlePoseCovariance', () => {
  it('predicts the scatter of a pose in a bundle of free poses, points and focal length', () => {
    const clean = syntheticScene({ images: 4, points: 40, seed: 2, noisePx: 0 })
    const [camera] = clean.cameras
    const truth3 = { R: clean.poses.slice(24, 33), t: clean.poses.slice(33, 36) }
    const repetitions = 500
    let chi2 = 0
    let freedom = 0
    for (let seed = 0; seed < repetitions; seed++) {
      const random = randomStream(seed, 'bundle')
      const problem = {
        cameras: [{ model: camera.model, params: Float64Array.from(camera.params), refine: Uint8Array.of(1, 0, 0, 0) }],
        poses: clean.poses.slice(),
        poseState: Uint8Array.of(POSE_FIXED, POSE_FIXED_BASELINE, 0, 0),
        imageCamera: clean.imageCamera,
        points: clean.points.slice(),
        obsImage: clean.obsImage,
        obsPoint: clean.obsPoint,
        obsXy: clean.obsXy.map((v) => v + 0.5 * random.normal()),
      }
      bundleAdjust(problem, { functionTolerance: 1e-10 })
      const C = bundlePoseCovariance(problem, 2)!
      const found = rigid(problem.poses.slice(24, 33), problem.poses.slice(33, 36))
      const step = compose(truth3, invert(found))
      chi2 += mahalanobis(C, [...so3Log(step.R), ...step.t])
      freedom = 2 * clean.obsImage.length - 3 * 40 - 18
    }
    const ratio = chi2 / repetitions / 6 / (freedom / (freedom - 2))
    expect(ratio).toBeGreaterThan(0.9)
    expect(ratio).toBeLessThan(1.1)
  })

  it('refuses a fixed pose and does not invent one for a free gauge', () => {
    const scene = syntheticScene({ images: 3, points: 30, seed: 2, noisePx: 0.5 })
    const problem = {
      cameras: [{ model: scene.cameras[0].model, params: Float64Array.from(scene.cameras[0].params) }],
      poses: scene.poses.slice(),
      imageCamera: scene.imageCamera,
      points: scene.points.slice(),
      obsImage: scene.obsImage,
      obsPoint: scene.obsPoint,
      obsXy: scene.obsXy,
    }
    bundleAdjust(problem)
    expect(bundlePoseCovariance(problem, 1)).toBeUndefined()
    const fixed = { ...problem, poseState: Uint8Array.of(POSE_FIXED, POSE_FIXED_BASELINE, 0) }
    expect(() => bundlePoseCovariance(fixed, 0)).toThrow('no free pose')
    expect(() => bundlePoseCovariance(fixed, 7)).toThrow('no free pose')
    expect(bundlePoseCovariance(fixed, 2)).toBeDefined()
  })
})

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

  it('predicts the scatter of the motion: five degrees of freedom', () => {
    const pair = syntheticPair({ matches: 60, seed: 3, layout: 'roaming' })
    const repetitions = 500
    let chi2 = 0
    for (let seed = 0; seed < repetitions; seed++) {
      const random = randomStream(seed, 'relative')
      const [a, b] = [pair.xy1, pair.xy2].map((xy) => xy.map((v) => v + 5e-4 * random.normal()))
      const refined = adjustRelativePose(pair.cam2FromCam1, a, b, { covariance: true })
      const step = compose(pair.cam2FromCam1, invert(refined.cam2FromCam1))
      chi2 += pseudoMahalanobis(refined.covariance!, 6, 5, [...so3Log(step.R), ...step.t])
    }
    // F-distributed with 5 and 4·60 − 3·60 − 5 = 55 degrees of freedom: mean 55/53.
    const ratio = chi2 / repetitions / 5 / (55 / 53)
    expect(ratio).toBeGreaterThan(0.9)
    expect(ratio).toBeLessThan(1.1)
  })

  it('has no covariance where the motion is not determined', () => {
    const pair = syntheticPair({ matches: 5, seed: 3 })
    expect(adjustRelativePose(pair.cam2FromCam1, pair.xy1, pair.xy2, { covariance: true }).covariance).toBeUndefined()
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
