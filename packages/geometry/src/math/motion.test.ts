import { randomStream } from '@epipole/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { alignSim3 } from './align.js'
import {
  hat,
  mat3Apply,
  mat3Determinant,
  mat3Identity,
  mat3Inverse,
  mat3Multiply,
  mat3MultiplyTranspose,
  vee,
} from './mat3.js'
import { quaternionFromRotation, quaternionMultiply, quaternionSlerp, rotationFromQuaternion } from './quaternion.js'
import {
  cameraCenter,
  compose,
  invert,
  poseFromCenter,
  type Rigid,
  relativePose,
  transformPoint,
  transformPoints,
} from './rigid.js'
import { composeSim3, invertSim3, transformPointSim3, transformPoseSim3 } from './sim3.js'
import {
  angleBetweenRad,
  rotationAngleRad,
  so3Exp,
  so3Interpolate,
  so3LeftJacobian,
  so3LeftJacobianInverse,
  so3Log,
  so3RightJacobian,
  so3RightJacobianInverse,
} from './so3.js'
import { median, medianDeviation, quantile } from './statistics.js'
import { vec3Cross, vec3Norm } from './vec3.js'

const far = (a: ArrayLike<number>, b: ArrayLike<number>) => {
  let largest = 0
  for (let k = 0; k < a.length; k++) largest = Math.max(largest, Math.abs(a[k] - b[k]))
  return largest
}
const unit = fc.double({ min: -1, max: 1, noNaN: true })
const vector = fc.tuple(unit, unit, unit)
const direction = vector.filter((v) => vec3Norm(v) > 0.1).map((v) => v.map((c) => c / vec3Norm(v)))
const rotationVector = fc
  .tuple(direction, fc.double({ min: 0, max: Math.PI, noNaN: true }))
  .map(([d, angle]) => d.map((c) => c * angle))
const motion = fc.tuple(rotationVector, vector).map(([w, t]): Rigid => ({ R: so3Exp(w), t: Float64Array.from(t) }))

