import { type RandomStream, randomStream } from '@epipole/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { camera } from '../../camera/create.js'
import { pixelsFromNormalized } from '../../camera/project.js'
import { so3Exp } from '../../math/so3.js'
import { syntheticScene } from '../../synthetic/scene.js'
import { bundleAdjust } from '../bundle/adjust.js'
import { POSE_FIXED } from '../bundle/problem.js'
import { type BlockProblem, type ResidualTerm, solveLeastSquares } from '../least-squares.js'
import { euclidean, product, rotations, subset, unitVectors } from '../manifold.js'
import { checkJacobian } from '../numeric-jacobian.js'
import type { LinearSolverName } from './linear-solver.js'

const SOLVERS: readonly LinearSolverName[] = ['dense', 'schur', 'conjugateGradient']

/** Two terms a pair of a camera-like and a point-like block, curved, with noise so that the least cost is not zero. */
function randomProblem(
  random: RandomStream,
  kept: number,
  eliminated: number,
): { problem: BlockProblem; x: Float64Array } {
  const blocks = [
    ...Array.from({ length: kept }, (_, k) => [euclidean(3), subset(3, [0, 2]), unitVectors(3)][k % 3]),
    ...Array.from({ length: eliminated }, (_, k) => euclidean(1 + (k % 2))),
  ]
  const terms: ResidualTerm[] = []
  for (let e = kept; e < kept + eliminated; e++) {
    for (let k = 0; k < kept; k++) {
      if (kept > 2 && (e + k) % 3 === 0) continue
      const c = Float64Array.from({ length: 12 }, () => random.normal())
      terms.push({
        blocks: random.uniform(0, 1) < 0.5 ? [k, e] : [e, k],
        residualCount: 2,
        residuals: (x, out) => {
          const [a, b] = x[0].length === 3 && x[1].length < 3 ? x : [x[1], x[0]]
          for (let i = 0; i < 2; i++) {
            const s = c[5 * i] * a[0] + c[5 * i + 1] * a[1] + c[5 * i + 2] * a[2]
            out[i] =
              s + 0.1 * s * b[0] + (1 + c[5 * i + 3] ** 2) * b[0] + (b.length > 1 ? b[1] * (i + 0.5) : 0) - c[5 * i + 4]
          }
        },
        ...(k % 2 === 0 && { loss: { type: 'soft-l1', scale: 1 } as const, lossBlock: 2 }),
      })
    }
  }
  for (let k = 0; k < kept; k++) {
    const at = Float64Array.from({ length: 3 }, () => random.normal())
    terms.push({
      blocks: [k],
      residualCount: 3,
      residuals: ([x], out) => out.set(x.map((v, i) => v - at[i])),
      jacobian: (_, [J]) => J.set([1, 0, 0, 0, 1, 0, 0, 0, 1]),
    })
  }
  const x = Float64Array.from(
    blocks.flatMap((b, k) => (b.size === 3 && k % 3 === 2 && k < kept ? [0, 0, 1] : Array<number>(b.size).fill(0.1))),
  )
  return { problem: { blocks, terms, eliminate: Array.from({ length: eliminated }, (_, k) => kept + k) }, x }
}

