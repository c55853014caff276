import { describe, expect, it } from 'vitest'
import { cameraModels } from '../camera/models.js'
import { pixelFromPoint } from '../camera/project.js'
import { hat, mat3Apply, mat3Multiply } from '../math/mat3.js'
import { rigid, transformPoint } from '../math/rigid.js'
import type { SceneLayout } from './layouts.js'
import { syntheticKeypoints, syntheticMatches } from './matches.js'
import { syntheticPair } from './pair.js'
import { syntheticScene } from './scene.js'

const LAYOUTS: readonly SceneLayout[] = ['arc', 'loop', 'forward', 'plane', 'pure-rotation', 'roaming']

describe.each(LAYOUTS)('syntheticScene %s', (layout) => {
  const scene = syntheticScene({ layout, images: 8, points: 150, noisePx: 0.5, outliers: 0.1, seed: 3 })

  it('sees each point exactly where its camera says', () => {
    expect(scene.obsImage.length).toBeGreaterThan(150)
    for (let k = 0; k < scene.obsImage.length; k++) {
      const o = 12 * scene.obsImage[k]
      const pose = rigid(scene.poses.subarray(o, o + 9), scene.poses.subarray(o + 9, o + 12))
      const p = 3 * scene.obsPoint[k]
      const seen = pixelFromPoint(scene.cameras[0], transformPoint(pose, scene.points.subarray(p, p + 3)))
      expect(seen).toMatchObject({ ok: true, inside: true, x: scene.exactXy[2 * k], y: scene.exactXy[2 * k + 1] })
    }
  })

  it('has the noise and the outliers it was asked for', () => {
    let sum = 0
    let right = 0
    for (let k = 0; k < scene.obsImage.length; k++) {
      if (scene.isOutlier[k] === 1) continue
      right++
      for (const c of [0, 1]) sum += (scene.obsXy[2 * k + c] - scene.exactXy[2 * k + c]) ** 2
    }
    expect(Math.sqrt(sum / (2 * right))).toBeCloseTo(0.5, 1)
    expect(1 - right / scene.obsImage.length).toBeGreaterThan(0.05)
    expect(1 - right / scene.obsImage.length).toBeLessThan(0.15)
  })

  it('gives keypoints and matches of one point each', () => {
    const keypoints = syntheticKeypoints(scene, 2)
    const matches = syntheticMatches(scene, 2, 3)
    expect(matches.length).toBeGreaterThan(20)
    for (let m = 0; m < matches.length; m += 2) {
      const [a, b] = [2, 3].map((image, side) =>
        scene.obsImage.findIndex((i, k) => i === image && scene.obsKeypoint[k] === matches[m + side]),
      )
      expect(scene.obsPoint[a]).toBe(scene.obsPoint[b])
      expect(keypoints[2 * matches[m]]).toBe(scene.obsXy[2 * a])
    }
  })

  it('is the same for the same seed, and another for another', () => {
    const options = { layout, images: 8, points: 150, noisePx: 0.5, outliers: 0.1 }
    expect(syntheticScene({ ...options, seed: 3 })).toEqual(scene)
    expect(syntheticScene({ ...options, seed: 4 }).obsXy).not.toEqual(scene.obsXy)
  })
})

describe('syntheticScene', () => {
  it('knows every camera model, shared or not', () => {
    for (const { name } of cameraModels) {
      const scene = syntheticScene({ cameraModel: name, images: 3, points: 20, sharedCamera: false })
      expect(scene.cameras.map((c) => c.model)).toEqual([name, name, name])
      expect([...scene.imageCamera]).toEqual([0, 1, 2])
      expect(scene.cameras[0].params[0]).not.toBe(scene.cameras[1].params[0])
    }
  })

  it('refuses parts outside 0 to 1', () => {
    expect(() => syntheticScene({ outliers: 1.5 })).toThrow('outliers')
    expect(() => syntheticScene({ visibility: -1 })).toThrow('visibility')
    expect(() => syntheticPair({ inlierRatio: Number.NaN })).toThrow('inlierRatio')
  })

  it('puts all points of the plane on one, and all centres of a rotation in one', () => {
    const plane = syntheticScene({ layout: 'plane', points: 30 })
    for (let p = 0; p < 30; p++) expect(plane.points[3 * p + 2]).toBe(0.2)
    const turning = syntheticScene({ layout: 'pure-rotation', images: 5 })
    for (let i = 0; i < 5; i++)
      expect([...turning.poses.slice(12 * i + 9, 12 * i + 12)].every((v) => v === 0)).toBe(true)
  })
})

describe.each(LAYOUTS)('syntheticPair %s', (layout) => {
  const pair = syntheticPair({ layout, matches: 400, inlierRatio: 0.3, seed: 5 })

  it('has matches that satisfy the epipolar constraint, as many as asked', () => {
    const E = mat3Multiply(hat(pair.cam2FromCam1.t), pair.cam2FromCam1.R)
    expect(pair.inlier.reduce((s, v) => s + v, 0)).toBe(120)
    let wrong = 0
    for (let i = 0; i < 400; i++) {
      const line = mat3Apply(E, [pair.xy1[2 * i], pair.xy1[2 * i + 1], 1])
      const error = Math.abs(pair.xy2[2 * i] * line[0] + pair.xy2[2 * i + 1] * line[1] + line[2])
      if (pair.inlier[i] === 1) expect(error).toBeLessThan(1e-12)
      else if (error > 1e-3) wrong++
    }
    if (layout !== 'pure-rotation') expect(wrong).toBeGreaterThan(200)
  })

  it('has scores that tell right from wrong more often than not', () => {
    let better = 0
    let all = 0
    for (let i = 0; i < 400; i++) {
      for (let j = 0; j < 400; j++) {
        if (pair.inlier[i] === 1 && pair.inlier[j] === 0) {
          all++
          if (pair.scores[i] > pair.scores[j]) better++
        }
      }
    }
    expect(better / all).toBeGreaterThan(0.82)
    expect(better / all).toBeLessThan(0.94)
  })
})