describe('rotations', () => {
  it('hat is the cross product and vee its inverse', () => {
    fc.assert(
      fc.property(vector, vector, (v, w) => {
        expect(far(mat3Apply(hat(v), w), vec3Cross(v, w))).toBeLessThan(1e-15)
        expect(far(vee(hat(v)), v)).toBe(0)
      }),
    )
  })

  it('Exp gives rotations, and Log inverts it from angle 0 to π', () => {
    const angles = [
      0,
      1e-300,
      1e-16,
      1e-8,
      1e-4,
      0.0316,
      0.0317,
      1,
      2,
      3,
      Math.PI - 1e-3,
      Math.PI - 1e-8,
      Math.PI - 1e-15,
    ]
    fc.assert(
      fc.property(direction, (d) => {
        for (const angle of angles) {
          const w = d.map((c) => c * angle)
          const R = so3Exp(w)
          // Entries are exact to about two roundings; their products add up to some eight (1.8e-15 over 60 000 axes).
          expect(far(mat3MultiplyTranspose(R, R), mat3Identity())).toBeLessThan(4e-15)
          expect(mat3Determinant(R)).toBeCloseTo(1, 14)
          const back = so3Log(R)
          // At π itself ω and −ω are the same rotation.
          const error = Math.min(
            far(back, w),
            angle > 3.14
              ? far(
                  back,
                  w.map((c) => -c),
                )
              : 9,
          )
          expect(error).toBeLessThan(3e-15 * (1 + angle))
        }
      }),
    )
  })

  it('its Jacobians are its derivatives, and the inverses invert them', () => {
    fc.assert(
      fc.property(rotationVector, direction, (w, d) => {
        const h = 1e-6
        const plus = w.map((c, k) => c + h * d[k])
        const R = so3Exp(w)
        const numeric = so3Log(mat3Multiply(mat3Inverse(R)!, so3Exp(plus))).map((c) => c / h)
        expect(far(mat3Apply(so3RightJacobian(w), d), numeric)).toBeLessThan(1e-5)
        const left = so3Log(mat3MultiplyTranspose(so3Exp(plus), R)).map((c) => c / h)
        expect(far(mat3Apply(so3LeftJacobian(w), d), left)).toBeLessThan(1e-5)
        expect(far(mat3Multiply(so3RightJacobian(w), so3RightJacobianInverse(w)), mat3Identity())).toBeLessThan(1e-12)
        expect(far(mat3Multiply(so3LeftJacobian(w), so3LeftJacobianInverse(w)), mat3Identity())).toBeLessThan(1e-12)
      }),
    )
  })

  it('quaternions and matrices convert and compose alike', () => {
    fc.assert(
      fc.property(rotationVector, rotationVector, (v, w) => {
        const [A, B] = [so3Exp(v), so3Exp(w)]
        const [p, q] = [quaternionFromRotation(A), quaternionFromRotation(B)]
        expect(far(rotationFromQuaternion(p), A)).toBeLessThan(2e-15)
        expect(far(rotationFromQuaternion(quaternionMultiply(p, q)), mat3Multiply(A, B))).toBeLessThan(4e-15)
      }),
    )
  })

  it('a quarter turn about z as quaternion (w, x, y, z) takes x to y', () => {
    const R = rotationFromQuaternion([Math.SQRT1_2, 0, 0, Math.SQRT1_2])
    expect(far(mat3Apply(R, [1, 0, 0]), [0, 1, 0])).toBeLessThan(1e-15)
  })

  it('interpolates along the geodesic, as matrices and as quaternions', () => {
    fc.assert(
      fc.property(rotationVector, rotationVector, fc.double({ min: 0, max: 1, noNaN: true }), (v, w, s) => {
        const [A, B] = [so3Exp(v), so3Exp(w)]
        const total = rotationAngleRad(A, B)
        fc.pre(total < 3.1)
        const C = so3Interpolate(A, B, s)
        expect(Math.abs(rotationAngleRad(A, C) - s * total)).toBeLessThan(1e-12)
        const q = quaternionSlerp(quaternionFromRotation(A), quaternionFromRotation(B), s)
        expect(far(rotationFromQuaternion(q), C)).toBeLessThan(1e-12)
      }),
    )
  })

  it('measures tiny and straight angles', () => {
    expect(angleBetweenRad([1, 0, 0], [1, 1e-12, 0])).toBeCloseTo(1e-12, 25)
    expect(angleBetweenRad([1, 0, 0], [-1, 0, 0])).toBe(Math.PI)
  })
})

describe('rigid motions', () => {
  it('compose by adjacent names, invert, and move points', () => {
    fc.assert(
      fc.property(motion, motion, vector, (aFromB, bFromC, x) => {
        const aFromC = compose(aFromB, bFromC)
        expect(far(transformPoint(aFromC, x), transformPoint(aFromB, transformPoint(bFromC, x)))).toBeLessThan(1e-14)
        const cFromA = invert(aFromC)
        expect(far(transformPoint(cFromA, transformPoint(aFromC, x)), x)).toBeLessThan(1e-14)
        expect(far(transformPoints(aFromC, [...x, ...x]).slice(3), transformPoint(aFromC, x))).toBe(0)
        const bFromA = relativePose(aFromC, bFromC)
        expect(far(transformPoint(bFromA, transformPoint(aFromC, x)), transformPoint(bFromC, x))).toBeLessThan(1e-14)
      }),
    )
  })

  it('may write into their inputs', () => {
    fc.assert(
      fc.property(motion, motion, (a, b) => {
        const expected = compose(a, b)
        const first = { R: a.R.slice(), t: a.t.slice() }
        compose(first, b, first)
        expect(far(first.R, expected.R) + far(first.t, expected.t)).toBe(0)
        const second = { R: b.R.slice(), t: b.t.slice() }
        compose(a, second, second)
        expect(far(second.R, expected.R) + far(second.t, expected.t)).toBe(0)
        const inverse = invert(a)
        const third = { R: a.R.slice(), t: a.t.slice() }
        invert(third, third)
        expect(far(third.R, inverse.R) + far(third.t, inverse.t)).toBe(0)
      }),
    )
  })

  it('camera centres: t = −R C, from a matrix or a quaternion', () => {
    fc.assert(
      fc.property(rotationVector, vector, (w, C) => {
        const R = so3Exp(w)
        const camFromWorld = poseFromCenter(R, C)
        expect(far(cameraCenter(camFromWorld), C)).toBeLessThan(1e-14)
        expect(far(transformPoint(camFromWorld, C), [0, 0, 0])).toBeLessThan(1e-14)
        expect(far(poseFromCenter(quaternionFromRotation(R), C).t, camFromWorld.t)).toBeLessThan(1e-14)
      }),
    )
  })
})

