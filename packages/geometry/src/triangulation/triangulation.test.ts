import { type RandomStream, randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { hat, mat3Apply, mat3Multiply } from '../math/mat3.js'
import { poseFromCenter, rigid, rigidIdentity } from '../math/rigid.js'
import { so3Exp } from '../math/so3.js'
import { triangulateLinear } from './linear.js'
import { pointCovariance, refinePoint, triangulateMidpoint } from './n-view.js'
import { triangulate } from './pair.js'
import { trackTriangulator, triangulateTrack } from './robust.js'
import { BEHIND, LARGE_ERROR, SMALL_ANGLE, TOO_FEW_VIEWS, TRIANGULATED, type TriangulationStatus } from './status.js'
import { correctMatch, midpoint } from './two-view.js'
import type { Views } from './views.js'

// Made with OpenCV 4.6 and numpy:
//   R, _ = cv2.Rodrigues([.05, -.2, .03]); t = [-1, .1, .2]; P1 = eye(3, 4); P2 = [R | t]; E = [t]x R
//   cv2.correctMatches(E, x1[None], x2[None]); cv2.triangulatePoints(P1, P2, …) of the raw and of the corrected matches
const OPENCV = {
  x1: [0.104, -0.188, 0.28, 0.24, -0.385, 0.038],
  x2: [-0.288, -0.21, -0.121, 0.197, -0.815, -0.005],
  corrected: [
    [0.10401449117571139, -0.1879346822562561, -0.2880101122348254, -0.21006710457072783],
    [0.28000061681995, 0.24001271925002512, -0.12100086868686835, 0.1969860127827265],
    [-0.38496848961801744, 0.038192289631986606, -0.815021893773827, -0.00518137043345543],
  ],
  linear: [
    [0.5001780178949848, -0.9037136654629757, 4.808712271814917],
    [1.4033967430414502, 1.2029781310010264, 5.012119181862421],
    [-2.0085650110096935, 0.1992105372041443, 5.217454850011533],
  ],
  optimal: [
    [0.500176053423791, -0.9037243427316652, 4.8087150912351735],
    [1.4033961170461513, 1.202972057928603, 5.012117948113607],
    [-2.00854626523343, 0.19926560944547989, 5.217430307676345],
  ],
}
const pose1 = rigidIdentity()
const pose2 = rigid(so3Exp([0.05, -0.2, 0.03]), [-1, 0.1, 0.2])
const E = mat3Multiply(hat(pose2.t), pose2.R)

function distance(a: ArrayLike<number>, b: ArrayLike<number>): number {
  return Math.sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2)
}

/** n cameras on an arc that look at the origin from distance 5, and what they see of `point` with noise. */
function arc(random: RandomStream, n: number, point: ArrayLike<number>, noise: number): Views {
  const poses = new Float64Array(12 * n)
  const xy = new Float64Array(2 * n)
  for (let i = 0; i < n; i++) {
    const angle = -0.6 + (1.2 * i) / (n - 1)
    const R = so3Exp([random.uniform(-0.05, 0.05), angle, random.uniform(-0.1, 0.1)])
    const t = [random.uniform(-0.1, 0.1), random.uniform(-0.1, 0.1), 5]
    poses.set(R, 12 * i)
    poses.set(t, 12 * i + 9)
    const p = mat3Apply(R, point)
    xy[2 * i] = (p[0] + t[0]) / (p[2] + t[2]) + noise * random.normal()
    xy[2 * i + 1] = (p[1] + t[1]) / (p[2] + t[2]) + noise * random.normal()
  }
  return { poses, xy, images: Int32Array.from({ length: n }, (_, i) => i) }
}

