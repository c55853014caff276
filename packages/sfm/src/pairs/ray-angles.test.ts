import { degrees, rotationFromQuaternion } from '@epipole/geometry'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { medianAngleDeg } from './ray-angles.js'

const eye = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1)

test('two cameras side by side see a point before them under the angle of the triangle', () => {
  // Baseline 1, points at depth 2 midway between: 2 atan(1/4) = 28.07°; one far point does not move the median.
  const bFromA = { R: eye, t: Float64Array.of(-1, 0, 0) }
  const raysA = Float64Array.of(0.25, 0, 0.25, 0, 0, 0)
  const raysB = Float64Array.of(-0.25, 0, -0.25, 0, 0, 0)
  expect(medianAngleDeg(bFromA, raysA, raysB, Int32Array.of(0, 1, 2))).toBeCloseTo(degrees(2 * Math.atan(0.25)), 9)
  expect(medianAngleDeg(bFromA, raysA, raysB, Int32Array.of(2))).toBe(0)
  expect(medianAngleDeg(bFromA, raysA, raysB, new Int32Array(0))).toBe(0)
})

test('a turn alone leaves no angle, whatever the turn', () => {
  const small = fc.double({ min: -0.3, max: 0.3, noNaN: true })
  fc.assert(
    fc.property(small, small, small, small, small, (qx, qy, qz, x, y) => {
      const R = rotationFromQuaternion([1, qx, qy, qz])
      const p = [0, 3, 6].map((r) => R[r] * x + R[r + 1] * y + R[r + 2])
      fc.pre(p[2] > 0.1)
      const angle = medianAngleDeg(
        { R, t: new Float64Array(3) },
        Float64Array.of(x, y),
        Float64Array.of(p[0] / p[2], p[1] / p[2]),
        Int32Array.of(0),
      )
      expect(angle).toBeLessThan(1e-5)
    }),
  )
})
