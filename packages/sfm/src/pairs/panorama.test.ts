import { randomStream } from '@epipole/core'
import { type Rigid, rotationFromQuaternion, transformPoint } from '@epipole/geometry'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { fitRotation, turnOfUnknownFocal } from './panorama.js'

const COUNT = 200
/** One pixel of a photo whose focal length is 500 px. */
const PIXEL = 1 / 500

/** Rays of points at the depth that `depth` gives, in two photos; noise of a third of a pixel; focal lengths × `factor`. */
function twoViews(bFromA: Rigid, depth: (x: number, y: number) => number, factor: number, seed: number) {
  const random = randomStream(seed, 'panorama-test')
  const a = new Float64Array(2 * COUNT)
  const b = new Float64Array(2 * COUNT)
  const noise = () => (random.float() - 0.5) * PIXEL
  for (let i = 0; i < COUNT; i++) {
    const x = random.float() - 0.5
    const y = 0.7 * (random.float() - 0.5)
    const z = depth(x, y)
    const p = transformPoint(bFromA, [x * z, y * z, z])
    a.set([factor * (x + noise()), factor * (y + noise())], 2 * i)
    b.set([factor * (p[0] / p[2] + noise()), factor * (p[1] / p[2] + noise())], 2 * i)
  }
  return { a, b, all: Int32Array.from({ length: COUNT }, (_, i) => i) }
}

/** A turn by about `deg` around a slanted axis. */
function turn(deg: number): Float64Array {
  const half = (deg * Math.PI) / 360
  const s = Math.sin(half)
  return rotationFromQuaternion([Math.cos(half), 0.36 * s, 0.8 * s, 0.48 * s])
}

const tilted = (x: number, y: number) => 4 / (1 - 0.5 * x + 0.3 * y)
const rough = (x: number, y: number) => 4 + 2 * Math.sin(9 * x) + Math.cos(7 * y)

describe('a camera that only turned', () => {
  test('is explained by a rotation, whatever the depths', () => {
    fc.assert(
      fc.property(fc.double({ min: 2, max: 25, noNaN: true }), fc.nat(), (deg, seed) => {
        const { a, b, all } = twoViews({ R: turn(deg), t: new Float64Array(3) }, rough, 1, seed)
        const fit = fitRotation(a, b, all, 4 * PIXEL)
        expect(fit.inliers).toBe(COUNT)
        fit.R.forEach((v, i) => {
          expect(Math.abs(v - turn(deg)[i])).toBeLessThan(2e-3)
        })
      }),
      { numRuns: 30 },
    )
  })

  test('of unknown focal length too, within a pixel', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 4, max: 25, noNaN: true }),
        fc.double({ min: 0.5, max: 2, noNaN: true }),
        fc.nat(),
        (deg, factor, seed) => {
          const { a, b, all } = twoViews({ R: turn(deg), t: new Float64Array(3) }, rough, factor, seed)
          const fit = turnOfUnknownFocal(a, b, all, 4 * PIXEL * factor)
          expect(fit.tested).toBe(COUNT)
          // Halfway between two trials the focal length is 2.5 % off: some pixels at the corners after a wide turn.
          expect(fit.inliers).toBeGreaterThan(0.9 * COUNT)
          expect(fit.medianError / factor).toBeLessThan(1.5 * PIXEL)
        },
      ),
      { numRuns: 20 },
    )
  })
})

describe('a camera that moved', () => {
  test.each([
    ['before a plane, turning', tilted, turn(8), [0.8, 0.1, 0.3]],
    ['before a plane, straight on', tilted, turn(0), [0.8, 0, 0]],
    ['along a plane that it faces', () => 4, turn(0), [1.2, 0.2, 0]],
    ['before things of many depths', rough, turn(5), [0.6, 0.1, 0.2]],
  ])('%s, is not explained by a turn of any focal length', (_, depth, R, t) => {
    const { a, b, all } = twoViews({ R, t: Float64Array.from(t) }, depth, 1, 1)
    const fit = turnOfUnknownFocal(a, b, all, 4 * PIXEL)
    // Homographies fit the planes with half a pixel: more than twice as well.
    expect(fit.medianError).toBeGreaterThan(1.2 * PIXEL)
  })
})
