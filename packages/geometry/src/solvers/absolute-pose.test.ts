import { type RandomStream, randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { mat3Apply } from '../math/mat3.js'
import { so3Exp } from '../math/so3.js'
import { absolutePoseDlt } from './absolute-pose-dlt.js'
import { P4PF_SOLUTIONS, p4pf } from './p4pf.js'

const all = (n: number) => Int32Array.from({ length: n }, (_, i) => i)

/** Points 2 to 8 units before a camera of any attitude; world coordinates scaled and moved. */
function poseProblem(random: RandomStream, n: number, { planar = false, focal = 1, scale = 1 } = {}) {
  const R = so3Exp([random.uniform(-2, 2), random.uniform(-2, 2), random.uniform(-2, 2)])
  const t = Float64Array.from([random.normal(), random.normal(), random.normal()], (v) => v * scale)
  const xy = new Float64Array(2 * n)
  const points = new Float64Array(3 * n)
  const [a, b] = [random.uniform(0.2, 0.8), random.uniform(-0.8, -0.2)]
  for (let i = 0; i < n; i++) {
    const [x, y] = [random.uniform(-0.6, 0.6), random.uniform(-0.6, 0.6)]
    const z = planar ? 4 / (1 + a * x + b * y) : random.uniform(2, 8)
    const Y = [x * z, y * z, z].map((v, k) => scale * v - t[k])
    points.set(mat3Apply([R[0], R[3], R[6], R[1], R[4], R[7], R[2], R[5], R[8]], Y), 3 * i)
    xy.set([focal * x, focal * y], 2 * i)
  }
  return { R, t, focal, xy, points, scale }
}

describe('absolute pose of degenerate points', () => {
  const random = randomStream(21, 'pose')
  const models = new Float64Array(13 * P4PF_SOLUTIONS)

  it('degenerate points give no solution', () => {
    const p = poseProblem(random, 8, { planar: true })
    expect(absolutePoseDlt(p.xy, p.points, all(8), models)).toBe(0)
    expect(absolutePoseDlt(p.xy, p.points.fill(1), all(8), models)).toBe(0)
    expect(absolutePoseDlt(p.xy, p.points.fill(Number.NaN), all(8), models)).toBe(0)
    expect(absolutePoseDlt(p.xy, p.points, all(5), models)).toBe(0)
    const line = Float64Array.from({ length: 12 }, (_, k) => (k % 3 === 0 ? k : 1))
    expect(p4pf(p.xy, line, all(4), models)).toBe(0)
    expect(p4pf(p.xy, new Float64Array(12), all(4), models)).toBe(0)
    expect(p4pf(new Float64Array(8), line, all(4), models)).toBe(0)
    expect(p4pf(new Float64Array(8).fill(Number.NaN), line, all(4), models)).toBe(0)
  })

  it('a plane parallel to the image leaves the focal length open: no solution', () => {
    const xy = Float64Array.of(100, 100, -100, 100, 100, -120, -90, -100)
    const points = Float64Array.from({ length: 12 }, (_, k) => (k % 3 === 2 ? 3 : xy[2 * Math.floor(k / 3) + (k % 3)]))
    expect(p4pf(xy, points, all(4), models)).toBe(0)
  })
})