describe('two views', () => {
  it('corrects matches as OpenCV does', () => {
    for (let i = 0; i < 3; i++) {
      const match = Float64Array.of(...OPENCV.x1.slice(2 * i, 2 * i + 2), ...OPENCV.x2.slice(2 * i, 2 * i + 2))
      correctMatch(E, match)
      for (let k = 0; k < 4; k++) expect(match[k]).toBeCloseTo(OPENCV.corrected[i][k], 9)
      const l = mat3Apply(E, [match[0], match[1], 1])
      expect(Math.abs(match[2] * l[0] + match[3] * l[1] + l[2])).toBeLessThan(1e-12)
    }
  })

  it('finds the optimal point of OpenCV and of the corrected match', () => {
    for (let i = 0; i < 3; i++) {
      const verdict = triangulate(pose1, pose2, OPENCV.x1, OPENCV.x2, i)
      if (!verdict.ok) throw new Error(verdict.reason)
      expect(distance(verdict.point, OPENCV.optimal[i])).toBeLessThan(2e-7)
      const [u1, v1, u2, v2] = OPENCV.corrected[i]
      const poses = Float64Array.of(...pose1.R, ...pose1.t, ...pose2.R, ...pose2.t)
      const meeting = new Float64Array(3)
      expect(midpoint(poses, 0, u1, v1, 12, u2, v2, meeting, 0)).toBeGreaterThan(0)
      expect(distance(meeting, verdict.point)).toBeLessThan(2e-7)
    }
  })

  it('solves linearly as OpenCV does, up to the weights of the rows', () => {
    for (let i = 0; i < 3; i++) {
      const views: Views = {
        poses: Float64Array.of(...pose1.R, ...pose1.t, ...pose2.R, ...pose2.t),
        images: Int32Array.of(0, 1),
        xy: Float64Array.of(...OPENCV.x1.slice(2 * i, 2 * i + 2), ...OPENCV.x2.slice(2 * i, 2 * i + 2)),
      }
      const h = new Float64Array(4)
      expect(triangulateLinear(views, 0, 2, h)).toBe(TRIANGULATED)
      expect(distance([h[0] / h[3], h[1] / h[3], h[2] / h[3]], OPENCV.linear[i])).toBeLessThan(1e-3)
    }
  })

  it('gives the test, the value and the threshold of a refusal', () => {
    const same = triangulate(pose1, pose1, [0.1, 0.1], [0.1, 0.1], 0)
    expect(same).toEqual({ ok: false, reason: 'degenerate', value: 0, threshold: 1e-14 })
    const near = poseFromCenter([1, 0, 0, 0], [0.01, 0, 0])
    const far = triangulate(pose1, near, [0, 0], [-0.001, 0], 0)
    expect(far.ok ? '' : far.reason).toBe('angle')
    if (!far.ok) expect(far.value).toBeCloseTo(0.0573, 4)
    const right = poseFromCenter([1, 0, 0, 0], [1, 0, 0])
    expect(triangulate(pose1, right, [-0.1, 0], [0.1, 0], 0)).toMatchObject({ ok: false, reason: 'behind' })
    expect(triangulate(pose1, right, [0.1, 0.05], [-0.1, -0.05], 0, { maxError: 0.01 })).toMatchObject({
      ok: false,
      reason: 'error',
      threshold: 0.01,
    })
  })
})

