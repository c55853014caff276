import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { axisAngleFromRotation, rotationFromAxisAngle } from './axis-angle.js'
import { eulerFromRotation, eulerOrders, rotationFromEuler } from './euler.js'
import { mat3Multiply } from './mat3.js'
import { so3Exp } from './so3.js'

function far(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((worst, v, i) => Math.max(worst, Math.abs(v - b[i])), 0)
}

const angle = (limit: number) => fc.double({ min: -limit, max: limit, noNaN: true })
const frames = ['intrinsic', 'extrinsic'] as const
const all = eulerOrders.flatMap((order) => frames.map((frame) => [order, frame] as const))

describe('Euler angles', () => {
  it('twenty-four orders', () => {
    expect(new Set(all.map((a) => a.join())).size).toBe(24)
  })

  it.each(all)('%s %s: the product of three turns, and back', (order, frame) => {
    const proper = order[0] === order[2]
    const middle = proper ? fc.double({ min: 0.001, max: 3.14, noNaN: true }) : angle(1.57)
    fc.assert(
      fc.property(angle(3.14), middle, angle(3.14), (a, b, c) => {
        const turns = [a, b, c].map((v, k) => so3Exp([0, 1, 2].map((x) => ('xyz'[x] === order[k] ? v : 0))))
        const [first, second, third] = frame === 'intrinsic' ? turns : turns.toReversed()
        const R = rotationFromEuler(order, [a, b, c], frame)
        expect(far(R, mat3Multiply(mat3Multiply(first, second), third))).toBeLessThan(2e-15)
        const found = eulerFromRotation(order, R, frame)
        expect(found.gimbalLock).toBe(false)
        // Near the lock first and last are known less exactly than the rotation.
        expect(far(found.anglesRad, [a, b, c])).toBeLessThan(2e-12)
        expect(far(rotationFromEuler(order, found.anglesRad, frame), R)).toBeLessThan(3e-15)
      }),
    )
  })

  it.each(all)('%s %s: gimbal lock is named, and the angles still give the rotation', (order, frame) => {
    const middles = order[0] === order[2] ? [0, Math.PI] : [Math.PI / 2, -Math.PI / 2]
    for (const b of middles) {
      const R = rotationFromEuler(order, [0.4, b, -1.1], frame)
      const found = eulerFromRotation(order, R, frame)
      expect(found.gimbalLock).toBe(true)
      expect(found.anglesRad[2]).toBe(0)
      expect(far(rotationFromEuler(order, found.anglesRad, frame), R)).toBeLessThan(1e-14)
    }
  })

  it("SciPy's numbers", () => {
    // scipy.spatial.transform.Rotation.from_euler('ZYX', [.3, -.2, .5]).as_matrix(): R_z(.3) R_y(-.2) R_x(.5)
    const [ca, sa, cb, sb, cc, sc] = [0.3, -0.2, 0.5].flatMap((v) => [Math.cos(v), Math.sin(v)])
    const R = rotationFromEuler('zyx', [0.3, -0.2, 0.5])
    expect(
      far(R, [
        ca * cb,
        ca * sb * sc - sa * cc,
        ca * sb * cc + sa * sc,
        sa * cb,
        sa * sb * sc + ca * cc,
        sa * sb * cc - ca * sc,
        -sb,
        cb * sc,
        cb * cc,
      ]),
    ).toBeLessThan(1e-15)
  })
})

describe('axis and angle', () => {
  it('of a rotation, near nothing and near half a turn too', () => {
    fc.assert(
      fc.property(
        fc.tuple(angle(1), angle(1), angle(1)).filter((v) => Math.abs(v[0]) + Math.abs(v[1]) + Math.abs(v[2]) > 0.1),
        fc.oneof(fc.constantFrom(1e-150, 1e-9, Math.PI - 1e-9), fc.double({ min: 0.001, max: 3.1, noNaN: true })),
        (axis, angleRad) => {
          const found = axisAngleFromRotation(rotationFromAxisAngle(axis, angleRad))
          const norm = Math.sqrt(axis.reduce((s, v) => s + v * v, 0))
          expect(Math.abs(found.angleRad - angleRad)).toBeLessThan(4e-15)
          if (angleRad > 1e-8)
            expect(
              far(
                found.axis,
                axis.map((v) => v / norm),
              ),
            ).toBeLessThan(1e-12)
        },
      ),
    )
    expect(axisAngleFromRotation([1, 0, 0, 0, 1, 0, 0, 0, 1])).toEqual({ axis: Float64Array.of(1, 0, 0), angleRad: 0 })
  })
})
