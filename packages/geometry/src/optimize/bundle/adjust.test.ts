import { isEpipoleError, randomStream } from '@epipole/core'
import { describe, expect, it } from 'vitest'
import { cameraModelInfo, cameraModels } from '../../camera/models.js'
import { type SyntheticScene, type SyntheticSceneOptions, syntheticScene } from '../../synthetic/scene.js'
import { bundleAdjust } from './adjust.js'
import { type BundleProblem, POSE_FIXED, POSE_FIXED_BASELINE } from './problem.js'

type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/** A problem from a scene: first pose fixed, baseline to the last fixed, everything free refined. */
function problemOf(scene: SyntheticScene, refine: 'all' | 'none' | 'focal' = 'all'): Mutable<BundleProblem> {
  const images = scene.imageCamera.length
  const poseState = new Uint8Array(images)
  poseState[0] = POSE_FIXED
  poseState[images - 1] = POSE_FIXED_BASELINE
  return {
    cameras: scene.cameras.map((c) => ({
      model: c.model,
      params: Float64Array.from(c.params),
      refine: Uint8Array.from(c.params, (_, i) =>
        refine === 'all' || (refine === 'focal' && cameraModelInfo(c.model).focalParams.includes(i)) ? 1 : 0,
      ),
    })),
    poses: scene.poses.slice(),
    poseState,
    imageCamera: scene.imageCamera,
    points: scene.points.slice(),
    obsImage: scene.obsImage,
    obsPoint: scene.obsPoint,
    obsXy: scene.obsXy.slice(),
  }
}

/** Moves what is free away from the truth. */
function perturb(problem: BundleProblem, scale: number, seed = 1): void {
  const random = randomStream(seed)
  for (let i = 0; i < problem.points.length; i++) problem.points[i] += scale * random.normal()
  for (let i = 0; i < problem.imageCamera.length; i++) {
    if (problem.poseState?.[i] === POSE_FIXED) continue
    const o = 12 * i
    if (problem.poseState?.[i] !== POSE_FIXED_BASELINE) {
      for (let k = 9; k < 12; k++) problem.poses[o + k] += scale * random.normal()
    }
    // A small turn about z, about the camera's centre.
    const a = 0.3 * scale * random.normal()
    const c = (1 - a * a) / (1 + a * a)
    const s = (2 * a) / (1 + a * a)
    for (const k of [0, 1, 2, 9]) {
      const x = problem.poses[o + k]
      const y = problem.poses[o + k + (k === 9 ? 1 : 3)]
      problem.poses[o + k] = c * x - s * y
      problem.poses[o + k + (k === 9 ? 1 : 3)] = s * x + c * y
    }
  }
  for (const camera of problem.cameras) {
    for (let i = 0; i < camera.params.length; i++) {
      if (camera.refine?.[i] !== 1) continue
      camera.params[i] += camera.params[i] > 2 ? 5 * scale * camera.params[i] * random.uniform(-0.1, 0.1) : scale * 0.05
    }
  }
}

function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  let worst = 0
  for (let i = 0; i < a.length; i++) worst = Math.max(worst, Math.abs(a[i] - b[i]))
  return worst
}

const TIGHT = { functionTolerance: 1e-20, parameterTolerance: 1e-14, gradientTolerance: 1e-9 }

