import { isEpipoleError } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { poseFromCenter, transformPoint } from '../math/rigid.js'
import type { CameraModel } from './camera.js'
import { camera, cameraFromFocal, pinhole } from './create.js'
import { calibrationMatrix, isDistorted, meanFocalLength, scaleCamera } from './intrinsics.js'
import { cameraModelInfo, cameraModels } from './models.js'
import { pixelFromPoint } from './project.js'
import { rayFromPixel, raysFromNormalized, worldRayFromPixel } from './rays.js'

function messageOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    if (isEpipoleError(error) && error.code === 'input') return error.message
    throw error
  }
  return ''
}

describe('models', () => {
  // COLMAP 3.8, src/base/camera_models.h: model ids, numbers of parameters, params_info.
  it.each<[number, CameraModel, string]>([
    [0, 'SIMPLE_PINHOLE', 'f cx cy'],
    [1, 'PINHOLE', 'fx fy cx cy'],
    [2, 'SIMPLE_RADIAL', 'f cx cy k'],
    [3, 'RADIAL', 'f cx cy k1 k2'],
    [4, 'OPENCV', 'fx fy cx cy k1 k2 p1 p2'],
    [5, 'OPENCV_FISHEYE', 'fx fy cx cy k1 k2 k3 k4'],
    [6, 'FULL_OPENCV', 'fx fy cx cy k1 k2 p1 p2 k3 k4 k5 k6'],
    [7, 'FOV', 'fx fy cx cy omega'],
    [8, 'SIMPLE_RADIAL_FISHEYE', 'f cx cy k'],
    [9, 'RADIAL_FISHEYE', 'f cx cy k1 k2'],
    [10, 'THIN_PRISM_FISHEYE', 'fx fy cx cy k1 k2 p1 p2 k3 k4 sx1 sy1'],
  ])('%i is %s (%s)', (id, name, params) => {
    const info = cameraModelInfo(id)
    expect(info).toBe(cameraModelInfo(name))
    expect(info.id).toBe(id)
    expect(info.name).toBe(name)
    expect(info.paramNames.join(' ')).toBe(params)
    const kinds = [...info.focalParams, ...info.principalPointParams, ...info.extraParams]
    expect(kinds.toSorted((a, b) => a - b)).toEqual(info.paramNames.map((_, i) => i))
    expect(info.principalPointParams.map((i) => info.paramNames[i])).toEqual(['cx', 'cy'])
  })

  it('refuses what is not a model', () => {
    expect(messageOf(() => cameraModelInfo(11))).toContain('number 11')
    expect(messageOf(() => cameraModelInfo('FISH' as CameraModel))).toContain('"FISH"')
  })
})

describe('constructors', () => {
  it('freeze plain data that can be cloned', () => {
    const cam = pinhole({ f: 2760, cx: 1520, cy: 1007 })
    expect(cam).toEqual({ model: 'SIMPLE_PINHOLE', width: 3040, height: 2014, params: [2760, 1520, 1007] })
    expect(Object.isFrozen(cam) && Object.isFrozen(cam.params)).toBe(true)
    expect(structuredClone(cam)).toEqual(cam)
    expect(pinhole({ fx: 500, fy: 510, width: 640, height: 480 }).params).toEqual([500, 510, 320, 240])
  })

  it('say what is wrong', () => {
    expect(messageOf(() => camera('PINHOLE', 640, 480, [1, 2, 3]))).toContain('4 parameters (fx, fy, cx, cy)')
    expect(messageOf(() => camera('PINHOLE', 640, 480, [500, 0, 320, 240]))).toContain('fy')
    expect(messageOf(() => camera('PINHOLE', 640, 480, [500, 500, Number.NaN, 240]))).toContain('cx')
    expect(messageOf(() => camera('PINHOLE', 640.5, 480, [500, 500, 320, 240]))).toContain('640.5')
    expect(messageOf(() => camera('PINHOLE', 640, 0, [500, 500, 320, 240]))).toContain('640 × 0')
    expect(messageOf(() => pinhole({ f: 500, fx: 500, fy: 500, cx: 1, cy: 1 }))).toContain('either f')
    expect(messageOf(() => pinhole({ f: 500, cx: 320 }))).toContain('cy or height')
  })

  it.each(cameraModels.map((m) => m.name))('guess a %s without distortion from a focal length', (model) => {
    const cam = cameraFromFocal(model, 800, 640, 480)
    expect(meanFocalLength(cam)).toBe(800)
    expect([...calibrationMatrix(cam)]).toEqual([800, 0, 320, 0, 800, 240, 0, 0, 1])
    expect(pixelFromPoint(cam, [0, 0, 2])).toMatchObject({ ok: true, x: 320, y: 240 })
  })
})

