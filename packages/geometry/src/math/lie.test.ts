import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { frobeniusNorm } from './mat3.js'
import { compose, invert, type Rigid } from './rigid.js'
import {
  se3Adjoint,
  se3Exp,
  se3Interpolate,
  se3LeftJacobian,
  se3LeftJacobianInverse,
  se3Log,
  se3RightJacobian,
  se3RightJacobianInverse,
} from './se3.js'
import { composeSim3, invertSim3, type Sim3, transformPointSim3 } from './sim3.js'
import {
  sim3Adjoint,
  sim3Exp,
  sim3Interpolate,
  sim3LeftJacobian,
  sim3LeftJacobianInverse,
  sim3Log,
  sim3RightJacobian,
  sim3RightJacobianInverse,
} from './sim3-lie.js'
import { so3LeftJacobian } from './so3.js'

const num = (limit: number) => fc.double({ min: -limit, max: limit, noNaN: true })
const direction = fc
  .tuple(num(1), num(1), num(1))
  .filter((v) => frobeniusNorm(v) > 0.1)
  .map((v) => v.map((c) => c / frobeniusNorm(v)))
/** Angles and scales where closed forms would cancel, and ordinary ones. */
const angle = fc.oneof(
  fc.constantFrom(0, 1e-300, 1e-12, 1e-8, 1e-4, 0.03, Math.PI - 1e-4, Math.PI - 1e-9),
  fc.double({ min: 0, max: 3.1, noNaN: true }),
)
const logScale = fc.oneof(fc.constantFrom(0, 1e-300, 1e-12, -1e-8, 1e-4), num(2))
const twist = fc
  .tuple(num(5), num(5), num(5), direction, angle)
  .map(([x, y, z, d, a]) => [x, y, z, ...d.map((c) => c * a)])
const twist7 = fc.tuple(twist, logScale).map(([xi, s]) => [...xi, s])

function far(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Array.from(a).reduce((worst, v, i) => Math.max(worst, Math.abs(v - b[i])), 0)
}

function apply(A: Float64Array, v: readonly number[]): Float64Array {
  return Float64Array.from(v, (_, r) => v.reduce((s, x, c) => s + A[r * v.length + c] * x, 0))
}

function product(A: Float64Array, B: Float64Array, n: number): Float64Array {
  return Float64Array.from(A, (_, k) => {
    const [r, c] = [Math.floor(k / n), k % n]
    let s = 0
    for (let i = 0; i < n; i++) s += A[r * n + i] * B[i * n + c]
    return s
  })
}

const identity = (n: number) => Float64Array.from({ length: n * n }, (_, k) => (k % (n + 1) === 0 ? 1 : 0))
const flatRigid = ({ R, t }: Rigid) => [...R, ...t]
const flatSim3 = ({ scale, R, t }: Sim3) => [scale, ...R, ...t]

interface Group<T> {
  readonly name: string
  readonly dimension: number
  readonly twist: fc.Arbitrary<number[]>
  readonly exp: (xi: ArrayLike<number>) => T
  readonly log: (x: T) => Float64Array
  readonly compose: (a: T, b: T) => T
  readonly invert: (a: T) => T
  readonly adjoint: (a: T) => Float64Array
  readonly left: (xi: ArrayLike<number>) => Float64Array
  readonly leftInverse: (xi: ArrayLike<number>) => Float64Array
  readonly right: (xi: ArrayLike<number>) => Float64Array
  readonly rightInverse: (xi: ArrayLike<number>) => Float64Array
  readonly interpolate: (a: T, b: T, s: number) => T
  readonly flat: (a: T) => number[]
}

const SE3: Group<Rigid> = {
  name: 'SE(3)',
  dimension: 6,
  twist,
  exp: se3Exp,
  log: se3Log,
  compose,
  invert,
  adjoint: se3Adjoint,
  left: se3LeftJacobian,
  leftInverse: se3LeftJacobianInverse,
  right: se3RightJacobian,
  rightInverse: se3RightJacobianInverse,
  interpolate: se3Interpolate,
  flat: flatRigid,
}
const SIM3: Group<Sim3> = {
  name: 'Sim(3)',
  dimension: 7,
  twist: twist7,
  exp: sim3Exp,
  log: sim3Log,
  compose: composeSim3,
  invert: invertSim3,
  adjoint: sim3Adjoint,
  left: sim3LeftJacobian,
  leftInverse: sim3LeftJacobianInverse,
  right: sim3RightJacobian,
  rightInverse: sim3RightJacobianInverse,
  interpolate: sim3Interpolate,
  flat: flatSim3,
}

