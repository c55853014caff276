import { randomStream } from '@epipole/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { averageRigid, averageRotations, averageSim3 } from './average.js'
import { mat3Multiply } from './mat3.js'
import { compose, invert, type Rigid } from './rigid.js'
import { se3Exp, se3Log } from './se3.js'
import { sim3Exp } from './sim3-lie.js'
import { rotationAngleRad, so3Exp, so3Interpolate } from './so3.js'

const num = (limit: number) => fc.double({ min: -limit, max: limit, noNaN: true })
const rotation = fc.tuple(num(1.5), num(1.5), num(1.5)).map((w) => so3Exp(w))
const twist = fc.array(num(1), { minLength: 6, maxLength: 6 })
const methods = ['chordal', 'geodesic', 'median'] as const

function mean<T>(found: { ok: true; mean: T } | { ok: false; reason: string }): T {
  if (!found.ok) throw new Error(found.reason)
  return found.mean
}

describe('averageRotations', () => {
  it.each(methods)('%s: turns with its rotations, whichever frame and order', (method) => {
    fc.assert(
      fc.property(rotation, rotation, fc.integer({ min: 0, max: 1e6 }), (A, B, seed) => {
        const random = randomStream(seed)
        const around = Array.from({ length: 7 }, () =>
          mat3Multiply(A, so3Exp([0, 1, 2].map(() => random.uniform(-0.5, 0.5)))),
        )
        const found = mean(averageRotations(around, { method }))
        const moved = mean(
          averageRotations(around.map((R) => mat3Multiply(mat3Multiply(B, R), A)).reverse(), { method }),
        )
        expect(rotationAngleRad(moved, mat3Multiply(mat3Multiply(B, found), A))).toBeLessThan(
          method === 'median' ? 1e-6 : 1e-9,
        )
      }),
      { numRuns: 30 },
    )
  })

  it.each(methods)('%s: is a minimum of what it says', (method) => {
    const random = randomStream(3, method)
    const rotations = Array.from({ length: 9 }, () => so3Exp([0, 1, 2].map(() => random.normal() * 0.6)))
    const cost = (R: Float64Array) =>
      rotations.reduce((s, Q) => {
        const angle = rotationAngleRad(R, Q)
        return s + (method === 'median' ? angle : method === 'geodesic' ? angle ** 2 : 8 * Math.sin(angle / 2) ** 2)
      }, 0)
    const R = mean(averageRotations(rotations, { method }))
    for (let i = 0; i < 50; i++) {
      const near = mat3Multiply(R, so3Exp([0, 1, 2].map(() => random.normal() * 0.01)))
      expect(cost(near)).toBeGreaterThan(cost(R))
    }
  })

  it('of two is half-way; weights move it along', () => {
    fc.assert(
      fc.property(rotation, rotation, (A, B) => {
        fc.pre(rotationAngleRad(A, B) < 3)
        for (const method of ['chordal', 'geodesic'] as const) {
          expect(rotationAngleRad(mean(averageRotations([A, B], { method })), so3Interpolate(A, B, 0.5))).toBeLessThan(
            1e-9,
          )
        }
        const weighted = mean(averageRotations([A, B], { weights: [3, 1] }))
        expect(rotationAngleRad(weighted, so3Interpolate(A, B, 0.25))).toBeLessThan(1e-9)
      }),
    )
  })

  it('the median ignores a minority that is wrong', () => {
    const random = randomStream(5)
    const truth = so3Exp([0.3, -1, 0.5])
    const rotations = Array.from({ length: 30 }, (_, i) =>
      i % 3 === 0
        ? so3Exp([2, 0.5 * random.normal(), -1])
        : mat3Multiply(truth, so3Exp([0, 1, 2].map(() => random.normal() * 0.002))),
    )
    expect(rotationAngleRad(mean(averageRotations(rotations, { method: 'median' })), truth)).toBeLessThan(0.005)
    expect(rotationAngleRad(mean(averageRotations(rotations)), truth)).toBeGreaterThan(0.2)
    // A median that is one of the rotations.
    const same = [truth, truth, truth, so3Exp([0, 0, 1])]
    expect(rotationAngleRad(mean(averageRotations(same, { method: 'median' })), truth)).toBeLessThan(1e-7)
  })

  it('refuses where there is none', () => {
    const opposite = [so3Exp([0, 0, 0]), so3Exp([Math.PI, 0, 0])]
    expect(averageRotations(opposite)).toMatchObject({ ok: false, reason: 'spread', threshold: 1e-9 })
    expect(averageRotations([])).toMatchObject({ ok: false, reason: 'count' })
    expect(averageRotations(opposite, { weights: [0, 0] })).toMatchObject({ ok: false, reason: 'count' })
    expect(() => averageRotations(opposite, { weights: [1] })).toThrow('weights')
    expect(averageRotations(opposite, { weights: [1, 0] })).toMatchObject({ ok: true })
  })
})