describe('all linear solvers', () => {
  it('find the same minimum and the same covariance', () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 6 }),
        (seed, kept, eliminated) => {
          const { problem, x: start } = randomProblem(randomStream(seed), kept, eliminated)
          const found = SOLVERS.map((linearSolver) => {
            const x = start.slice()
            const report = solveLeastSquares(problem, x, { linearSolver, covariance: true })
            return { x, ...report }
          })
          for (const { x, finalCost, covariance } of found.slice(1)) {
            expect(Math.abs(finalCost / found[0].finalCost - 1)).toBeLessThan(1e-9)
            for (const [i, v] of x.entries()) expect(Math.abs(v - found[0].x[i])).toBeLessThan(1e-5)
            expect(covariance === undefined).toBe(found[0].covariance === undefined)
            const largest = Math.max(...(covariance ?? []).map(Math.abs))
            for (const [i, v] of (covariance ?? []).entries()) {
              expect(Math.abs(v - found[0].covariance![i])).toBeLessThan(1e-3 * largest)
            }
          }
        },
      ),
      { numRuns: 60 },
    )
  })

  it.each(['levenberg-marquardt', 'gauss-newton'] as const)('%s: one step of each is the same', (method) => {
    const { problem, x: start } = randomProblem(randomStream(3), 4, 5)
    const steps = SOLVERS.map((linearSolver) => {
      const x = start.slice()
      solveLeastSquares(problem, x, { linearSolver, method, maxIterations: 1 })
      return x
    })
    expect(steps[0]).not.toEqual(start)
    for (const x of steps.slice(1)) for (const [i, v] of x.entries()) expect(v).toBeCloseTo(steps[0][i], 8)
  })

  it.each(SOLVERS)('%s: works without blocks to eliminate, on one function too', (linearSolver) => {
    const x = Float64Array.of(-1.2, 1)
    const residuals = ([a, b]: Float64Array, out: Float64Array) => out.set([10 * (b - a * a), 1 - a])
    solveLeastSquares({ residualCount: 2, parameterCount: 2, residuals }, x, { linearSolver })
    expect(x[0]).toBeCloseTo(1, 7)
    expect(x[1]).toBeCloseTo(1, 7)
  })

  it.each(SOLVERS)('%s: names what is not determined', (linearSolver) => {
    const term: ResidualTerm = {
      blocks: [0, 1],
      residualCount: 4,
      residuals: ([a, b], out) => out.set([a[0] + b[0] - 1, a[0] + b[0] - 2, 2 * (a[0] + b[0]), a[0] + b[0]]),
    }
    const problem = { blocks: [euclidean(1), euclidean(1)], terms: [term], eliminate: [1] }
    const x = new Float64Array(2)
    const report = solveLeastSquares(problem, x, { linearSolver, covariance: true })
    expect(report.covariance).toBeUndefined()
    expect(x[0] + x[1]).toBeCloseTo(3 / 7, 6)
  })

  it('blocks that are constant stay', () => {
    const term: ResidualTerm = {
      blocks: [0, 1],
      residualCount: 2,
      residuals: ([a, b], out) => out.set([a[0] + b[0] - 3, b[1] - 1]),
    }
    for (const linearSolver of SOLVERS) {
      const x = Float64Array.of(1, 0, 0)
      const problem = { blocks: [subset(1, []), euclidean(2)], terms: [term], eliminate: [1] }
      solveLeastSquares(problem, x, { linearSolver })
      expect([...x].map((v) => v.toFixed(6))).toEqual(['1.000000', '2.000000', '1.000000'])
    }
  })

  it('the covariance is true: χ² of the kept blocks over noisy repetitions', () => {
    // Lines y = a x + b_k of one slope a and many offsets b_k, which are eliminated.
    const random = randomStream(5)
    let sum = 0
    const runs = 500
    for (let run = 0; run < runs; run++) {
      const terms = Array.from({ length: 6 }, (_, k): ResidualTerm => {
        const y = [0, 1, 2, 5].map((x) => 2 * x + k + 0.3 * random.normal())
        const residuals = ([a, b]: readonly Float64Array[], out: Float64Array) =>
          out.set([0, 1, 2, 5].map((x, i) => a[0] * x + b[0] - y[i]))
        return { blocks: [0, k + 1], residualCount: 4, residuals }
      })
      const x = new Float64Array(7)
      const blocks = Array.from({ length: 7 }, () => euclidean(1))
      const { covariance } = solveLeastSquares({ blocks, terms, eliminate: [1, 2, 3, 4, 5, 6] }, x, {
        covariance: true,
      })
      sum += (x[0] - 2) ** 2 / covariance![0]
    }
    // Student's t of 17 degrees of freedom: 17/15 on average.
    expect(sum / runs / (17 / 15)).toBeGreaterThan(0.9)
    expect(sum / runs / (17 / 15)).toBeLessThan(1.1)
  })

  it('refuses what does not fit', () => {
    const term = (blocks: number[]): ResidualTerm => ({ blocks, residualCount: 1, residuals: (_, out) => out.fill(1) })
    const blocks = [euclidean(1), euclidean(1), euclidean(1)]
    const solve =
      (problem: Partial<BlockProblem>, n = 3) =>
      () =>
        solveLeastSquares({ blocks, terms: [], ...problem }, new Float64Array(n))
    expect(solve({ terms: [term([0, 1])], eliminate: [0, 1] })).toThrow('at most one can be eliminated')
    expect(solve({ terms: [term([0, 3])] })).toThrow('term 0')
    expect(solve({ terms: [term([1, 1])] })).toThrow('term 0')
    expect(solve({ terms: [{ ...term([1]), lossBlock: 2 }] })).toThrow('blocks of 2')
    expect(solve({ eliminate: [4] })).toThrow('eliminate')
    expect(solve({}, 2)).toThrow('2 parameters')
  })
})