describe('similarities', () => {
  const scale = fc.double({ min: 0.1, max: 10, noNaN: true })
  const similarity = fc.tuple(motion, scale).map(([m, s]) => ({ ...m, scale: s }))

  it('compose, invert and move poses with their world', () => {
    fc.assert(
      fc.property(similarity, similarity, motion, vector, (a, b, cam, x) => {
        const moved = transformPointSim3(a, transformPointSim3(b, x))
        expect(far(transformPointSim3(composeSim3(a, b), x), moved)).toBeLessThan(1e-12)
        expect(far(transformPointSim3(invertSim3(a), transformPointSim3(a, x)), x)).toBeLessThan(1e-13)
        const depth = transformPoint(cam, x)
        const after = transformPoint(transformPoseSim3(cam, a), transformPointSim3(a, x))
        expect(
          far(
            after,
            depth.map((v) => v * a.scale),
          ),
        ).toBeLessThan(1e-12)
      }),
    )
  })

  it('alignSim3 recovers the similarity, also for points in a plane', () => {
    const random = randomStream(5, 'align')
    fc.assert(
      fc.property(similarity, fc.boolean(), (truth, planar) => {
        const src = Float64Array.from({ length: 30 }, (_, k) => (planar && k % 3 === 2 ? 0 : random.normal()))
        const dst = new Float64Array(30)
        for (let k = 0; k < 30; k += 3) dst.set(transformPointSim3(truth, src.subarray(k, k + 3)), k)
        const found = alignSim3(src, dst)
        if (!found.ok) throw new Error(found.reason)
        expect(Math.abs(found.transform.scale - truth.scale)).toBeLessThan(1e-12)
        expect(far(found.transform.R, truth.R)).toBeLessThan(1e-12)
        expect(far(found.transform.t, truth.t)).toBeLessThan(1e-12)
        expect(found.rmse).toBeLessThan(1e-12)
      }),
    )
  })

  it('alignSim3 says why it cannot', () => {
    const line = Float64Array.from({ length: 30 }, (_, k) => (k % 3 === 0 ? k : 2))
    expect(alignSim3(line, line)).toMatchObject({ ok: false, reason: 'spread' })
    expect(alignSim3(new Float64Array(30), new Float64Array(30))).toMatchObject({ ok: false, reason: 'spread' })
    expect(alignSim3([1, 2, 3, 4, 5, 6], [1, 2, 3, 4, 5, 6])).toMatchObject({ ok: false, reason: 'count' })
    expect(alignSim3(new Float64Array(30).fill(Number.NaN), line)).toMatchObject({ ok: false, reason: 'finite' })
  })
})

describe('order statistics', () => {
  it('match sorting', () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ noNaN: true, noDefaultInfinity: true }), { minLength: 1, maxLength: 50 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (x, q) => {
          const sorted = [...x].sort((a, b) => a - b)
          const position = q * (x.length - 1)
          const [low, high] = [sorted[Math.floor(position)], sorted[Math.ceil(position)]]
          const value = quantile(x, q)
          expect(value).toBeGreaterThanOrEqual(low)
          expect(value).toBeLessThanOrEqual(high)
        },
      ),
    )
    expect(quantile([-1.7e308, 1.7e308], 0.5)).toBe(0)
    expect(quantile([0.1, 0.3], 1 - 2 ** -53)).toBeLessThanOrEqual(0.3)
    expect(median([3, 1, 2])).toBe(2)
    expect(median([4, 1, 2, 3])).toBe(2.5)
    expect(median([])).toBeNaN()
    expect(medianDeviation([1, 2, 3, 4, 100])).toBeCloseTo(1.4826, 4)
  })
})
