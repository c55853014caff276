import { describe, expect, it } from 'vitest'
import { compose, type Rigid, rigid, transformPoint } from '../math/rigid.js'
import { so3Exp } from '../math/so3.js'
import { camera, pinhole } from './create.js'
import { pixelFromPoint } from './project.js'
import { type RectifyOptions, rectifyStereo } from './rectify.js'
import { undistortionMap } from './undistort.js'

const LEFT = camera('OPENCV', 640, 480, [500, 505, 310, 250, -0.2, 0.05, 0.001, -0.0015])
const RIGHT = camera('OPENCV', 640, 480, [480, 486, 325, 235, -0.15, 0.02, -0.001, 0.001])
const R = so3Exp([0.02, 0.15, -0.01])
const BESIDE = rigid(R, [-60, 2, 8])
const BELOW = rigid(R, [3, -50, 4])

function rectified(motion: Rigid, options?: RectifyOptions) {
  const found = rectifyStereo(LEFT, RIGHT, motion, options)
  if (!found.ok) throw new Error(found.reason)
  return found
}

describe('rectifyStereo', () => {
  it.each([
    // r = cv2.stereoRectify(K1, d1, K2, d2, (640, 480), R, T, alpha=0); r[0], r[1], 1 / r[4][3, 2]
    [
      BESIDE,
      'x',
      [
        0.9995445432000712, -0.024195382807065163, 0.01803578691879741, 0.02435759321442841, 0.9996643216310239,
        -0.008829026604616163, -0.017816111016748827, 0.009264313725482512, 0.999798359010173,
      ],
      [
        0.9906872800257395, -0.03302290933419182, -0.13209163733676632, 0.03421946907313007, 0.9993912208131833,
        0.006798212845175677, 0.1317867259307824, -0.011255008691287725, 0.9912141966536818,
      ],
      0.01651145466709566,
    ],
    [
      BELOW,
      'y',
      [
        0.9954211183959146, 0.06349503120882866, 0.07145052878192337, -0.0555487914297665, 0.9925784133077105,
        -0.10817774728530938, -0.07778900193548495, 0.10371342366743969, 0.9915605866153915,
      ],
      [
        0.9955913927858003, 0.053576338392550674, -0.07698931468247457, -0.059702231412600025, 0.9950371902099889,
        -0.07960297521680007, 0.07234239542057305, 0.08384847084745813, 0.9938490890277841,
      ],
      0.019900743804199785,
    ],
  ] as const)('turns the cameras as OpenCV does (%#)', (motion, axis, R1, R2, reciprocal) => {
    const found = rectified(motion)
    expect(found.axis).toBe(axis)
    for (let k = 0; k < 9; k++) {
      expect(found.rectifiedFromCam1[k]).toBeCloseTo(R1[k], 9)
      expect(found.rectifiedFromCam2[k]).toBeCloseTo(R2[k], 9)
    }
    expect(found.Q[14]).toBeCloseTo(reciprocal, 12)
  })

  it.each([BESIDE, BELOW])(
    'a point has one row (or column) in both, and its disparity gives it back (%#)',
    (motion) => {
      const found = rectified(motion, { alpha: 0.5 })
      const k = found.axis === 'x' ? 0 : 1
      for (const X of [
        [0, 0, 300],
        [40, -30, 200],
        [-60, 50, 500],
      ]) {
        const inNew1 = transformPoint(rigid(found.rectifiedFromCam1, [0, 0, 0]), X)
        const inNew2 = transformPoint(compose(rigid(found.rectifiedFromCam2, [0, 0, 0]), motion), X)
        const [a, b] = [pixelFromPoint(found.camera1, inNew1), pixelFromPoint(found.camera2, inNew2)]
        if (!a.ok || !b.ok) throw new Error('in front')
        expect(k === 0 ? a.y : a.x).toBeCloseTo(k === 0 ? b.y : b.x, 8)
        const pixel = [a.x, a.y, k === 0 ? a.x - b.x : a.y - b.y, 1]
        const [x, y, z, w] = [0, 1, 2, 3].map((r) => pixel.reduce((s, v, c) => s + found.Q[4 * r + c] * v, 0))
        for (const [i, v] of [x / w, y / w, z / w].entries())
          expect(Math.abs(v - inNew1[i])).toBeLessThan(1e-7 * inNew1[2])
        expect((found.camera1.params[0] * found.baseline) / pixel[2]).toBeCloseTo(inNew1[2], 6)
      }
    },
  )

  it('α = 0 leaves no empty pixel, α = 1 none of the photos out', () => {
    const filled = rectified(BESIDE, { width: 160, height: 120 })
    const whole = rectified(BESIDE, { width: 160, height: 120, alpha: 1 })
    for (const [cam, turn, wholeTurn] of [
      [LEFT, filled.rectifiedFromCam1, whole.rectifiedFromCam1],
      [RIGHT, filled.rectifiedFromCam2, whole.rectifiedFromCam2],
    ] as const) {
      expect(undistortionMap(cam, filled.camera1, turn).empty).toBeLessThan(8)
      const { xy } = undistortionMap(cam, whole.camera1, wholeTurn)
      const seen = xy.filter((v) => !Number.isNaN(v))
      const [xs, ys] = [seen.filter((_, i) => i % 2 === 0), seen.filter((_, i) => i % 2 === 1)]
      expect(Math.min(...xs)).toBeLessThan(6)
      expect(Math.max(...xs)).toBeGreaterThan(634)
      expect(Math.min(...ys)).toBeLessThan(6)
      expect(Math.max(...ys)).toBeGreaterThan(474)
    }
  })

  it('leaves a pair alone that is straight already', () => {
    const cam = pinhole({ f: 500, cx: 320, cy: 240 })
    const found = rectifyStereo(cam, cam, rigid(so3Exp([0, 0, 0]), [-1, 0, 0]))
    if (!found.ok) throw new Error(found.reason)
    expect([...found.camera1.params].map((v) => v.toFixed(9))).toEqual([500, 500, 320, 240].map((v) => v.toFixed(9)))
    expect([...found.rectifiedFromCam1]).toEqual([1, 0, 0, 0, 1, 0, 0, 0, 1])
    expect(found.baseline).toBe(1)
  })

  it('refuses what cannot be rectified', () => {
    const cam = pinhole({ f: 500, cx: 320, cy: 240 })
    expect(rectifyStereo(cam, cam, rigid(R, [0, 0, 0]))).toMatchObject({ ok: false, reason: 'baseline' })
    // One camera in front of the other: the new images would look at right angles to the old.
    expect(rectifyStereo(cam, cam, rigid(so3Exp([0, 0, 0]), [0, 0, 1]))).toMatchObject({ ok: false, reason: 'view' })
    const folded = camera('SIMPLE_RADIAL', 640, 480, [200, 320, 240, -0.3])
    expect(rectifyStereo(folded, cam, BESIDE)).toMatchObject({ ok: false, reason: 'lens' })
    expect(() => rectifyStereo(cam, cam, BESIDE, { alpha: -1 })).toThrow('alpha')
  })
})