describe('many views', () => {
  it('recovers exact points to rounding, by every method', () => {
    const random = randomStream(1)
    const out = new Float64Array(4)
    for (let trial = 0; trial < 200; trial++) {
      const X = [random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1)]
      const views = arc(random, 2 + (trial % 9), X, 0)
      expect(triangulateMidpoint(views, 0, views.images.length, out)).toBe(TRIANGULATED)
      expect(distance(out, X)).toBeLessThan(1e-12)
      expect(triangulateTrack(views, 0, views.images.length, out)).toBe(TRIANGULATED)
      expect(distance(out, X)).toBeLessThan(1e-12)
      expect(triangulateLinear(views, 0, views.images.length, out)).toBe(TRIANGULATED)
      expect(distance([out[0] / out[3], out[1] / out[3], out[2] / out[3]], X)).toBeLessThan(1e-6)
    }
  })

  it('reaches a stationary point of the projection errors', () => {
    const random = randomStream(2)
    const point = new Float64Array(3)
    for (let trial = 0; trial < 50; trial++) {
      const views = arc(random, 5, [random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1)], 2e-3)
      expect(triangulateMidpoint(views, 0, 5, point)).toBe(TRIANGULATED)
      const cost = refinePoint(views, 0, 5, point)
      for (let axis = 0; axis < 3; axis++) {
        for (const h of [-1e-4, 1e-4]) {
          const moved = Float64Array.from(point)
          moved[axis] += h
          expect(refinePoint(views, 0, 5, moved, undefined, 0)).toBeGreaterThan(cost)
        }
      }
    }
  })

  it('finds a point at infinity linearly', () => {
    const random = randomStream(3)
    const views = arc(random, 4, [0, 0, 0], 0)
    for (let i = 0; i < 4; i++) {
      const d = mat3Apply(views.poses.subarray(12 * i, 12 * i + 9), [0.3, 0.2, 1])
      views.xy.set([d[0] / d[2], d[1] / d[2]], 2 * i)
    }
    const h = new Float64Array(4)
    expect(triangulateLinear(views, 0, 4, h)).toBe(TRIANGULATED)
    expect(Math.abs(h[3] / h[2])).toBeLessThan(1e-7)
    expect(h[0] / h[2]).toBeCloseTo(0.3, 7)
    expect(triangulateTrack(views, 0, 4, h)).not.toBe(TRIANGULATED)
  })

  it('predicts the scatter of noisy points', () => {
    const random = randomStream(4)
    const X = [0.3, -0.2, 0.5]
    const sigma = 1e-3
    const covariance = new Float64Array(9)
    const repetitions = 500
    let chi2 = 0
    for (let trial = 0; trial < repetitions; trial++) {
      const views = arc(randomStream(5), 4, X, 0)
      for (let k = 0; k < 8; k++) views.xy[k] += sigma * random.normal()
      const point = new Float64Array(3)
      expect(triangulateTrack(views, 0, 4, point)).toBe(TRIANGULATED)
      expect(pointCovariance(views, 0, 4, point, sigma, covariance)).toBe(true)
      const e = [point[0] - X[0], point[1] - X[1], point[2] - X[2]]
      chi2 += mahalanobis(covariance, e)
    }
    // Mean of χ² with three degrees of freedom, ± 10 %.
    expect(chi2 / repetitions / 3).toBeGreaterThan(0.9)
    expect(chi2 / repetitions / 3).toBeLessThan(1.1)
  })

  it('predicts the scatter of a point of two views', () => {
    const random = randomStream(6)
    const X = [0.3, -0.2, 0.5]
    const { poses, xy } = arc(randomStream(5), 2, X, 0)
    const [first, second] = [0, 12].map((p) => rigid(poses.slice(p, p + 9), poses.slice(p + 9, p + 12)))
    const sigma = 5e-4
    let chi2 = 0
    for (let trial = 0; trial < 500; trial++) {
      const [a, b] = [xy.subarray(0, 2), xy.subarray(2)].map((p) => p.map((v) => v + sigma * random.normal()))
      const verdict = triangulate(first, second, a, b, 0, { sigma })
      if (!verdict.ok) throw new Error(verdict.reason)
      chi2 += mahalanobis(
        verdict.covariance!,
        [0, 1, 2].map((k) => verdict.point[k] - X[k]),
      )
    }
    expect(Math.abs(chi2 / 500 / 3 - 1)).toBeLessThan(0.1)
    expect(triangulate(first, second, xy.subarray(0, 2), xy.subarray(2), 0)).not.toHaveProperty('covariance')
  })
})