describe('isDistorted', () => {
  it('is for lenses that bend lines', () => {
    expect(isDistorted(camera('OPENCV', 640, 480, [500, 500, 320, 240, 0, 0, 0, 0]))).toBe(false)
    expect(isDistorted(camera('OPENCV', 640, 480, [500, 500, 320, 240, 0, 0, 0, 1e-3]))).toBe(true)
    expect(isDistorted(pinhole({ f: 500, cx: 1, cy: 1 }))).toBe(false)
    expect(isDistorted(camera('OPENCV_FISHEYE', 640, 480, [500, 500, 320, 240, 0, 0, 0, 0]))).toBe(true)
  })
})

describe('scaleCamera', () => {
  it('projects to the scaled pixels', () => {
    const cam = camera('OPENCV', 640, 480, [500, 510, 322, 238, -0.1, 0.02, 0.001, 0.002])
    const half = scaleCamera(cam, 320, 120)
    const [a, b] = [cam, half].map((c) => pixelFromPoint(c, [0.3, -0.2, 1]))
    if (!a.ok || !b.ok) throw new Error('in front')
    expect(b.x).toBeCloseTo(a.x / 2, 10)
    expect(b.y).toBeCloseTo(a.y / 4, 10)
  })

  it('refuses two focal lengths for a model with one, but not the rounding of a size', () => {
    const cam = pinhole({ f: 500, width: 641, height: 481 })
    expect(scaleCamera(cam, 320, 240).params[0]).toBeCloseTo(249.5, 0)
    expect(() => scaleCamera(cam, 320, 481)).toThrow('two values')
  })
})

describe('rays', () => {
  const cam = camera('SIMPLE_RADIAL', 640, 480, [500, 322, 238, -0.1])

  it('lead back to the pixel, in the camera and in the world', () => {
    const camFromWorld = poseFromCenter([0.9, 0.1, -0.3, 0.2], [1, 2, 3])
    for (const [x, y] of [
      [10, 20],
      [322, 238],
      [630, 470],
    ]) {
      const ray = rayFromPixel(cam, x, y)
      const world = worldRayFromPixel(cam, camFromWorld, x, y)
      if (!ray.ok || !world.ok) throw new Error('inside the lens')
      const again = pixelFromPoint(cam, ray.direction)
      expect(again).toMatchObject({ ok: true, inside: true })
      const point = world.origin.map((v, k) => v + 7 * world.direction[k])
      const seen = pixelFromPoint(cam, transformPoint(camFromWorld, point))
      if (!seen.ok || !again.ok) throw new Error('in front')
      for (const pixel of [again, seen]) {
        expect(pixel.x).toBeCloseTo(x, 9)
        expect(pixel.y).toBeCloseTo(y, 9)
      }
    }
    expect(worldRayFromPixel(cam, camFromWorld, 0, 0)).toMatchObject({ ok: true })
  })

  it('do not exist beyond the fold of the lens', () => {
    expect(rayFromPixel(cam, 322 + 500 * 1.3, 238)).toEqual({ ok: false, reason: 'lens' })
  })

  it('come in bulk from normalised points', () => {
    const rays = raysFromNormalized(Float64Array.of(0, 0, 3, 4))
    expect([...rays.subarray(0, 3)]).toEqual([0, 0, 1])
    expect(rays[3] / rays[5]).toBeCloseTo(3, 12)
    expect(rays[3] ** 2 + rays[4] ** 2 + rays[5] ** 2).toBeCloseTo(1, 14)
  })
})