describe('bundleAdjust', () => {
  it.each(cameraModels.map((m) => m.name))('recovers an exact %s scene from a perturbed start', (cameraModel) => {
    const scene = syntheticScene({ images: 7, points: 150, cameraModel, seed: 3 })
    // k3 … k6 of the rational model nearly cancel each other in a narrow view; its lengths and low orders are refined.
    const problem = problemOf(scene)
    if (cameraModel === 'FULL_OPENCV') for (let i = 8; i < 12; i++) problem.cameras[0].refine![i] = 0
    perturb(problem, 0.02)
    const report = bundleAdjust(problem, { ...TIGHT, maxIterations: 100 })
    expect(report.initialRmsPx).toBeGreaterThan(2)
    expect(report.finalRmsPx).toBeLessThan(1e-7)
    expect(largestDifference(problem.points, scene.points)).toBeLessThan(1e-5)
    expect(largestDifference(problem.poses, scene.poses)).toBeLessThan(1e-5)
    for (let i = 0; i < scene.cameras[0].params.length; i++) {
      const truth = scene.cameras[0].params[i]
      expect(Math.abs(problem.cameras[0].params[i] - truth)).toBeLessThan(1e-5 * Math.max(1, Math.abs(truth)))
    }
  })

  it('reaches the minimum that COLMAP reaches', () => {
    // This scene written as a COLMAP text model, then COLMAP 3.8 (Ceres):
    //   colmap bundle_adjuster --BundleAdjustment.refine_principal_point 1 --BundleAdjustment.max_num_iterations 500
    //     --BundleAdjustment.{function,parameter,gradient}_tolerance 1e-14
    // reports an initial cost of 3.225863e+02, a final one of 2.332599e+02, and these parameters.
    const colmap = [
      896.82118608841597, 503.57883228080618, 372.80331384512442, -0.046272130094933389, -0.17128665362525966,
    ]
    const scene = syntheticScene({ images: 6, points: 80, noisePx: 0.8, cameraModel: 'RADIAL', seed: 31 })
    const problem = problemOf(scene)
    const report = bundleAdjust(problem, { functionTolerance: 1e-14 })
    expect(report.initialCost).toBeCloseTo(322.5863, 4)
    expect(report.finalCost).toBeCloseTo(233.2599, 4)
    for (let i = 0; i < 5; i++) {
      expect(Math.abs(problem.cameras[0].params[i] / colmap[i] - 1)).toBeLessThan(1e-6)
    }
  })

  it.each<SyntheticSceneOptions>([
    { layout: 'loop', images: 14, points: 250 },
    { layout: 'forward', images: 6, points: 250 },
    { layout: 'plane', images: 6 },
    { layout: 'arc', sharedCamera: false },
  ])('recovers an exact scene: %o', (options) => {
    const scene = syntheticScene({ ...options, seed: 4 })
    const problem = problemOf(scene, options.layout === 'plane' ? 'none' : 'focal')
    perturb(problem, 0.01)
    const report = bundleAdjust(problem, { ...TIGHT, maxIterations: 100 })
    expect(report.finalRmsPx).toBeLessThan(1e-7)
    const views = new Uint8Array(scene.points.length / 3)
    for (const p of scene.obsPoint) views[p]++
    for (let p = 0; p < views.length; p++) {
      if (views[p] < 2) continue
      const [a, b] = [problem, scene].map((s) => s.points.slice(3 * p, 3 * p + 3))
      expect(largestDifference(a, b)).toBeLessThan(1e-5)
    }
  })

  it('keeps the gauge: fixed pose untouched, baseline length constant, rotations orthonormal', () => {
    const scene = syntheticScene({ images: 5, noisePx: 1, seed: 5 })
    const problem = problemOf(scene)
    perturb(problem, 0.02)
    const before = problem.poses.slice()
    bundleAdjust(problem)
    expect([...problem.poses.slice(0, 12)]).toEqual([...before.slice(0, 12)])
    const baseline = (poses: Float64Array) => {
      const centre = (i: number) =>
        [0, 1, 2].map((c) => -[0, 1, 2].reduce((s, r) => s + poses[12 * i + 3 * r + c] * poses[12 * i + 9 + r], 0))
      const [a, b] = [centre(0), centre(4)]
      return Math.sqrt(a.reduce((s, v, k) => s + (v - b[k]) ** 2, 0))
    }
    expect(Math.abs(baseline(problem.poses) - baseline(before))).toBeLessThan(1e-12)
    for (let i = 0; i < 5; i++) {
      const R = problem.poses.subarray(12 * i, 12 * i + 9)
      for (let r = 0; r < 3; r++) {
        for (let c = 0; c < 3; c++) {
          const dot = R[3 * r] * R[3 * c] + R[3 * r + 1] * R[3 * c + 1] + R[3 * r + 2] * R[3 * c + 2]
          expect(Math.abs(dot - (r === c ? 1 : 0))).toBeLessThan(1e-14)
        }
      }
    }
  })

  it('reaches the same cost with and without a fixed gauge', () => {
    const scene = syntheticScene({ images: 5, noisePx: 1, seed: 5 })
    const fixed = problemOf(scene)
    const loose = { ...problemOf(scene), poseState: undefined }
    const a = bundleAdjust(fixed, { functionTolerance: 1e-12 })
    const b = bundleAdjust(loose, { functionTolerance: 1e-12 })
    expect(Math.abs(a.finalCost - b.finalCost)).toBeLessThan(1e-6 * a.finalCost)
  })

  it('suppresses outliers by a robust loss', () => {
    const scene = syntheticScene({ images: 8, points: 300, noisePx: 0.5, outliers: 0.05, seed: 6 })
    const run = (type: 'trivial' | 'cauchy' | 'huber' | 'soft-l1') => {
      const problem = problemOf(scene, 'focal')
      perturb(problem, 0.005)
      bundleAdjust(problem, { loss: { type, scale: 1 }, maxIterations: 200, functionTolerance: 1e-9 })
      return Math.abs(problem.cameras[0].params[0] - scene.cameras[0].params[0])
    }
    const plain = run('trivial')
    expect(plain).toBeGreaterThan(10)
    expect(run('cauchy')).toBeLessThan(1)
    expect(run('huber')).toBeLessThan(plain / 3)
    expect(run('soft-l1')).toBeLessThan(plain / 3)
  })

  it('solves the reduced system iteratively to the same minimum', () => {
    const scene = syntheticScene({
      layout: 'loop',
      images: 20,
      points: 400,
      noisePx: 0.5,
      seed: 7,
      sharedCamera: false,
    })
    const [dense, iterative] = (['dense', 'iterative'] as const).map((linearSolver) => {
      const problem = problemOf(scene, 'focal')
      perturb(problem, 0.01)
      return { problem, report: bundleAdjust(problem, { linearSolver, functionTolerance: 1e-14 }) }
    })
    expect(iterative.report.linearSolver).toBe('iterative')
    expect(Math.abs(dense.report.finalCost - iterative.report.finalCost)).toBeLessThan(1e-8 * dense.report.finalCost)
    expect(largestDifference(dense.problem.poses, iterative.problem.poses)).toBeLessThan(1e-5)
  })

  it('reaches the same minimum by Gauss–Newton and by gradient descent', () => {
    const scene = syntheticScene({ images: 4, points: 40, noisePx: 0.5, seed: 8 })
    const run = (method: 'levenberg-marquardt' | 'gauss-newton' | 'gradient-descent') => {
      const problem = problemOf(scene, 'none')
      perturb(problem, 0.01)
      return bundleAdjust(problem, { method, functionTolerance: 1e-12, maxIterations: 20_000 })
    }
    const marquardt = run('levenberg-marquardt')
    const newton = run('gauss-newton')
    const descent = run('gradient-descent')
    expect(Math.abs(newton.finalCost - marquardt.finalCost)).toBeLessThan(1e-9 * marquardt.finalCost)
    expect(Math.abs(descent.finalCost - marquardt.finalCost)).toBeLessThan(1e-3 * marquardt.finalCost)
    expect(newton.iterations).toBeLessThan(15)
    expect(descent.iterations).toBeGreaterThan(10 * marquardt.iterations)
  })

  it('tells that Gauss–Newton has no unique step without a gauge', () => {
    const problem = { ...problemOf(syntheticScene({ images: 3, points: 30, noisePx: 1 })), poseState: undefined }
    const report = bundleAdjust(problem, { method: 'gauss-newton', maxIterations: 200, functionTolerance: 0 })
    expect(report.finalCost).toBeLessThanOrEqual(report.initialCost)
    expect(['singular', 'no-progress', 'parameter-tolerance', 'function-tolerance']).toContain(report.stoppedBy)
  })

  it('gives the same bits whatever the order of the observations', () => {
    const scene = syntheticScene({ images: 6, noisePx: 1, seed: 9 })
    const a = problemOf(scene)
    const b = problemOf(scene)
    const order = randomStream(2).shuffle(Array.from(scene.obsImage.keys()))
    b.obsImage = Int32Array.from(order, (k) => scene.obsImage[k])
    b.obsPoint = Int32Array.from(order, (k) => scene.obsPoint[k])
    b.obsXy = Float64Array.from(order.flatMap((k) => [scene.obsXy[2 * k], scene.obsXy[2 * k + 1]]))
    perturb(a, 0.01)
    perturb(b, 0.01)
    bundleAdjust(a)
    bundleAdjust(b)
    expect([...a.poses]).toEqual([...b.poses])
    expect([...a.points]).toEqual([...b.points])
  })

  it('survives points behind cameras and at their centre', () => {
    const scene = syntheticScene({ images: 5, points: 60, noisePx: 0.3, seed: 10 })
    const problem = problemOf(scene, 'none')
    const o = 12 * 2
    const centre = [0, 1, 2].map(
      (c) => -[0, 1, 2].reduce((s, r) => s + scene.poses[o + 3 * r + c] * scene.poses[o + 9 + r], 0),
    )
    problem.points.set(centre, 0)
    problem.points.set([0, 0, -40], 3)
    const report = bundleAdjust(problem)
    expect(report.behind).toBeGreaterThan(0)
    expect(Number.isFinite(report.finalCost)).toBe(true)
    expect(problem.points.every(Number.isFinite)).toBe(true)
    expect(problem.poses.every(Number.isFinite)).toBe(true)
    expect(largestDifference(problem.points.slice(6), scene.points.slice(6))).toBeLessThan(0.1)
  })

  it('leaves constant points and intrinsics alone, and knows when nothing is free', () => {
    const scene = syntheticScene({ images: 4, points: 50, noisePx: 0.5, seed: 11 })
    const problem = problemOf(scene, 'none')
    problem.pointFixed = Uint8Array.from({ length: 50 }, (_, i) => i % 2)
    perturb(problem, 0.001)
    const before = problem.points.slice()
    bundleAdjust(problem)
    for (let p = 0; p < 50; p++) {
      const moved = largestDifference(problem.points.slice(3 * p, 3 * p + 3), before.slice(3 * p, 3 * p + 3))
      if (p % 2 === 1) expect(moved).toBe(0)
      else expect(moved).toBeGreaterThan(0)
    }
    expect([...problem.cameras[0].params]).toEqual([...scene.cameras[0].params])
    problem.pointFixed.fill(1)
    problem.poseState!.fill(POSE_FIXED)
    expect(bundleAdjust(problem)).toMatchObject({ stoppedBy: 'nothing-free', iterations: 0, unknowns: 0 })
  })

  it('moves only points when every camera is fixed, and only cameras when every point is', () => {
    const scene = syntheticScene({ images: 4, points: 50, seed: 12 })
    const points = problemOf(scene, 'none')
    points.poseState!.fill(POSE_FIXED)
    perturb(points, 0.01)
    expect(bundleAdjust(points, TIGHT).finalRmsPx).toBeLessThan(1e-8)
    const cameras = problemOf(scene, 'all')
    cameras.poseState!.fill(0)
    perturb(cameras, 0.01)
    cameras.points.set(scene.points)
    cameras.pointFixed = new Uint8Array(50).fill(1)
    expect(bundleAdjust(cameras, TIGHT).finalRmsPx).toBeLessThan(1e-8)
    expect(largestDifference(cameras.poses, scene.poses)).toBeLessThan(1e-8)
  })

  it('holds a prior against the data in proportion to their certainty', () => {
    const scene = syntheticScene({ images: 6, noisePx: 0.5, seed: 13 })
    const cx = (sigma: number) => {
      const problem = problemOf(scene)
      const [camera] = problem.cameras
      const priors = [undefined, { mean: 480, sigma }, undefined, undefined]
      problem.cameras = [{ ...camera, priors }]
      bundleAdjust(problem, { functionTolerance: 1e-12 })
      return camera.params[1]
    }
    expect(cx(1e-6)).toBeCloseTo(480, 6)
    expect(Math.abs(cx(1e9) - cx(Number.POSITIVE_INFINITY))).toBeLessThan(1e-6)
    const between = cx(1)
    expect(between).toBeGreaterThan(480)
    expect(between).toBeLessThan(cx(1e9))
  })

  it('refuses arrays that do not fit together, and says which', () => {
    const scene = syntheticScene({ images: 3, points: 20 })
    const good = problemOf(scene)
    const bad: [string, Partial<BundleProblem>][] = [
      ['poses', { poses: new Float64Array(3) }],
      ['obsXy', { obsXy: new Float64Array(3) }],
      ['obsImage', { obsImage: scene.obsImage.map((i) => i + 1) }],
      ['obsPoint', { obsPoint: scene.obsPoint.map((i) => i - 1) }],
      ['points', { points: scene.points.map((v, i) => (i === 4 ? Number.NaN : v)) }],
      ['baseline', { poseState: Uint8Array.of(0, 0, POSE_FIXED_BASELINE) }],
      ['params', { cameras: [{ model: 'PINHOLE', params: new Float64Array(3) }] }],
    ]
    for (const [word, part] of bad) {
      let message = ''
      try {
        bundleAdjust({ ...good, ...part })
      } catch (error) {
        if (isEpipoleError(error) && error.code === 'usage') message = error.message
      }
      expect(message).toContain(word)
    }
  })

  it('stops on the signal with the parameters of the last accepted step', () => {
    const scene = syntheticScene({ images: 5, noisePx: 1, seed: 14 })
    const problem = problemOf(scene)
    perturb(problem, 0.02)
    const abort = new AbortController()
    const costs: number[] = []
    expect(() =>
      bundleAdjust(problem, {
        signal: abort.signal,
        onIteration: ({ cost }) => {
          costs.push(cost)
          if (costs.length === 2) abort.abort()
        },
      }),
    ).toThrow('cancelled')
    const resumed = bundleAdjust(problem, { maxIterations: 0 })
    expect(resumed.stoppedBy).toBe('max-iterations')
    expect(Math.abs(resumed.initialCost / costs[1] - 1)).toBeLessThan(1e-12)
  })
})