function mahalanobis(C: Float64Array, e: readonly number[]): number {
  // eᵀ C⁻¹ e by elimination of the 3×3 system.
  const a = [...C]
  const b = [...e]
  for (let i = 0; i < 3; i++) {
    for (let r = i + 1; r < 3; r++) {
      const f = a[3 * r + i] / a[4 * i]
      for (let c = i; c < 3; c++) a[3 * r + c] -= f * a[3 * i + c]
      b[r] -= f * b[i]
    }
  }
  for (let i = 2; i >= 0; i--) {
    for (let c = i + 1; c < 3; c++) b[i] -= a[3 * i + c] * b[c]
    b[i] /= a[4 * i]
  }
  return b[0] * e[0] + b[1] * e[1] + b[2] * e[2]
}

describe('trackTriangulator', () => {
  const options = { maxError: 4e-3 }

  function robust(views: Views, count = views.images.length) {
    const point = new Float64Array(3)
    const inliers = new Uint8Array(count)
    const status: TriangulationStatus = trackTriangulator(views, options)(0, count, point, inliers)
    return { status, point, inliers }
  }

  it('keeps the point in spite of wrong observations, and names them', () => {
    const random = randomStream(6)
    for (let trial = 0; trial < 300; trial++) {
      const X = [random.uniform(-1, 1), random.uniform(-1, 1), random.uniform(-1, 1)]
      const views = arc(random, 8, X, 5e-4)
      const wrong = random.shuffle([0, 1, 2, 3, 4, 5, 6, 7]).slice(0, 3)
      for (const i of wrong) {
        views.xy[2 * i] += random.uniform(0.1, 0.3)
        views.xy[2 * i + 1] -= random.uniform(0.1, 0.3)
      }
      const { status, point, inliers } = robust(views)
      expect(status).toBe(TRIANGULATED)
      expect(distance(point, X)).toBeLessThan(0.02)
      for (let i = 0; i < 8; i++) expect(inliers[i]).toBe(wrong.includes(i) ? 0 : 1)
    }
  })

  it('does not depend on the order of the views', () => {
    const random = randomStream(7)
    for (let trial = 0; trial < 50; trial++) {
      const views = arc(random, 6, [0.2, 0.1, 0.3], 5e-4)
      views.xy[3] += 0.2
      const order = random.shuffle([0, 1, 2, 3, 4, 5])
      const shuffled: Views = {
        poses: views.poses,
        images: Int32Array.from(order),
        xy: Float64Array.from(order.flatMap((i) => [views.xy[2 * i], views.xy[2 * i + 1]])),
      }
      expect(distance(robust(views).point, robust(shuffled).point)).toBeLessThan(1e-9)
    }
  })

  it('says why there is no point', () => {
    const random = randomStream(8)
    const views = arc(random, 5, [0, 0, 0], 0)
    expect(robust(views, 1).status).toBe(TOO_FEW_VIEWS)
    const oneCentre: Views = { ...views, images: new Int32Array(5) }
    expect(robust(oneCentre, 5).status).toBe(BEHIND)
    const distant = arc(random, 5, [0, 0, 900], 0)
    expect(robust(distant).status).toBe(SMALL_ANGLE)
    const behind = arc(random, 5, [0, 0, -40], 0)
    expect(robust(behind).status).toBe(BEHIND)
    const disjoint = arc(random, 2, [0, 0, 0], 0)
    disjoint.xy[1] += 0.3
    const result = robust(disjoint)
    expect(result.status).toBe(LARGE_ERROR)
    expect([...result.inliers]).toEqual([0, 0])
    expect([...result.point]).toEqual([0, 0, 0])
  })

  it('measures errors in pixels where the views have a scale', () => {
    const random = randomStream(9)
    const views: Views = { ...arc(random, 4, [0.1, 0.2, 0.3], 1e-3), scale: new Float64Array(4).fill(1000) }
    const point = new Float64Array(3)
    const inliers = new Uint8Array(4)
    expect(trackTriangulator(views, { maxError: 8 })(0, 4, point, inliers)).toBe(TRIANGULATED)
    expect([...inliers]).toEqual([1, 1, 1, 1])
    expect(trackTriangulator(views, { maxError: 0.001 })(0, 4, point, inliers)).toBe(LARGE_ERROR)
  })
})