describe('bundle adjustment in blocks', () => {
  it('has the minimum of bundleAdjust, whichever way it is solved', () => {
    const scene = syntheticScene({ images: 4, points: 25, noisePx: 0.5, seed: 3, cameraModel: 'SIMPLE_RADIAL' })
    const [truth] = scene.cameras
    const free = [0, 3] // f and k
    const start = Float64Array.from(truth.params, (v, i) => (i === 0 ? 1.02 * v : v))
    const bundle = {
      cameras: [{ model: truth.model, params: start.slice(), refine: Uint8Array.of(1, 0, 0, 1) }],
      poses: scene.poses.slice(),
      poseState: Uint8Array.of(POSE_FIXED, POSE_FIXED, 0, 0),
      imageCamera: scene.imageCamera,
      points: scene.points.slice(),
      obsImage: scene.obsImage,
      obsPoint: scene.obsPoint,
      obsXy: scene.obsXy,
    }
    const expected = bundleAdjust(bundle, { functionTolerance: 1e-14, maxIterations: 100 })
    const pose = product(rotations, euclidean(3))
    const images = scene.imageCamera.length
    const points = scene.points.length / 3
    const problem: BlockProblem = {
      blocks: [
        subset(4, free),
        ...Array.from({ length: images }, (_, i) => (i < 2 ? subset(12, []) : pose)),
        ...Array.from({ length: points }, () => euclidean(3)),
      ],
      eliminate: Array.from({ length: points }, (_, p) => 1 + images + p),
      terms: Array.from(
        scene.obsImage,
        (image, o): ResidualTerm => ({
          blocks: [0, 1 + image, 1 + images + scene.obsPoint[o]],
          residualCount: 2,
          residuals: ([params, Rt, X], out) => {
            const [x, y, z] = [0, 1, 2].map(
              (r) => Rt[3 * r] * X[0] + Rt[3 * r + 1] * X[1] + Rt[3 * r + 2] * X[2] + Rt[9 + r],
            )
            const lens = camera(truth.model, truth.width, truth.height, params)
            const seen = pixelsFromNormalized(lens, Float64Array.of(x / z, y / z))
            for (let k = 0; k < 2; k++) out[k] = seen[k] - scene.obsXy[2 * o + k]
          },
        }),
      ),
    }
    for (const linearSolver of ['schur', 'conjugateGradient'] as const) {
      const x = Float64Array.of(...start, ...scene.poses, ...scene.points)
      const report = solveLeastSquares(problem, x, { linearSolver })
      expect(Math.abs(report.finalCost / expected.finalCost - 1)).toBeLessThan(1e-9)
      expect(Math.abs(x[0] / bundle.cameras[0].params[0] - 1)).toBeLessThan(1e-6)
    }
  })

  it('checkJacobian names the term’s row and the block’s column', () => {
    const problem: BlockProblem = {
      blocks: [euclidean(2), rotations],
      terms: [
        {
          blocks: [0],
          residualCount: 1,
          residuals: ([a], out) => out.fill(a[0] * a[1]),
          jacobian: ([a], [J]) => J.set([a[1], a[0]]),
        },
        {
          blocks: [1, 0],
          residualCount: 2,
          residuals: ([R, a], out) => out.set([R[1] * a[0], a[1]]),
          jacobian: ([R, a], [JR, Ja]) => {
            JR.fill(0)
            JR[1] = a[0]
            Ja.set([R[1], 0, 0, 2]) // wrong: 1
          },
        },
      ],
    }
    const x = Float64Array.of(2, 3, ...so3Exp([0.3, 0.2, 0.5]))
    expect(checkJacobian(problem, x)).toMatchObject({ ok: false, row: 2, column: 1, analytic: 2 })
    const right = { ...problem, terms: problem.terms.slice(0, 1) }
    expect(checkJacobian(right, x).relativeError).toBeLessThan(1e-9)
  })
})
