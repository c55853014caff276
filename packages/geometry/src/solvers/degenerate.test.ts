import { randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { mat3Apply } from '../math/mat3.js'
import { so3Exp } from '../math/so3.js'
import { absolutePoseDlt } from './absolute-pose-dlt.js'
import { essentialEightPoint, fundamentalEightPoint } from './epipolar-eight-point.js'
import { essentialFivePoint } from './essential-five-point.js'
import { fundamentalSevenPoint } from './fundamental-seven-point.js'
import { homographyDlt } from './homography-dlt.js'
import { homographyFourPoint } from './homography-four-point.js'
import { p3p } from './p3p.js'
import { p4pf } from './p4pf.js'

type PairSolver = (xy1: Float64Array, xy2: Float64Array, sample: Int32Array, models: Float64Array) => number

const pairSolvers: [name: string, solve: PairSolver, sampleSize: number][] = [
  ['essential five-point', essentialFivePoint, 5],
  ['essential eight-point', essentialEightPoint, 8],
  ['essential eight-point of 12', essentialEightPoint, 12],
  ['fundamental seven-point', fundamentalSevenPoint, 7],
  ['fundamental eight-point', fundamentalEightPoint, 8],
  ['fundamental eight-point of 12', fundamentalEightPoint, 12],
  ['homography four-point', homographyFourPoint, 4],
  ['homography DLT', homographyDlt, 4],
  ['homography DLT of 12', homographyDlt, 12],
]
const random = randomStream(51, 'degenerate')
const N = 12
const models = new Float64Array(130)
const all = (n: number) => Int32Array.from({ length: n }, (_, i) => i)
const noise = () => Float64Array.from({ length: 2 * N }, () => random.uniform(-0.5, 0.5))
const line = (slope: number) =>
  Float64Array.from({ length: 2 * N }, (_, k) => (k % 2 === 0 ? k : slope * (k - 1) + 0.3) / 20)

describe('two-view solvers on degenerate pairs', () => {
  it.each(pairSolvers)('%s: coincident, repeated, collinear pairs give nothing', (_name, solve, n) => {
    const fixed = new Float64Array(2 * N).fill(0.25)
    expect(solve(fixed, fixed, all(n), models)).toBe(0)
    expect(solve(fixed, noise(), all(n), models)).toBe(0)
    expect(solve(line(0.5), line(-0.7), all(n), models)).toBe(0)
    const repeated = all(n)
    repeated[1] = repeated[0]
    if (n <= 8) expect(solve(noise(), noise(), repeated, models)).toBe(0)
  })

  it.each(pairSolvers)('%s: numbers that are none give nothing', (_name, solve, n) => {
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1e308]) {
      const bad = noise()
      bad[3] = value
      for (const [a, b] of [
        [bad, noise()],
        [noise(), bad],
      ]) {
        const count = solve(a, b, all(n), models)
        for (let k = 0; k < 9 * count; k++) expect(Number.isFinite(models[k])).toBe(true)
      }
    }
  })

  it.each(pairSolvers)('%s: random pairs, near-degenerate or not, never give NaN', (_name, solve, n) => {
    for (let trial = 0; trial < 500; trial++) {
      const size = [1, 1e-3, 1e-6, 1e-9, 1e-12][trial % 5]
      const [a, b] = [noise(), noise()]
      // A sample that shrinks towards a point, or a line, in one of the images.
      for (let k = 0; k < 2 * N; k++) if (trial % 2 === 0 || k % 2 === 0) a[k] = 0.1 + size * a[k]
      const count = solve(a, b, all(n), models)
      for (let k = 0; k < 9 * count; k++) expect(Number.isFinite(models[k])).toBe(true)
    }
  })

  it('a plane leaves F and, linearly, E undetermined', () => {
    const H = [1.1, 0.1, 0.05, -0.07, 0.95, 0.1, 0.15, -0.1, 1]
    const a = noise()
    const b = a.slice()
    for (let i = 0; i < N; i++) {
      const y = mat3Apply(H, [a[2 * i], a[2 * i + 1], 1])
      b.set([y[0] / y[2], y[1] / y[2]], 2 * i)
    }
    for (const n of [8, 12]) {
      expect(essentialEightPoint(a, b, all(n), models)).toBe(0)
      expect(fundamentalEightPoint(a, b, all(n), models)).toBe(0)
    }
    expect(fundamentalSevenPoint(a, b, all(7), models)).toBe(0)
    // The homography is determined, and found.
    expect(homographyDlt(a, b, all(N), models)).toBe(1)
  })

  it('a pure rotation leaves the linear epipolar systems undetermined', () => {
    const R = so3Exp([0.1, 0.2, -0.05])
    const a = noise()
    const b = a.slice()
    for (let i = 0; i < N; i++) {
      const y = mat3Apply(R, [a[2 * i], a[2 * i + 1], 1])
      b.set([y[0] / y[2], y[1] / y[2]], 2 * i)
    }
    expect(essentialEightPoint(a, b, all(N), models)).toBe(0)
    expect(fundamentalEightPoint(a, b, all(8), models)).toBe(0)
    expect(fundamentalSevenPoint(a, b, all(7), models)).toBe(0)
    const count = essentialFivePoint(a, b, all(5), models)
    for (let k = 0; k < 9 * count; k++) expect(Number.isFinite(models[k])).toBe(true)
  })

  it('a mirrored quadruple has no homography that cameras could make', () => {
    const square = Float64Array.of(0, 0, 1, 0, 1, 1, 0, 1)
    const swapped = Float64Array.of(0, 0, 1, 0, 0, 1, 1, 1)
    expect(homographyFourPoint(square, swapped, all(4), models)).toBe(0)
    expect(homographyFourPoint(square, square, all(4), models)).toBe(1)
  })
})

describe('pose solvers on degenerate points', () => {
  const solvers: [string, PairSolver, number, number][] = [
    ['P3P', p3p, 3, 12],
    ['P4Pf', p4pf, 4, 13],
    ['DLT', absolutePoseDlt, 6, 12],
  ]

  it.each(solvers)('%s: coincident or collinear points give nothing, bad numbers no NaN', (_name, solve, n, size) => {
    const xy = noise()
    expect(solve(xy, new Float64Array(3 * N).fill(2), all(n), models)).toBe(0)
    expect(
      solve(
        xy,
        Float64Array.from({ length: 3 * N }, (_, k) => Math.floor(k / 3) * (1 + (k % 3))),
        all(n),
        models,
      ),
    ).toBe(0)
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, 1e308, 1e-308]) {
      for (const where of ['xy', 'points']) {
        const points = Float64Array.from({ length: 3 * N }, () => random.normal())
        const rays = noise()
        if (where === 'xy') rays[2] = value
        else points[4] = value
        const count = solve(rays, points, all(n), models)
        for (let k = 0; k < size * count; k++) expect(Number.isFinite(models[k])).toBe(true)
      }
    }
  })

  it.each(solvers)('%s: points that shrink towards a line never give NaN', (_name, solve, n, size) => {
    for (let trial = 0; trial < 500; trial++) {
      const thin = [1, 1e-3, 1e-6, 1e-9, 1e-12][trial % 5]
      const points = Float64Array.from({ length: 3 * N }, (_, k) => (k % 3 === 0 ? 1 : thin) * random.normal())
      const count = solve(noise(), points, all(n), models)
      for (let k = 0; k < size * count; k++) expect(Number.isFinite(models[k])).toBe(true)
    }
  })
})
