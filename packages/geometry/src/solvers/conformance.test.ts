import { type RandomStream, randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { hat, mat3Apply, mat3Inverse, mat3Multiply, mat3TransposeMultiply } from '../math/mat3.js'
import { so3Exp } from '../math/so3.js'
import { quantile } from '../math/statistics.js'
import { absolutePoseDlt } from './absolute-pose-dlt.js'
import { absolutePoseCondition, epipolarCondition, homographyCondition } from './condition.js'
import { essentialEightPoint, fundamentalEightPoint } from './epipolar-eight-point.js'
import { essentialFivePoint, essentialFivePointCondition } from './essential-five-point.js'
import { fundamentalSevenPoint } from './fundamental-seven-point.js'
import { homographyDlt } from './homography-dlt.js'
import { homographyFourPoint } from './homography-four-point.js'
import { p3p } from './p3p.js'
import { p4pf } from './p4pf.js'

/** What is done to the data of a problem; the answer must change with it and lose no digits. */
interface Change {
  readonly scale: number
  readonly turnRad: number
  /** In extents of the data. */
  readonly shift: number
  readonly permuted: boolean
}

const CHANGES: Record<string, Change> = {
  'as they come': { scale: 1, turnRad: 0, shift: 0, permuted: false },
  'scaled by 1e9': { scale: 1e9, turnRad: 0, shift: 0, permuted: false },
  'scaled by 1e-9': { scale: 1e-9, turnRad: 0, shift: 0, permuted: false },
  rotated: { scale: 1, turnRad: 2.3, shift: 0, permuted: false },
  translated: { scale: 1, turnRad: 0, shift: 5, permuted: false },
  permuted: { scale: 1, turnRad: 0, shift: 0, permuted: true },
  'all of it': { scale: 1e9, turnRad: -0.8, shift: 5, permuted: true },
}

/** One random problem: how far its nearest solution is from the truth, relatively, and how well the truth is conditioned. */
interface Outcome {
  readonly error: number
  readonly condition: () => number
}
type Case = (random: RandomStream, change: Change) => Outcome

const models = new Float64Array(130)

/** Two cameras, 60° field of view, points 2 to 6 baselines deep, seen by both; on a plane where asked. */
function twoViews(random: RandomStream, n: number, planar: boolean) {
  for (;;) {
    const R = so3Exp([random.uniform(-0.4, 0.4), random.uniform(-0.4, 0.4), random.uniform(-0.4, 0.4)])
    const t = [random.normal(), random.normal(), random.normal()]
    const norm = Math.sqrt(t[0] * t[0] + t[1] * t[1] + t[2] * t[2])
    for (let k = 0; k < 3; k++) t[k] /= norm
    const normal = [random.uniform(-0.4, 0.4), random.uniform(-0.4, 0.4), 1]
    const d = random.uniform(2, 6)
    const xy1 = new Float64Array(2 * n)
    const xy2 = new Float64Array(2 * n)
    let seen = true
    for (let i = 0; i < n && seen; i++) {
      const [x, y] = [random.uniform(-0.6, 0.6), random.uniform(-0.6, 0.6)]
      const z = planar ? d / (normal[0] * x + normal[1] * y + normal[2]) : random.uniform(2, 6)
      const Y = mat3Apply(R, [x * z, y * z, z])
      for (let k = 0; k < 3; k++) Y[k] += t[k]
      seen = Y[2] > 0.5 && z > 0.5 && Math.abs(Y[0] / Y[2]) < 1 && Math.abs(Y[1] / Y[2]) < 1
      xy1.set([x, y], 2 * i)
      xy2.set([Y[0] / Y[2], Y[1] / Y[2]], 2 * i)
    }
    const H = R.map((r, k) => r + (t[Math.floor(k / 3)] * normal[k % 3]) / d)
    if (seen) return { E: mat3Multiply(hat(t), R), H, xy1, xy2 }
  }
}

const order = (random: RandomStream, n: number, permuted: boolean) => {
  const indices = Int32Array.from({ length: n }, (_, i) => i)
  return permuted ? random.shuffle(indices) : indices
}

/** A similarity of the image plane, and the points it maps to. */
function changeImage(xy: Float64Array, { scale, turnRad, shift }: Change): { A: Float64Array; xy: Float64Array } {
  const R = so3Exp([0, 0, turnRad])
  const A = Float64Array.of(...[R[0], R[1], shift, R[3], R[4], -shift].map((v) => scale * v), 0, 0, 1)
  const out = xy.slice()
  for (let k = 0; k < xy.length; k += 2) {
    out[k] = A[0] * xy[k] + A[1] * xy[k + 1] + A[2]
    out[k + 1] = A[3] * xy[k] + A[4] * xy[k + 1] + A[5]
  }
  return { A, xy: out }
}

/** Distance of two matrices up to scale, both brought to norm 1. */
function projectiveDistance(A: ArrayLike<number>, B: ArrayLike<number>): number {
  let [aa, bb, ab] = [0, 0, 0]
  for (let k = 0; k < 9; k++) {
    aa += A[k] * A[k]
    bb += B[k] * B[k]
    ab += A[k] * B[k]
  }
  const sign = ab < 0 ? -1 : 1
  let sum = 0
  for (let k = 0; k < 9; k++) sum += (A[k] / Math.sqrt(aa) - (sign * B[k]) / Math.sqrt(bb)) ** 2
  return Math.sqrt(sum)
}

function nearest(count: number, stride: number, distance: (model: Float64Array) => number): number {
  let best = Number.POSITIVE_INFINITY
  for (let m = 0; m < count; m++) {
    const model = models.slice(stride * m, stride * (m + 1))
    expect(model.every(Number.isFinite)).toBe(true)
    best = Math.min(best, distance(model))
  }
  return best
}

type PairSolver = (xy1: Float64Array, xy2: Float64Array, sample: Int32Array, models: Float64Array) => number

function essentialCase(solve: PairSolver, n: number, planar = false): Case {
  return (random, change) => {
    const p = twoViews(random, n, planar)
    // Normalised coordinates have no unit and no origin to choose; they can only be turned.
    const turn = { ...change, scale: 1, shift: 0 }
    const a = changeImage(p.xy1, turn)
    const b = changeImage(p.xy2, { ...turn, turnRad: -2 * turn.turnRad })
    const sample = order(random, n, change.permuted)
    const count = solve(a.xy, b.xy, sample, models)
    const back = (E: Float64Array) => mat3TransposeMultiply(b.A, mat3Multiply(E, a.A))
    return {
      error: nearest(count, 9, (E) => projectiveDistance(back(E), p.E)),
      condition: () =>
        Math.max(
          epipolarCondition('essential', p.E, p.xy1, p.xy2, order(random, n, false)),
          n === 5 ? essentialFivePointCondition(a.xy, b.xy, sample) : 0,
        ),
    }
  }
}

function fundamentalCase(solve: PairSolver, n: number): Case {
  return (random, change) => {
    const p = twoViews(random, n, false)
    const a = changeImage(p.xy1, change)
    const b = changeImage(p.xy2, { ...change, turnRad: -2 * change.turnRad })
    const count = solve(a.xy, b.xy, order(random, n, change.permuted), models)
    const back = (F: Float64Array) => mat3TransposeMultiply(b.A, mat3Multiply(F, a.A))
    return {
      error: nearest(count, 9, (F) => projectiveDistance(back(F), p.E)),
      condition: () => epipolarCondition('fundamental', p.E, p.xy1, p.xy2, order(random, n, false)),
    }
  }
}

function homographyCase(solve: PairSolver, n: number): Case {
  return (random, change) => {
    const p = twoViews(random, n, true)
    const a = changeImage(p.xy1, change)
    const b = changeImage(p.xy2, { ...change, turnRad: -2 * change.turnRad })
    const count = solve(a.xy, b.xy, order(random, n, change.permuted), models)
    const back = (H: Float64Array) => mat3Multiply(mat3Inverse(b.A)!, mat3Multiply(H, a.A))
    return {
      error: nearest(count, 9, (H) => projectiveDistance(back(H), p.H)),
      condition: () => homographyCondition(p.H, p.xy1, p.xy2, order(random, n, false)),
    }
  }
}

/** A camera of any attitude that sees points 2 to 8 units before it; its world is moved as a whole. */
function poseCase(solve: PairSolver, n: number, { focal = false, planar = false } = {}): Case {
  const stride = focal ? 13 : 12
  return (random, change) => {
    const R = so3Exp([random.uniform(-2, 2), random.uniform(-2, 2), random.uniform(-2, 2)])
    const f = focal ? random.uniform(300, 5000) : 1
    const [a, b] = [random.uniform(0.2, 0.8), random.uniform(-0.8, -0.2)]
    const world = so3Exp([change.turnRad, -change.turnRad, 0.5 * change.turnRad])
    const t = [random.normal(), random.normal(), random.normal()]
    const [xy, local, points] = [new Float64Array(2 * n), new Float64Array(3 * n), new Float64Array(3 * n)]
    for (let i = 0; i < n; i++) {
      const [x, y] = [random.uniform(-0.6, 0.6), random.uniform(-0.6, 0.6)]
      const z = planar ? 4 / (1 + a * x + b * y) : random.uniform(2, 8)
      const X = mat3Apply(
        [R[0], R[3], R[6], R[1], R[4], R[7], R[2], R[5], R[8]],
        [x * z - t[0], y * z - t[1], z - t[2]],
      )
      local.set(X, 3 * i)
      points.set(
        mat3Apply(world, X).map((v, k) => change.scale * (v + (k - 1) * change.shift)),
        3 * i,
      )
      xy.set([f * x, f * y], 2 * i)
    }
    const count = solve(xy, points, order(random, n, change.permuted), models)
    const truth = Float64Array.of(...R, ...t, ...(focal ? [f] : []))
    return {
      error: nearest(count, stride, (model) => {
        const turned = mat3Multiply(model.subarray(0, 9), world)
        // x = R' s (Q X + c) + t' = (R' Q) s X + (R' s c + t').
        const moved = mat3Apply(model, [-change.scale * change.shift, 0, change.scale * change.shift])
        let error = focal ? Math.abs(model[12] / f - 1) : 0
        for (let k = 0; k < 9; k++) error = Math.max(error, Math.abs(turned[k] - R[k]))
        for (let k = 0; k < 3; k++) error = Math.max(error, Math.abs((moved[k] + model[9 + k]) / change.scale - t[k]))
        return error
      }),
      condition: () => absolutePoseCondition(truth, xy, local, order(random, n, false)),
    }
  }
}

const SOLVERS: [name: string, problem: Case][] = [
  ['essential five-point', essentialCase(essentialFivePoint, 5)],
  ['essential five-point on a plane', essentialCase(essentialFivePoint, 5, true)],
  ['essential eight-point of 8', essentialCase(essentialEightPoint, 8)],
  ['essential eight-point of 20', essentialCase(essentialEightPoint, 20)],
  ['fundamental seven-point', fundamentalCase(fundamentalSevenPoint, 7)],
  ['fundamental eight-point of 8', fundamentalCase(fundamentalEightPoint, 8)],
  ['fundamental eight-point of 20', fundamentalCase(fundamentalEightPoint, 20)],
  ['homography four-point', homographyCase(homographyFourPoint, 4)],
  ['homography DLT of 4', homographyCase(homographyDlt, 4)],
  ['homography DLT of 20', homographyCase(homographyDlt, 20)],
  ['P3P', poseCase(p3p, 3)],
  ['P4Pf', poseCase(p4pf, 4, { focal: true })],
  ['P4Pf on a plane', poseCase(p4pf, 4, { focal: true, planar: true })],
  ['absolute pose DLT of 6', poseCase(absolutePoseDlt, 6)],
  ['absolute pose DLT of 20', poseCase(absolutePoseDlt, 20)],
]

const PROBLEMS = 1000

describe('noise-free random problems: median error ≤ 1e-12, 99 % ≤ 1e-8, the others conditioned above 1e8', () => {
  describe.each(SOLVERS)('%s', (name, problem) => {
    it.each(Object.keys(CHANGES))('%s', (changed) => {
      const random = randomStream(11, name, changed)
      const errors = new Float64Array(PROBLEMS)
      for (let i = 0; i < PROBLEMS; i++) {
        const { error, condition } = problem(random, CHANGES[changed])
        errors[i] = error
        if (!(error <= 1e-8)) expect(condition()).toBeGreaterThan(1e8)
      }
      expect(quantile(errors, 0.5)).toBeLessThan(1e-12)
      expect(quantile(errors, 0.99)).toBeLessThan(1e-8)
    })
  })
})

describe('condition numbers', () => {
  const random = randomStream(12, 'condition')
  const all = (n: number) => Int32Array.from({ length: n }, (_, i) => i)

  it('multiply the errors of the data: seven-point and four-point solutions move by at most so much', () => {
    // Five tenths of a billionth a coordinate, fourteen coordinates, and the scales of the normalisation.
    for (let trial = 0; trial < 200; trial++) {
      const flat = twoViews(random, 4, true)
      const moved = flat.xy2.map((v) => v + random.uniform(-5e-10, 5e-10))
      homographyFourPoint(flat.xy1, moved, all(4), models)
      const change = projectiveDistance(models, flat.H)
      expect(change).toBeLessThan(2e-8 * homographyCondition(flat.H, flat.xy1, flat.xy2, all(4)))
      const deep = twoViews(random, 7, false)
      const near = deep.xy2.map((v) => v + random.uniform(-5e-10, 5e-10))
      const condition = epipolarCondition('fundamental', deep.E, deep.xy1, deep.xy2, all(7))
      const count = fundamentalSevenPoint(deep.xy1, near, all(7), models)
      if (condition < 1e6)
        expect(nearest(count, 9, (F) => projectiveDistance(F, deep.E))).toBeLessThan(2e-8 * condition)
    }
  })

  it('are huge or infinite where the data do not determine the model', () => {
    const flat = twoViews(random, 12, true)
    expect(epipolarCondition('fundamental', flat.E, flat.xy1, flat.xy2, all(12))).toBeGreaterThan(1e12)
    const line = flat.xy1.map((v, k) => (k % 2 === 0 ? v : 0.3 * flat.xy1[k - 1]))
    expect(homographyCondition(Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1), line, line, all(4))).toBeGreaterThan(1e12)
    const still = new Float64Array(24).fill(0.5)
    expect(epipolarCondition('fundamental', flat.E, still, still, all(12))).toBe(Number.POSITIVE_INFINITY)
    expect(essentialFivePointCondition(still, still, all(5))).toBe(Number.POSITIVE_INFINITY)
    const pose = Float64Array.of(1, 0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0)
    const points = Float64Array.of(0, 0, 3, 0.3, 0, 3, 0.6, 0, 3)
    const xy = Float64Array.of(0, 0, 0.1, 0, 0.2, 0)
    expect(absolutePoseCondition(pose, xy, points, all(3))).toBeGreaterThan(1e12)
    expect(absolutePoseCondition(pose, xy, points, all(2))).toBe(Number.POSITIVE_INFINITY)
  })
})