describe('averages of motions', () => {
  it('do not depend on the frames on either side', () => {
    fc.assert(
      fc.property(twist, twist, fc.integer({ min: 0, max: 1e6 }), (a, b, seed) => {
        const random = randomStream(seed)
        const [A, B] = [se3Exp(a), se3Exp(b)]
        const motions = Array.from({ length: 5 }, () => compose(A, se3Exp(a.map(() => random.uniform(-0.4, 0.4)))))
        const found = mean(averageRigid(motions))
        const between = (T: Rigid) => compose(compose(B, T), A)
        const moved = mean(averageRigid(motions.map(between)))
        expect(Math.max(...se3Log(compose(invert(moved), between(found))).map(Math.abs))).toBeLessThan(1e-10)
      }),
      { numRuns: 30 },
    )
  })

  it('of similarities: the geometric mean of scales', () => {
    const found = mean(averageSim3([2, 8].map((scale) => ({ scale, R: so3Exp([0, 0, 1]), t: new Float64Array(3) }))))
    expect(found.scale).toBeCloseTo(4, 12)
    const S = sim3Exp([1, 2, 3, 0.1, 0.2, 0.3, 0.4])
    expect(mean(averageSim3([S, S, S])).t[1]).toBeCloseTo(S.t[1], 12)
    expect(averageSim3([])).toMatchObject({ ok: false, reason: 'count' })
  })

  it('medians are hardly moved by a minority of wrong ones, which moves the means', () => {
    fc.assert(
      fc.property(twist, fc.integer({ min: 0, max: 1e6 }), (a, seed) => {
        const random = randomStream(seed)
        const xi = [...a].map((v) => Math.max(-2, Math.min(2, v)) / 2)
        const near = (size: number) => xi.map((v) => v + size * random.normal())
        const twists = [
          ...Array.from({ length: 13 }, () => near(0.01)),
          ...Array.from({ length: 4 }, () => xi.map((v, k) => v + (k < 3 ? 5 : 0.8))),
        ]
        const error = (found: Rigid) => Math.max(...se3Log(compose(invert(se3Exp(xi)), found)).map(Math.abs))
        const motions = twists.map((t) => se3Exp(t))
        expect(error(mean(averageRigid(motions, { method: 'median' })))).toBeLessThan(0.05)
        expect(error(mean(averageRigid(motions)))).toBeGreaterThan(0.3)
        const sims = twists.map((t, i) => sim3Exp([...t, i < 13 ? 0.3 + 0.01 * random.normal() : 2]))
        const found = mean(averageSim3(sims, { method: 'median' }))
        expect(Math.abs(found.scale / Math.exp(0.3) - 1)).toBeLessThan(0.05)
        expect(Math.abs(mean(averageSim3(sims)).scale / Math.exp(0.3) - 1)).toBeGreaterThan(0.2)
      }),
      { numRuns: 20 },
    )
  })

  it('at a median all pull alike and in balance; it is one of the motions where they agree', () => {
    const random = randomStream(6)
    const motions = Array.from({ length: 9 }, () => se3Exp(Array.from({ length: 6 }, () => 0.3 * random.normal())))
    const weights = motions.map(() => random.uniform(0.5, 2))
    const found = mean(averageRigid(motions, { method: 'median', length: 2, weights }))
    const pull = new Float64Array(6)
    for (const [i, M] of motions.entries()) {
      const xi = se3Log(compose(invert(found), M))
      const d = Math.sqrt(xi.reduce((q, v, k) => q + (k < 3 ? v / 2 : v) ** 2, 0))
      for (let k = 0; k < 6; k++) pull[k] += (weights[i] * xi[k]) / d
    }
    expect(Math.max(...pull.map(Math.abs))).toBeLessThan(1e-9)
    const T = se3Exp([1, 2, 3, 0.3, 0.2, 0.1])
    const agreed = mean(averageRigid([T, T, T, motions[0], motions[1]], { method: 'median' }))
    expect(Math.max(...se3Log(compose(invert(T), agreed)).map(Math.abs))).toBeLessThan(1e-9)
    expect(() => averageRigid(motions, { method: 'median', length: 0 })).toThrow('length')
  })
})