function testGroup<T>(group: Group<T>): void {
  const { dimension: n, exp, log, flat } = group
  describe(group.name, () => {
    it('Log inverts Exp, from no turn to almost half a turn', () => {
      fc.assert(
        fc.property(group.twist, (xi) => {
          expect(far(log(exp(xi)), xi)).toBeLessThan(2e-13)
        }),
      )
    })

    it('Exp adds along a line', () => {
      fc.assert(
        fc.property(group.twist, fc.double({ min: 0, max: 1, noNaN: true }), (xi, s) => {
          const parts = [s, 1 - s].map((part) => exp(xi.map((v) => part * v)))
          expect(far(flat(group.compose(parts[0], parts[1])), flat(exp(xi)))).toBeLessThan(2e-13)
        }),
      )
    })

    it('the adjoint carries twists', () => {
      fc.assert(
        fc.property(group.twist, group.twist, (a, b) => {
          const A = exp(a)
          const small = b.map((v) => v / 10)
          const moved = exp(apply(group.adjoint(A), small))
          const expected = group.compose(group.compose(A, exp(small)), group.invert(A))
          expect(far(flat(moved), flat(expected))).toBeLessThan(1e-11)
        }),
      )
    })

    it('the Jacobians are derivatives of Exp, and the inverses invert them', () => {
      fc.assert(
        fc.property(group.twist, group.twist, (xi, d) => {
          const h = 1e-6
          const [plus, minus] = [h, -h].map((s) => exp(xi.map((v, k) => v + s * d[k])))
          const X = exp(xi)
          const size = 1 + frobeniusNorm(d) * 10
          const leftNumeric = (at: T) => log(group.compose(at, group.invert(X)))
          const rightNumeric = (at: T) => log(group.compose(group.invert(X), at))
          const difference = (f: (at: T) => Float64Array) => f(plus).map((v, k) => (v - f(minus)[k]) / (2 * h))
          expect(far(apply(group.left(xi), d), difference(leftNumeric))).toBeLessThan(1e-7 * size)
          expect(far(apply(group.right(xi), d), difference(rightNumeric))).toBeLessThan(1e-7 * size)
          expect(far(product(group.left(xi), group.leftInverse(xi), n), identity(n))).toBeLessThan(1e-11)
          expect(far(product(group.right(xi), group.rightInverse(xi), n), identity(n))).toBeLessThan(1e-11)
        }),
      )
    })

    it('interpolates from one to the other', () => {
      fc.assert(
        fc.property(group.twist, group.twist, fc.double({ min: 0, max: 1, noNaN: true }), (a, b, s) => {
          const [A, B] = [exp(a), exp(b)]
          expect(far(flat(group.interpolate(A, B, 0)), flat(A))).toBeLessThan(1e-12)
          expect(far(flat(group.interpolate(A, B, 1)), flat(B))).toBeLessThan(1e-11)
          const way = log(group.compose(group.invert(A), B))
          fc.pre(frobeniusNorm(way.subarray(3, 6)) < 3)
          const part = log(group.compose(group.invert(A), group.interpolate(A, B, s)))
          expect(
            far(
              part,
              way.map((v) => s * v),
            ),
          ).toBeLessThan(1e-10)
        }),
      )
    })
  })
}

testGroup(SE3)
testGroup(SIM3)

describe('the groups agree', () => {
  it('SE(3) is Sim(3) of scale one, and its Jacobian holds that of SO(3)', () => {
    fc.assert(
      fc.property(twist, (xi) => {
        const [T, S] = [se3Exp(xi), sim3Exp([...xi, 0])]
        expect(S.scale).toBe(1)
        expect(far(S.t, T.t)).toBeLessThan(1e-13)
        const J = so3LeftJacobian(xi.slice(3))
        const L = se3LeftJacobian(xi)
        for (const [k, value] of J.entries()) {
          const at = 6 * Math.floor(k / 3) + (k % 3)
          expect(Math.abs(L[at] - value)).toBeLessThan(1e-14)
          expect(Math.abs(L[at + 21] - value)).toBeLessThan(1e-14)
        }
      }),
    )
  })

  it('a quarter turn and doubling about a fixed point keep it', () => {
    // x ↦ 2 R (x − c) + c with R about z: its logarithm is that of R and 2 with ρ = −M c.
    const c = [1, 2, 3]
    const [w, s] = [Math.PI / 2, Math.LN2]
    const rho = [-(s * c[0] - w * c[1]), -(w * c[0] + s * c[1]), -s * c[2]]
    const S = sim3Exp([...rho, 0, 0, w, s])
    expect(far(transformPointSim3(S, c), c)).toBeLessThan(1e-14)
  })
})
