import { randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import type { CameraModel } from './camera.js'
import { camera, cameraFromFocal, pinhole } from './create.js'
import { cameraModelInfo, cameraModels } from './models.js'
import { pixelFromPoint, pixelsFromNormalized } from './project.js'
import { normalizedFromPixels } from './unproject.js'

// Made with OpenCV 4.6, whose pixel origin is the centre of the top-left pixel; its cx = 320 is 320.5 here:
//   P = [[.3,-.2,1],[-1.1,.7,2],[.05,.02,4],[2,1.5,3]]; K = [[800,0,320],[0,790,240],[0,0,1]]; z = zeros(3)
//   cv2.projectPoints(P, z, z, K, [-.2,.05,.001,-.002(, .01,.02,-.03,.004)]); for one focal length K[1,1] = 800
//   cv2.fisheye.projectPoints(P, z, z, K, [.02,-.01,.003,-.0005])
//   THIN_PRISM_FISHEYE: A = P's angle plane [uv·atan(r)/r, 1]; cv2.projectPoints(A, z, z, K,
//     [.02,-.01,.001,-.002,.003,0,0,0,.0004,0,-.0007,0])
//   FOV: uv · arctan(r·2·tan(w/2))/(r·w) · [800,790] + [320,240], w = 0.9 (numpy)
const POINTS = [0.3, -0.2, 1.0, -1.1, 0.7, 2.0, 0.05, 0.02, 4.0, 2.0, 1.5, 3.0]
const TWO = [800, 790, 320.5, 240.5]
const ONE = [800, 320.5, 240.5]
const ORACLE: readonly [CameraModel, readonly number[], readonly number[]][] = [
  ['SIMPLE_PINHOLE', ONE, [560, 80, -120, 520, 330, 244, 853.333333333, 640]],
  ['PINHOLE', TWO, [560, 82, -120, 516.5, 330, 243.95, 853.333333333, 635]],
  [
    'SIMPLE_RADIAL',
    [...ONE, -0.2],
    [553.76, 84.16, -82.6, 496.2, 329.9996375, 243.999855, 779.259259259, 584.444444444],
  ],
  [
    'RADIAL',
    [...ONE, -0.2, 0.05],
    [553.9628, 84.0248, -86.57375, 498.72875, 329.999637516, 243.999855007, 792.119341564, 594.089506173],
  ],
  [
    'OPENCV',
    [...TWO, -0.2, 0.05, 0.001, -0.002],
    [553.3708, 86.32999, -88.52975, 496.632240625, 329.998947516, 243.949842006, 790.119341564, 589.553665123],
  ],
  [
    'FULL_OPENCV',
    [...TWO, -0.2, 0.05, 0.001, -0.002, 0.01, 0.02, -0.03, 0.004],
    [
      552.885352901, 86.6495760066, -87.4934312026, 495.981008472, 329.998911278, 243.949827692, 791.545149188,
      590.609653895,
    ],
  ],
  [
    'OPENCV_FISHEYE',
    [...TWO, 0.02, -0.01, 0.003, -0.0005],
    [
      550.862556928, 88.0154833558, -72.1323068086, 486.419506438, 329.999432139, 243.949775695, 768.026730475,
      571.819797258,
    ],
  ],
  [
    'SIMPLE_RADIAL_FISHEYE',
    [...ONE, 0.02],
    [
      550.894424463, 86.0703836917, -72.5256031809, 489.789020206, 329.999432142, 243.999772857, 768.924634499,
      576.693475874,
    ],
  ],
  [
    'RADIAL_FISHEYE',
    [...ONE, 0.02, -0.01],
    [
      550.861394006, 86.0924039959, -72.0912329634, 489.512602795, 329.999432139, 243.999772856, 767.888810169,
      575.916607627,
    ],
  ],
  [
    'FOV',
    [...TWO, 0.9],
    [
      567.907803446, 76.7940293977, -101.502809987, 504.87619764, 330.733951742, 244.239910938, 802.018120087,
      596.99467019,
    ],
  ],
  [
    'THIN_PRISM_FISHEYE',
    [...TWO, 0.02, -0.01, 0.001, -0.002, 0.003, 0, 0.0004, -0.0007],
    [
      550.355583976, 88.2767128877, -73.5640255579, 487.129845418, 329.998800216, 243.949660665, 766.803182998,
      571.485561016,
    ],
  ],
]

/** Moderate distortion, so that the whole image is in the one-to-one part. */
const EXAMPLES: Record<CameraModel, readonly number[]> = {
  SIMPLE_PINHOLE: [...ONE],
  PINHOLE: [...TWO],
  SIMPLE_RADIAL: [...ONE, -0.12],
  RADIAL: [...ONE, -0.15, 0.06],
  OPENCV: [...TWO, -0.2, 0.08, 0.001, -0.002],
  OPENCV_FISHEYE: [...TWO, 0.02, -0.01, 0.003, -0.0005],
  FULL_OPENCV: [...TWO, -0.2, 0.05, 0.001, -0.002, 0.01, 0.02, -0.03, 0.004],
  FOV: [...TWO, 0.9],
  SIMPLE_RADIAL_FISHEYE: [...ONE, 0.02],
  RADIAL_FISHEYE: [...ONE, 0.02, -0.01],
  THIN_PRISM_FISHEYE: [...TWO, 0.02, -0.01, 0.001, -0.002, 0.003, -0.0002, 0.0004, -0.0007],
}

const all = cameraModels.map((m) => camera(m.name, 640, 480, EXAMPLES[m.name]))

describe('pixelFromPoint', () => {
  it.each(ORACLE)('%s agrees with OpenCV', (model, params, pixels) => {
    const cam = camera(model, 640, 480, params)
    for (let i = 0; i < 4; i++) {
      const seen = pixelFromPoint(cam, POINTS.slice(3 * i, 3 * i + 3))
      expect(seen.ok).toBe(true)
      if (!seen.ok) continue
      expect(seen.x).toBeCloseTo(pixels[2 * i] + 0.5, 8)
      expect(seen.y).toBeCloseTo(pixels[2 * i + 1] + 0.5, 8)
      expect(seen.depth).toBe(POINTS[3 * i + 2])
    }
  })

  it('gives a verdict for a point that is not in front', () => {
    const cam = pinhole({ f: 800, width: 640, height: 480 })
    expect(pixelFromPoint(cam, [0, 0, -1])).toEqual({ ok: false, reason: 'behind', value: -1, threshold: 0 })
    expect(pixelFromPoint(cam, [0, 0, 0]).ok).toBe(false)
    expect(pixelFromPoint(cam, [0, 0, Number.NaN]).ok).toBe(false)
    expect(pixelFromPoint(cam, [1, 0, 1])).toEqual({ ok: true, x: 1120, y: 240, depth: 1, inside: false })
  })
})

describe('Jacobians', () => {
  it.each(all.map((c) => [c.model, c] as const))('%s: analytic equals numeric', (_, cam) => {
    const p = cam.params.length
    const random = randomStream(3, cam.model)
    const xy = Float64Array.from({ length: 40 }, () => random.uniform(-0.6, 0.6))
    // Near and at the axis the closed forms would cancel.
    xy.set([0, 0, 1e-9, -2e-9, 1e-3, 2e-3, 0.07, 0.07, 0.0708, 0.0708])
    const n = xy.length / 2
    const wrtNormalized = new Float64Array(4 * n)
    const wrtParams = new Float64Array(2 * p * n)
    pixelsFromNormalized(cam, xy, undefined, { wrtNormalized, wrtParams })
    const h = 1e-5
    for (let k = 0; k < 2; k++) {
      const plus = pixelsFromNormalized(
        cam,
        xy.map((v, i) => (i % 2 === k ? v + h : v)),
      )
      const minus = pixelsFromNormalized(
        cam,
        xy.map((v, i) => (i % 2 === k ? v - h : v)),
      )
      for (let i = 0; i < n; i++) {
        for (let row = 0; row < 2; row++) {
          const numeric = (plus[2 * i + row] - minus[2 * i + row]) / (2 * h)
          expect(Math.abs(wrtNormalized[4 * i + 2 * row + k] - numeric)).toBeLessThan(1e-6 * 800)
        }
      }
    }
    for (let k = 0; k < p; k++) {
      const step =
        k < cameraModelInfo(cam.model).extraParams[0] || !cameraModelInfo(cam.model).extraParams.length ? 1e-3 : 1e-5
      const at = (delta: number) =>
        pixelsFromNormalized({ ...cam, params: cam.params.map((v, i) => (i === k ? v + delta : v)) }, xy)
      const plus = at(step)
      const minus = at(-step)
      for (let i = 0; i < n; i++) {
        for (let row = 0; row < 2; row++) {
          const numeric = (plus[2 * i + row] - minus[2 * i + row]) / (2 * step)
          expect(Math.abs(wrtParams[2 * p * i + p * row + k] - numeric)).toBeLessThan(1e-6 * 800)
        }
      }
    }
  })
})

describe('unprojection', () => {
  it.each(all.map((c) => [c.model, c] as const))('%s inverts projection to 1e-11', (_, cam) => {
    const random = randomStream(5, cam.model)
    const xy = Float64Array.from({ length: 2000 }, () => random.uniform(-0.6, 0.6))
    xy.set([0, 0, 1e-12, 0])
    const pixels = pixelsFromNormalized(cam, xy)
    const back = normalizedFromPixels(cam, pixels)
    expect(back.refused).toBe(0)
    let worst = 0
    for (let i = 0; i < xy.length; i++) worst = Math.max(worst, Math.abs(back.xy[i] - xy[i]))
    expect(worst).toBeLessThan(1e-11)
  })

  it('reaches far off the axis with a fisheye', () => {
    const cam = camera('OPENCV_FISHEYE', 640, 480, [200, 200, 320, 240, 0.02, -0.01, 0.003, -0.0005])
    // 85° off the axis.
    const xy = Float64Array.from([11.43, 0, 0, -11.43, 8, 8])
    const back = normalizedFromPixels(cam, pixelsFromNormalized(cam, xy))
    expect(back.refused).toBe(0)
    for (let i = 0; i < xy.length; i++) expect(Math.abs(back.xy[i] - xy[i])).toBeLessThan(1e-9)
  })

  it('refuses a pixel beyond the fold of the lens, and beyond a right angle', () => {
    // r (1 − 0.12 r²) has its maximum 1.111 at r = 1.667: no ray reaches 1.2.
    const barrel = camera('SIMPLE_RADIAL', 640, 480, [800, 320, 240, -0.12])
    const beyond = normalizedFromPixels(barrel, Float64Array.from([320 + 1.2 * 800, 240, 320 + 1.1 * 800, 240]))
    expect([...beyond.ok]).toEqual([0, 1])
    expect(beyond.refused).toBe(1)
    expect(beyond.xy[0]).toBeNaN()
    expect(beyond.xy[2]).toBeLessThan(1.667)
    const fisheye = camera('SIMPLE_RADIAL_FISHEYE', 640, 480, [200, 320, 240, 0])
    expect([...normalizedFromPixels(fisheye, Float64Array.from([320 + 200 * 1.6, 240])).ok]).toEqual([0])
    const fov = camera('FOV', 640, 480, [200, 200, 320, 240, 1])
    expect([...normalizedFromPixels(fov, Float64Array.from([320 + 200 * 1.6, 240])).ok]).toEqual([0])
  })

  it('never takes the branch behind a fold', () => {
    // Positive k1, negative k2: the start of the iteration may lie beyond the fold.
    const cam = camera('RADIAL', 640, 480, [800, 320, 240, 0.5, -0.4])
    const random = randomStream(6)
    for (let i = 0; i < 500; i++) {
      const r = random.uniform(0, 0.95)
      const seen = pixelFromPoint(cam, [r, 0, 1])
      if (!seen.ok) throw new Error('in front')
      const back = normalizedFromPixels(cam, Float64Array.from([seen.x, seen.y]))
      // 1 + 1.5 q − 2 q² = 0 at q = r² = 1.175: one-to-one up to r = 1.084.
      expect(back.ok[0]).toBe(1)
      expect(Math.abs(back.xy[0] - r)).toBeLessThan(1e-10)
    }
  })

  it('refuses what is not a number', () => {
    const cam = cameraFromFocal('OPENCV', 800, 640, 480)
    expect([...normalizedFromPixels(cam, Float64Array.from([Number.NaN, 1, Number.POSITIVE_INFINITY, 0])).ok]).toEqual([
      0, 0,
    ])
  })
})
