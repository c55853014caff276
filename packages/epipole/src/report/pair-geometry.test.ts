import { essentialFromPose, pinhole, pixelFromPoint, type Rigid, transformPoint } from '@epipole/geometry'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { clipLine, homographyErrors, lineOf, pairFundamental, pairResiduals, spreadOut } from './pair-geometry.js'

const a = pinhole({ f: 900, width: 1200, height: 800 })
const b = pinhole({ f: 700, width: 800, height: 1000 })
// A turn of 0.2 about y, then a step to the side.
const [c, s] = [0.98006657784124163, 0.19866933079506122]
const bFromA: Rigid = { R: Float64Array.of(c, 0, s, 0, 1, 0, -s, 0, c), t: Float64Array.of(-1, 0.1, 0.2) }
const E = essentialFromPose(bFromA)
const base = { kind: 'calibrated', matches: 0, inliers: new Uint32Array(), support: { E: 0, F: 0, H: 0 } } as const

function views(points: readonly (readonly number[])[]) {
  const at = (camera: typeof a, p: Float64Array) => {
    const pixel = pixelFromPoint(camera, p)
    return pixel.ok ? [pixel.x, pixel.y] : []
  }
  const xyA = Float64Array.from(points.flatMap((p) => at(a, Float64Array.from(p))))
  const xyB = Float64Array.from(points.flatMap((p) => at(b, transformPoint(bFromA, Float64Array.from(p)))))
  return { xyA, xyB }
}

const scene = [
  [0, 0, 5],
  [1, -0.5, 6],
  [-1, 0.7, 4],
  [0.4, 0.6, 8],
]

test('F of pose and cameras: matches lie on each other’s lines, in this order of photos', () => {
  const F = pairFundamental({ ...base, bFromA, E }, a, b)!
  const { xyA, xyB } = views(scene)
  expect(xyA.length).toBe(8)
  for (const { values } of pairResiduals(F, undefined, xyA, xyB)) for (const v of values) expect(v).toBeLessThan(1e-9)
  const [l0, l1, l2] = lineOf(F, xyA[2]!, xyA[3]!)
  expect((l0 * xyB[2]! + l1 * xyB[3]! + l2) / Math.hypot(l0, l1)).toBeCloseTo(0, 9)
  const [m0, m1, m2] = lineOf(F, xyB[2]!, xyB[3]!, true)
  expect((m0 * xyA[2]! + m1 * xyA[3]! + m2) / Math.hypot(m0, m1)).toBeCloseTo(0, 9)
})

test('no lines for a camera that only turned, for a refused pair, or for a plane without a pose', () => {
  const F = Float64Array.from({ length: 9 }, (_, i) => i)
  expect(pairFundamental({ ...base, kind: 'panoramic', bFromA, F }, a, b)).toBeUndefined()
  expect(pairFundamental({ ...base, kind: 'refused', F }, a, b)).toBeUndefined()
  expect(pairFundamental({ ...base, kind: 'planar', F }, a, b)).toBeUndefined()
  expect(pairFundamental({ ...base, kind: 'planar', F, bFromA }, a, b)).toBeDefined()
  expect(pairFundamental({ ...base, kind: 'uncalibrated', F }, a, b)).toBe(F)
})

test('a homography of a plane explains the plane and not what stands before it', () => {
  // Plane z = 5: H = K_b (R + t nᵀ / d) K_a⁻¹ with n = (0, 0, 1), d = 5.
  const M = [0, 1, 2].flatMap((r) => [0, 1, 2].map((k) => bFromA.R[3 * r + k]! + (k === 2 ? bFromA.t[r]! / 5 : 0)))
  const Kb = [700, 0, 400, 0, 700, 500, 0, 0, 1]
  const Kai = [1 / 900, 0, -600 / 900, 0, 1 / 900, -400 / 900, 0, 0, 1]
  const mul = (x: number[], y: number[]) =>
    [0, 1, 2].flatMap((r) =>
      [0, 1, 2].map((k) => x[3 * r]! * y[k]! + x[3 * r + 1]! * y[3 + k]! + x[3 * r + 2]! * y[6 + k]!),
    )
  const H = Float64Array.from(mul(mul(Kb, M), Kai))
  const { xyA, xyB } = views([
    [0, 0, 5],
    [1, 0.5, 5],
    [0.5, -0.5, 3],
  ])
  const errors = homographyErrors(H, xyA, xyB)
  expect(errors[0]).toBeLessThan(1e-9)
  expect(errors[1]).toBeLessThan(1e-9)
  expect(errors[2]).toBeGreaterThan(20)
  expect(homographyErrors(new Float64Array(9), xyA, xyB)[0]).toBe(Number.POSITIVE_INFINITY)
})

test('clipped lines lie on the line and end on the border; others miss the photo', () => {
  const [w, h] = [640, 480]
  const number = fc.double({ min: -1000, max: 1000, noNaN: true })
  fc.assert(
    fc.property(number, number, number, number, (x1, y1, x2, y2) => {
      const [l0, l1] = [y1 - y2, x2 - x1]
      fc.pre(Math.hypot(l0, l1) > 1)
      const l2 = -(l0 * x1 + l1 * y1)
      const size = Math.hypot(l0, l1)
      const cut = clipLine([l0, l1, l2], w, h)
      const sides = [
        [0, 0],
        [w, 0],
        [w, h],
        [0, h],
      ].map(([x, y]) => (l0 * x! + l1 * y! + l2) / size)
      if (!cut) {
        expect(Math.min(...sides) >= -1e-6 || Math.max(...sides) <= 1e-6).toBe(true)
        return
      }
      for (const [x, y] of [cut.slice(0, 2), cut.slice(2)] as [number, number][]) {
        expect(Math.abs(l0 * x + l1 * y + l2) / size).toBeLessThan(1e-6)
        const toBorder = Math.min(Math.abs(x), Math.abs(y), Math.abs(x - w), Math.abs(y - h))
        expect(toBorder).toBeLessThan(1e-6)
        expect(x).toBeGreaterThan(-1e-6)
        expect(x).toBeLessThan(w + 1e-6)
        expect(y).toBeGreaterThan(-1e-6)
        expect(y).toBeLessThan(h + 1e-6)
      }
    }),
  )
  expect(clipLine([0, 0, 1], w, h)).toBeUndefined()
  expect(clipLine([Number.NaN, 1, 0], w, h)).toBeUndefined()
  expect(clipLine([0, 1, -100], w, h)!.map(Math.abs)).toEqual([640, 100, 0, 100])
})

test('spread places: different ones, no more than asked, the second the farthest from the first', () => {
  const xy = [0, 0, 1, 0, 10, 0, 5, 0, 5, 1, 5, 0]
  const chosen = spreadOut(xy, 3)
  expect(new Set(chosen).size).toBe(3)
  expect([0, 2]).toContain(chosen[1])
  expect(spreadOut(xy, 99).length).toBe(5)
  expect(spreadOut([], 4)).toEqual([])
})
