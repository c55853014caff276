import { type RandomStream, randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { essentialFromPose, nearestRankTwo } from '../epipolar/essential.js'
import { homographySquares } from '../epipolar/homography-residuals.js'
import { posesFromEssential } from '../epipolar/pose-from-essential.js'
import { sampsonSquaredErrors } from '../epipolar/residuals.js'
import { mat3Apply, mat3Multiply } from '../math/mat3.js'
import { so3Exp } from '../math/so3.js'
import { refineAbsolutePose, reprojectionSquares } from './refine-absolute-pose.js'
import { focalReprojectionSquares, refineAbsolutePoseFocal } from './refine-absolute-pose-focal.js'
import { refineEssential } from './refine-essential.js'
import { refineFundamental } from './refine-fundamental.js'
import { refineHomography } from './refine-homography.js'

const N = 60
const FOCAL = 1000
const all = Int32Array.from({ length: N }, (_, i) => i)
const sum = (a: Float64Array) => a.reduce((s, v) => s + v, 0)
const vector = (random: RandomStream, size: number) =>
  Float64Array.of(size * random.normal(), size * random.normal(), size * random.normal())

/** Two noisy views of a cloud or a plane, in pixels about the principal point. */
function views(random: RandomStream, planar: boolean) {
  const pose = { R: so3Exp(vector(random, 0.1)), t: Float64Array.of(1, random.normal() * 0.2, random.normal() * 0.2) }
  const points = new Float64Array(3 * N)
  const p1 = new Float64Array(2 * N)
  const p2 = new Float64Array(2 * N)
  for (let i = 0; i < N; i++) {
    const [x, y] = [random.uniform(-2, 2), random.uniform(-2, 2)]
    const X = [x, y, planar ? 6 + 0.5 * x - 0.3 * y : random.uniform(4, 8)]
    const Y = mat3Apply(pose.R, X).map((v, k) => v + pose.t[k])
    points.set(X, 3 * i)
    p1.set([(FOCAL * X[0]) / X[2] + random.normal(), (FOCAL * X[1]) / X[2] + random.normal()], 2 * i)
    p2.set([(FOCAL * Y[0]) / Y[2] + random.normal(), (FOCAL * Y[1]) / Y[2] + random.normal()], 2 * i)
  }
  const H = pose.R.map((r, k) => r + (pose.t[Math.floor(k / 3)] * [-0.5, 0.3, 1][k % 3]) / 6)
  return { pose, points, p1, p2, x1: p1.map((v) => v / FOCAL), x2: p2.map((v) => v / FOCAL), H }
}

/** The cost at a refined model is below that of every neighbour on its manifold, within a slack for early stopping. */
function expectMinimum(cost: number, neighbours: (scale: number) => number): void {
  for (const scale of [1e-3, 1e-4, 1e-5]) {
    for (let k = 0; k < 20; k++) expect(neighbours(scale)).toBeGreaterThan(cost * (1 - 1e-6))
  }
}

describe('refinements end in a minimum of the cost they name', () => {
  const random = randomStream(31, 'refine')

  it('essential', () => {
    for (let trial = 0; trial < 10; trial++) {
      const { pose, x1, x2 } = views(random, false)
      const E = essentialFromPose({ R: mat3Multiply(so3Exp(vector(random, 0.005)), pose.R), t: pose.t })
      const before = sum(sampsonSquaredErrors(E, x1, x2))
      expect(refineEssential(E, x1, x2, all, 1, 1, 20)).toBe(true)
      const cost = sum(sampsonSquaredErrors(E, x1, x2))
      expect(cost).toBeLessThan(before)
      const [found] = posesFromEssential(E)
      expectMinimum(cost, (scale) => {
        const R = mat3Multiply(so3Exp(vector(random, scale)), found.R)
        const t = vector(random, scale).map((v, k) => v + found.t[k])
        return sum(sampsonSquaredErrors(essentialFromPose({ R, t }), x1, x2))
      })
    }
  })

  it('fundamental', () => {
    for (let trial = 0; trial < 10; trial++) {
      const { pose, p1, p2 } = views(random, false)
      const F = essentialFromPose({ R: mat3Multiply(so3Exp(vector(random, 0.002)), pose.R), t: pose.t })
      // pixels about the principal point: F = K⁻ᵀ E K⁻¹
      for (let k = 0; k < 9; k++) F[k] *= (k % 3 < 2 ? 1 / FOCAL : 1) * (k < 6 ? 1 / FOCAL : 1)
      const before = sum(sampsonSquaredErrors(F, p1, p2))
      expect(refineFundamental(F, p1, p2, all, 30)).toBe(true)
      const cost = sum(sampsonSquaredErrors(F, p1, p2))
      expect(cost).toBeLessThan(before)
      const det =
        F[0] * (F[4] * F[8] - F[5] * F[7]) - F[1] * (F[3] * F[8] - F[5] * F[6]) + F[2] * (F[3] * F[7] - F[4] * F[6])
      expect(Math.abs(det)).toBeLessThan(1e-16)
      expectMinimum(cost, (scale) => {
        const near = nearestRankTwo(F.map((f, k) => f * (1 + scale * random.normal() * (k < 8 ? 1 : 1e-3))))
        return sum(sampsonSquaredErrors(near, p1, p2))
      })
    }
  })

  it('homography, to the accuracy of its weights', () => {
    for (let trial = 0; trial < 10; trial++) {
      const { H: truth, x1, x2 } = views(random, true)
      const H = truth.map((h) => h * (1 + 0.003 * random.normal()))
      const squares = new Float64Array(N)
      const costOf = (G: Float64Array) => {
        homographySquares(G, x1, x2, all, 0, N, squares)
        return sum(squares)
      }
      const before = costOf(H)
      expect(refineHomography(H, x1, x2, all, 20)).toBe(true)
      const cost = costOf(H)
      expect(cost).toBeLessThan(before)
      for (let k = 0; k < 50; k++) {
        expect(costOf(H.map((h) => h + 1e-4 * random.normal()))).toBeGreaterThan(cost * (1 - 1e-4))
      }
    }
  })

  it('absolute pose, and with focal length', () => {
    for (let trial = 0; trial < 10; trial++) {
      const { pose, points, x2, p2 } = views(random, false)
      const model = new Float64Array(13)
      model.set(mat3Multiply(so3Exp(vector(random, 0.01)), pose.R))
      model.set(
        pose.t.map((v) => v + 0.05 * random.normal()),
        9,
      )
      model[12] = FOCAL * 1.1
      const squares = new Float64Array(N)
      const P = model.slice(0, 12)
      const moved = (Q: Float64Array, scale: number) => {
        const out = Q.slice()
        out.set(mat3Multiply(so3Exp(vector(random, scale)), Q.subarray(0, 9)))
        for (let k = 9; k < 12; k++) out[k] += scale * random.normal()
        if (Q.length > 12) out[12] *= 1 + scale * random.normal()
        return out
      }
      const costP = (Q: Float64Array) => {
        reprojectionSquares(Q, x2, points, 1, all, 0, N, squares)
        return sum(squares)
      }
      expect(refineAbsolutePose(P, x2, points, all, 20)).toBe(true)
      const cost = costP(P)
      expectMinimum(cost, (scale) => costP(moved(P, scale)))
      const costF = (Q: Float64Array) => {
        focalReprojectionSquares(Q, p2, points, all, 0, N, squares)
        return sum(squares)
      }
      expect(refineAbsolutePoseFocal(model, p2, points, all, 30)).toBe(true)
      const costFocal = costF(model)
      expect(costFocal).toBeLessThanOrEqual(cost * FOCAL * FOCAL * (1 + 1e-9))
      expectMinimum(costFocal, (scale) => costF(moved(model, scale)))
      expect(Math.abs(model[12] / FOCAL - 1)).toBeLessThan(0.05)
    }
  })

  it('refuse too few data', () => {
    const none = new Int32Array(2)
    const xy = new Float64Array(2 * N)
    expect(refineEssential(new Float64Array(9), xy, xy, none, 1, 1)).toBe(false)
    expect(refineFundamental(new Float64Array(9), xy, xy, none)).toBe(false)
    expect(refineHomography(new Float64Array(9), xy, xy, none)).toBe(false)
    expect(refineAbsolutePose(new Float64Array(12), xy, xy, none)).toBe(false)
    expect(refineAbsolutePoseFocal(new Float64Array(13), xy, xy, none)).toBe(false)
  })
})
