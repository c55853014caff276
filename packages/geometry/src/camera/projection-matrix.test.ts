import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { cameraCenter } from '../math/rigid.js'
import { so3Exp } from '../math/so3.js'
import { pinhole } from './create.js'
import { calibrationMatrix } from './intrinsics.js'
import { pixelFromPoint } from './project.js'
import {
  calibrationMatrixFromParts,
  cameraFromMatrix,
  decomposeProjection,
  pixelFromMatrix,
  projectionMatrix,
} from './projection-matrix.js'

const num = (min: number, max: number) => fc.double({ min, max, noNaN: true })
const parts = fc.record({
  fx: num(100, 5000),
  fy: num(100, 5000),
  cx: num(-500, 4000),
  cy: num(-500, 4000),
  skew: num(-50, 50),
})
const pose = fc
  .tuple(fc.tuple(num(-3, 3), num(-3, 3), num(-3, 3)), fc.tuple(num(-10, 10), num(-10, 10), num(-10, 10)))
  .map(([w, t]) => ({ R: so3Exp(w), t: Float64Array.from(t) }))
const scales = [1, -1, 1e9, -1e-9, 3e200, -2e-200]

function far(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((worst, v, i) => Math.max(worst, Math.abs(v - b[i])), 0)
}

describe('projection matrices', () => {
  it('come apart into what they were made of, for any scale and sign', () => {
    fc.assert(
      fc.property(parts, pose, fc.constantFrom(...scales), (k, camFromWorld, scale) => {
        const K = calibrationMatrixFromParts(k)
        const P = projectionMatrix(K, camFromWorld).map((v) => v * scale)
        const found = decomposeProjection(P)
        if (!found.ok) throw new Error(found.reason)
        // The rows of M are almost parallel where the principal point is many focal lengths away: condition ≤ 60 here.
        expect(far(found.K, K)).toBeLessThan(1e-9)
        expect(far(found.camFromWorld.R, camFromWorld.R)).toBeLessThan(1e-12)
        expect(far(found.camFromWorld.t, camFromWorld.t)).toBeLessThan(1e-10)
      }),
    )
  })

  it('agree with OpenCV', () => {
    // K = [[800,2.5,310],[0,790,250],[0,0,1]]; R = Rodrigues((.3,-.7,.2)); t = (.4,-1.2,5); P = -3.7 K [R|t];
    // cv2.decomposeProjectionMatrix(P): its focal lengths are negative and two rows of its R turned round, as only the third
    // Givens rotation fixes a sign there; the camera centre is the same.
    const P = [
      -2971.178025605482, 585.6836600618259, 952.0348486246141, -6907.9, -843.6357796335584, -2930.8487199881733,
      312.98314949172953, -1117.4, -2.435924094714454, -0.7529118136265285, -2.6813052056211695, -18.5,
    ]
    const found = decomposeProjection(P)
    if (!found.ok) throw new Error(found.reason)
    expect(far(found.K, [800, 2.5, 310, 0, 790, 250, 0, 0, 1])).toBeLessThan(1e-9)
    expect(
      far(
        found.camFromWorld.R,
        [
          0.748411816859, -0.279650507408, -0.601394501216, 0.080278739636, 0.938289690928, -0.336404191207,
          0.658357863436, 0.203489679359, 0.7246770826,
        ],
      ),
    ).toBeLessThan(1e-11)
    expect(far(cameraCenter(found.camFromWorld), [-3.494819556363, 0.220359435284, -3.786512641963])).toBeLessThan(
      1e-11,
    )
  })

  it('project as the camera does, with depth, and say what is behind', () => {
    const cam = pinhole({ fx: 800, fy: 790, cx: 310, cy: 250 })
    const K = calibrationMatrix(cam)
    fc.assert(
      fc.property(pose, fc.tuple(num(-3, 3), num(-3, 3), num(0.5, 9)), fc.constantFrom(1, -4, 1e-9), (T, p, scale) => {
        // A point of the camera frame in the world, so that it is in front.
        const world = [0, 1, 2].map((c) => [0, 1, 2].reduce((s, r) => s + T.R[3 * r + c] * (p[r] - T.t[r]), 0))
        const P = projectionMatrix(K, T).map((v) => v * scale)
        const seen = pixelFromMatrix(P, world)
        const expected = pixelFromPoint(cam, p)
        if (!seen.ok || !expected.ok) throw new Error('in front')
        expect(Math.abs(seen.x - expected.x) + Math.abs(seen.y - expected.y)).toBeLessThan(1e-8)
        expect(seen.depth).toBeCloseTo(p[2], 10)
        const behind = [0, 1, 2].map((c) =>
          [0, 1, 2].reduce((s, r) => s + T.R[3 * r + c] * ((r === 2 ? -p[r] : p[r]) - T.t[r]), 0),
        )
        expect(pixelFromMatrix(P, behind)).toMatchObject({ ok: false, reason: 'behind', threshold: 0 })
      }),
    )
  })

  it('are refused where they are no finite camera', () => {
    const affine = [1, 0, 0, 5, 0, 1, 0, 6, 0, 0, 0, 1]
    expect(decomposeProjection(affine)).toEqual({ ok: false, reason: 'rank', value: 0, threshold: 1e-12 })
    const flat = [1, 0, 0, 5, 2, 0, 0, 6, 0, 0, 1, 1]
    expect(decomposeProjection(flat)).toMatchObject({ ok: false, reason: 'rank' })
    expect(decomposeProjection(new Array(12).fill(0))).toMatchObject({ ok: false, reason: 'rank' })
    expect(decomposeProjection([Number.NaN, ...affine.slice(1)])).toMatchObject({ ok: false, reason: 'finite' })
  })

  it('a matrix with skew is no COLMAP camera', () => {
    expect(cameraFromMatrix([800, 0, 310, 0, 790, 250, 0, 0, 1], 640, 480)).toEqual({
      ok: true,
      camera: { model: 'PINHOLE', width: 640, height: 480, params: [800, 790, 310, 250] },
    })
    expect(cameraFromMatrix([800, 2, 310, 0, 790, 250, 0, 0, 1], 640, 480)).toEqual({
      ok: false,
      reason: 'skew',
      value: 2 / 800,
      threshold: 1e-6,
    })
  })
})
