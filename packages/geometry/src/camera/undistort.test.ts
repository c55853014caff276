import { describe, expect, it } from 'vitest'
import { so3Exp } from '../math/so3.js'
import { camera, pinhole } from './create.js'
import { pixelFromPoint } from './project.js'
import { rayFromPixel } from './rays.js'
import { undistortedCamera, undistortionMap } from './undistort.js'

// OpenCV 4.6, K = [[500,0,322],[0,510,238],[0,0,1]]; d = (-.25,.08,.001,-.002); size (640, 480). Its numbers are taken as they
// are: it runs its outline from 0 to width although its pixel centres are whole, which is the photo's outline here.
const cam = camera('OPENCV', 640, 480, [500, 510, 322, 238, -0.25, 0.08, 0.001, -0.002])

describe('undistortedCamera', () => {
  it.each([
    // cv2.getOptimalNewCameraMatrix(K, d, (640, 480), alpha)
    [0, 445.63965, 479.77377, 320.06903, 237.68274],
    [0.5, 432.42215, 452.94251, 319.69692, 237.94852],
    [1, 419.20465, 426.11124, 319.32481, 238.2143],
  ])('α = %d is as OpenCV has it', (alpha, ...expected) => {
    const found = undistortedCamera(cam, { alpha })
    if (!found.ok) throw new Error(found.reason)
    // OpenCV fills width − 1 of the new image, stops its inversion after a few rounds and looks at nine points a side.
    for (const [i, value] of expected.entries()) {
      const filled = i % 2 === 0 ? 640 / 639 : 480 / 479
      expect(Math.abs(found.camera.params[i] - value * filled)).toBeLessThan(0.1)
    }
  })

  it('leaves a pinhole camera alone and scales with the new size', () => {
    const plain = pinhole({ fx: 500, fy: 510, cx: 322, cy: 238, width: 640, height: 480 })
    const same = undistortedCamera(plain, { alpha: 0.3 })
    const half = undistortedCamera(plain, { width: 320, height: 240 })
    if (!same.ok || !half.ok) throw new Error('no distortion')
    for (let i = 0; i < 4; i++) {
      expect(same.camera.params[i]).toBeCloseTo(plain.params[i], 9)
      expect(half.camera.params[i]).toBeCloseTo(plain.params[i] / 2, 9)
    }
  })

  it('refuses a photo whose border has no rays, and an impossible α', () => {
    const folded = camera('SIMPLE_RADIAL', 640, 480, [200, 320, 240, -0.3])
    expect(undistortedCamera(folded)).toMatchObject({ ok: false, reason: 'lens', threshold: 0 })
    expect(() => undistortedCamera(cam, { alpha: 2 })).toThrow('alpha')
  })
})

describe('undistortionMap', () => {
  it('agrees with OpenCV', () => {
    // n = cv2.getOptimalNewCameraMatrix(K, d, (640, 480), .5)[0]; cv2.initUndistortRectifyMap(K, d, I, n, (640, 480), CV_32FC1)
    const shift = (c: number) => c + 0.5
    const from = camera('OPENCV', 640, 480, [500, 510, shift(322), shift(238), -0.25, 0.08, 0.001, -0.002])
    const to = camera('PINHOLE', 640, 480, [
      432.4221496582031,
      452.9425048828125,
      shift(319.6969228880316),
      shift(237.94851596306944),
    ])
    const { xy } = undistortionMap(from, to)
    for (const [x, y, u, v] of [
      [100, 200, 82.640625, 197.91866],
      [320, 240, 322.35043, 240.30992],
      [500, 479, 509.55884, 483.0077],
      [0, 0, 6.8222814, 10.579419],
      [639, 0, 633.0232, 12.119667],
    ] as const) {
      const at = 2 * (640 * y + x)
      // OpenCV's map also holds places below the photo.
      if (v > 479.5) expect(xy[at]).toBeNaN()
      else {
        expect(xy[at]).toBeCloseTo(shift(u), 3)
        expect(xy[at + 1]).toBeCloseTo(shift(v), 3)
      }
    }
  })

  it.each([0, 1])('α = %d: a straight picture of the same rays, whole or without empty pixels', (alpha) => {
    const straight = undistortedCamera(cam, { alpha, width: 160, height: 120 })
    if (!straight.ok) throw new Error(straight.reason)
    const map = undistortionMap(cam, straight.camera)
    // Between the samples of the outline a few pixels may be missed by a hair.
    if (alpha === 0) expect(map.empty).toBeLessThan(8)
    else expect(map.empty).toBeGreaterThan(500)
    expect(map.xy.filter(Number.isNaN).length).toBe(2 * map.empty)
    for (let i = 0; i < 160 * 120; i += 97) {
      if (Number.isNaN(map.xy[2 * i])) continue
      const ray = rayFromPixel(straight.camera, (i % 160) + 0.5, Math.floor(i / 160) + 0.5)
      if (!ray.ok) throw new Error('pinhole')
      const seen = pixelFromPoint(cam, ray.direction)
      if (!seen.ok) throw new Error('in front')
      expect(Math.abs(seen.x - map.xy[2 * i]) + Math.abs(seen.y - map.xy[2 * i + 1])).toBeLessThan(1e-4)
    }
  })

  it('turns the camera, and does not show what lies beyond the fold or behind', () => {
    const R = so3Exp([0, 0.1, 0])
    const to = pinhole({ f: 500, cx: 320, cy: 240 })
    const turned = undistortionMap(to, to, R)
    const at = 2 * (240 * 640 + 320)
    // The direction of pixel (320.5, 240.5) of the new image, in the old camera: Rᵀ (u, v, 1).
    const seen = pixelFromPoint(to, [R[0] * 0.001 + R[6], 0.001, R[2] * 0.001 + R[8]])
    if (!seen.ok) throw new Error('in front')
    expect(turned.xy[at]).toBeCloseTo(seen.x, 3)
    const folded = camera('SIMPLE_RADIAL', 2000, 480, [500, 320, 240, -0.3])
    const wide = pinhole({ f: 100, cx: 320, cy: 240 })
    const { xy } = undistortionMap(folded, wide)
    // The fold is at radius 1.054; the corner looks out at 3.
    expect(xy[0]).toBeNaN()
    expect(xy[2 * (240 * 640 + 320 + 100)]).toBeGreaterThan(320)
    expect(xy[2 * (240 * 640 + 320 + 110)]).toBeNaN()
    expect(undistortionMap(to, to, so3Exp([0, Math.PI, 0])).empty).toBe(640 * 480)
  })
})