describe('uncertainty of intrinsics', () => {
  it('predicts their scatter over repetitions', () => {
    const repetitions = 150
    const errors: number[][] = []
    let predicted: Float64Array | undefined
    for (let seed = 0; seed < repetitions; seed++) {
      const scene = syntheticScene({ images: 5, points: 60, seed: 20 })
      const random = randomStream(seed, 'noise')
      const problem = problemOf(scene)
      for (let i = 0; i < problem.obsXy.length; i++) problem.obsXy[i] += 0.5 * random.normal()
      const report = bundleAdjust(problem, { covariance: 'intrinsics' })
      predicted = report.intrinsics![0].standardDeviation
      errors.push([...problem.cameras[0].params].map((v, i) => (v - scene.cameras[0].params[i]) / predicted![i]))
    }
    for (let i = 0; i < 4; i++) {
      const ratio = Math.sqrt(errors.reduce((s, e) => s + e[i] ** 2, 0) / repetitions)
      // The standard error of a standard deviation from 150 draws is 6 %.
      expect(ratio).toBeGreaterThan(0.82)
      expect(ratio).toBeLessThan(1.18)
    }
  })

  it('does not depend on the gauge, and tells data from priors', () => {
    const scene = syntheticScene({ images: 6, noisePx: 0.5, seed: 21 })
    const fixed = bundleAdjust(problemOf(scene), { covariance: 'intrinsics' }).intrinsics![0]
    const loose = bundleAdjust({ ...problemOf(scene), poseState: undefined }, { covariance: 'intrinsics' })
      .intrinsics![0]
    for (let i = 0; i < 4; i++) {
      expect(Math.abs(fixed.standardDeviation[i] / loose.standardDeviation[i] - 1)).toBeLessThan(0.01)
      expect(Math.abs(fixed.fromDataAlone[i] / fixed.standardDeviation[i] - 1)).toBeLessThan(1e-9)
    }
    const problem = problemOf(scene)
    const prior = { mean: scene.cameras[0].params[1], sigma: 1e-3 }
    problem.cameras = [{ ...problem.cameras[0], priors: [undefined, prior, undefined, undefined] }]
    const held = bundleAdjust(problem, { covariance: 'intrinsics' }).intrinsics![0]
    expect(held.standardDeviation[1]).toBeLessThan(2e-3)
    expect(Math.abs(held.fromDataAlone[1] / fixed.fromDataAlone[1] - 1)).toBeLessThan(0.05)
  })

  it('finds the principal point undetermined by two views of parallel axes without turning', () => {
    // Pure translation: shifting cx shears the scene, which no reprojection sees.
    const scene = syntheticScene({ images: 4, points: 80, cameraModel: 'SIMPLE_PINHOLE', noisePx: 0.3, seed: 22 })
    const problem = problemOf(scene)
    for (let i = 0; i < 4; i++) {
      problem.poses.set([1, 0, 0, 0, 1, 0, 0, 0, 1, 0.3 * i, 0.1 * (i % 2), 5 + 0.2 * i], 12 * i)
    }
    const [f, cx, cy] = scene.cameras[0].params
    for (let k = 0; k < problem.obsImage.length; k++) {
      const o = 12 * problem.obsImage[k]
      const [X, Y, Z] = [0, 1, 2].map((c) => problem.points[3 * problem.obsPoint[k] + c] + problem.poses[o + 9 + c])
      problem.obsXy.set([cx + (f * X) / Z, cy + (f * Y) / Z], 2 * k)
    }
    const report = bundleAdjust(problem, { covariance: 'intrinsics' })
    expect(report.finalRmsPx).toBeLessThan(1e-3)
    const random = randomStream(3)
    for (let i = 0; i < problem.obsXy.length; i++) problem.obsXy[i] += 0.3 * random.normal()
    const { fromDataAlone } = bundleAdjust(problem, { covariance: 'intrinsics' }).intrinsics![0]
    expect(fromDataAlone[1]).toBeGreaterThan(100)
  })
})
