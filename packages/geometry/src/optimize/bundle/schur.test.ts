import { describe, expect, it } from 'vitest'
import type { CameraModel } from '../../camera/camera.js'
import { cameraModels, lensOf, PROJECTION_SIZE, projectLens } from '../../camera/models.js'
import { choleskyFactor, choleskySolve } from '../../math/cholesky.js'
import { syntheticScene } from '../../synthetic/scene.js'
import { lossKernel, lossWeight } from '../loss.js'
import { bundleLayout } from './layout.js'
import { evaluate, linearize, normalEquations } from './linearize.js'
import { type BundleProblem, POSE_FIXED, POSE_FIXED_BASELINE } from './problem.js'
import { reducedSystem, solveReduced } from './reduced-system.js'
import { backSubstitute, eliminatePoints, schurScratch, writeDamping } from './schur.js'
import { type BundleState, bundleModel, copyState, stateOf } from './state.js'
import { applyStep } from './step.js'

/** A small noisy problem with two cameras, a fixed pose, a fixed baseline, fixed points and a prior. */
function smallProblem(cameraModel: CameraModel): BundleProblem {
  const scene = syntheticScene({ images: 4, points: 12, noisePx: 3, cameraModel, seed: 1, visibility: 0.9 })
  const params = scene.cameras[0].params
  const refine = Uint8Array.from(params, () => 1)
  return {
    cameras: [
      { model: cameraModel, params: Float64Array.from(params), refine },
      {
        model: cameraModel,
        params: Float64Array.from(params),
        refine: Uint8Array.from(params, (_, i) => (i === 1 ? 0 : 1)),
        priors: params.map((v, i) => (i === 0 ? { mean: v + 2, sigma: 3 } : undefined)),
      },
    ],
    poses: scene.poses,
    poseState: Uint8Array.of(POSE_FIXED, 0, 0, POSE_FIXED_BASELINE),
    imageCamera: Int32Array.of(0, 0, 1, 1),
    points: scene.points,
    pointFixed: Uint8Array.from({ length: 12 }, (_, p) => (p === 5 ? 1 : 0)),
    obsImage: scene.obsImage,
    obsPoint: scene.obsPoint,
    obsXy: scene.obsXy,
  }
}

/** Residuals in pixels, and the priors', written down independently of the solver. */
function residuals(problem: BundleProblem, { poses, points, params }: BundleState): number[] {
  const out = new Float64Array(PROJECTION_SIZE)
  const r: number[] = []
  for (let k = 0; k < problem.obsImage.length; k++) {
    const [o, p] = [12 * problem.obsImage[k], 3 * problem.obsPoint[k]]
    const [x, y, z] = [0, 1, 2].map(
      (i) =>
        poses[o + 3 * i] * points[p] +
        poses[o + 3 * i + 1] * points[p + 1] +
        poses[o + 3 * i + 2] * points[p + 2] +
        poses[o + 9 + i],
    )
    const c = problem.imageCamera[problem.obsImage[k]]
    projectLens(lensOf(problem.cameras[c].model), params[c], x / z, y / z, out)
    r.push(out[0] - problem.obsXy[2 * k], out[1] - problem.obsXy[2 * k + 1])
  }
  for (const [c, camera] of problem.cameras.entries()) {
    for (const [i, prior] of (camera.priors ?? []).entries()) {
      if (prior !== undefined) r.push((params[c][i] - prior.mean) / prior.sigma)
    }
  }
  return r
}

function setUp(cameraModel: CameraModel, loss = lossKernel(undefined)) {
  const problem = smallProblem(cameraModel)
  const layout = bundleLayout(problem)
  const model = bundleModel(problem, layout)
  const H = normalEquations(model)
  const state = stateOf(problem)
  linearize(model, state, loss, H)
  const n = layout.blockRow[layout.blocks]
  const unknowns = n + 3 * layout.points
  /** Residuals after a step of `delta` in unknown u. */
  const moved = (u: number, delta: number) => {
    const step = new Float64Array(unknowns)
    step[u] = delta
    const candidate = copyState(state)
    const norms = { step: 0, parameters: 0 }
    applyStep(model, state, step.subarray(0, n), step.subarray(n), candidate, new Float64Array(9), norms)
    return residuals(problem, candidate)
  }
  const r = residuals(problem, state)
  const J = Array.from({ length: unknowns }, (_, u) => {
    // Distortion coefficients of the fourth order of a narrow view need a coarse step, pixels a finer one.
    const h = 1e-5
    const [a, b] = [moved(u, h), moved(u, -h)]
    return a.map((v, i) => (v - b[i]) / (2 * h))
  })
  // The baseline block's sixth direction does not exist, nor do the constant point's coordinates.
  const row = layout.blockRow[layout.poseBlock[3]] + 5
  const frozen = [row, n + 15, n + 16, n + 17]
  for (const u of frozen) J[u].fill(0)
  return { problem, layout, model, H, state, n, unknowns, r, J, frozen }
}

describe.each(cameraModels.map((m) => m.name))('%s', (cameraModel) => {
  it('has the gradient and the diagonal of the numeric Jacobian', () => {
    const { H, n, unknowns, r, J, layout } = setUp(cameraModel)
    const diagonal = (u: number): number => {
      if (u >= n) return H.pointHessian[6 * Math.floor((u - n) / 3) + [0, 3, 5][(u - n) % 3]]
      for (let b = 0; b < layout.poseBlocks; b++) {
        const k = u - layout.blockRow[b]
        if (k >= 0 && k < 6) return H.poseDiagonal[36 * b + 7 * k]
      }
      const camera = layout.cameraBlock.findIndex((b) => u >= layout.blockRow[b] && u < layout.blockRow[b + 1])
      const k = u - layout.blockRow[layout.cameraBlock[camera]]
      return H.cameraDiagonal[H.cameraOffset[camera] + (layout.freeParams[camera].length + 1) * k]
    }
    for (let u = 0; u < unknowns; u++) {
      const g = J[u].reduce((s, v, i) => s + v * r[i], 0)
      const size = J[u].reduce((s, v, i) => s + Math.abs(v * r[i]), 0)
      const analytic = u < n ? H.gradient[u] : H.pointGradient[u - n]
      expect(Math.abs(analytic - g)).toBeLessThanOrEqual(1e-5 * size + 1e-6)
      const d = J[u].reduce((s, v) => s + v * v, 0)
      expect(Math.abs(diagonal(u) - d)).toBeLessThanOrEqual(1e-5 * d + 1e-6)
    }
  })

  it('takes the step of the dense damped normal equations', () => {
    const { model, layout, problem, H, n, unknowns, r, J, frozen } = setUp(cameraModel)
    // Damped enough that the error of the numeric Jacobian in weak directions does not show.
    const radius = 100
    const A = new Float64Array(unknowns * unknowns)
    const b = new Float64Array(unknowns)
    const scratch = schurScratch(model)
    writeDamping(model, H, radius, scratch)
    for (let u = 0; u < unknowns; u++) {
      for (let v = 0; v < unknowns; v++) A[u * unknowns + v] = J[u].reduce((s, x, i) => s + x * J[v][i], 0)
      A[u * (unknowns + 1)] += u < n ? scratch.damping[u] : scratch.pointDamping[u - n]
      b[u] = -J[u].reduce((s, x, i) => s + x * r[i], 0)
    }
    for (const u of frozen) A[u * (unknowns + 1)] = 1
    expect(choleskyFactor(A, unknowns)).toBe(true)
    const dense = choleskySolve(A, unknowns, b)
    for (const solver of ['dense', 'iterative'] as const) {
      const system = reducedSystem(layout, problem.imageCamera, solver)
      eliminatePoints(model, H, system, scratch)
      const rows = new Float64Array(n)
      const pointStep = new Float64Array(3 * layout.points)
      expect(solveReduced(system, layout, scratch.rhs, rows, new Float64Array(n), 1e-10)).toBe(true)
      backSubstitute(model, H, scratch, rows, pointStep)
      for (let u = 0; u < unknowns; u++) {
        const step = u < n ? rows[u] : pointStep[u - n]
        // Each unknown in its own unit: the step that changes the residuals by one pixel.
        const unit =
          1 /
          Math.sqrt(
            Math.max(
              J[u].reduce((s, v) => s + v * v, 0),
              1e-12,
            ),
          )
        expect(Math.abs(step - dense[u])).toBeLessThan(1e-5 * (unit + Math.abs(dense[u])))
      }
    }
  })
})

describe('robust weights', () => {
  it('scale gradient and curvature of each observation by ρ′', () => {
    const loss = lossKernel({ type: 'cauchy', scale: 2 })
    const { H, n, unknowns, r, J, problem, model, state } = setUp('OPENCV', loss)
    const weights = r.map((_, i) => {
      const k = i - (i % 2)
      return k < 2 * problem.obsImage.length ? lossWeight(loss.kind, loss.square, r[k] * r[k] + r[k + 1] * r[k + 1]) : 1
    })
    for (let u = 0; u < unknowns; u++) {
      const g = J[u].reduce((s, v, i) => s + weights[i] * v * r[i], 0)
      const size = J[u].reduce((s, v, i) => s + Math.abs(weights[i] * v * r[i]), 0)
      expect(Math.abs((u < n ? H.gradient[u] : H.pointGradient[u - n]) - g)).toBeLessThanOrEqual(1e-5 * size + 1e-6)
    }
    const sums = { cost: 0, squares: 0, weighted: 0, behind: 0 }
    evaluate(model, state, loss, sums)
    const pixels = r.slice(0, 2 * problem.obsImage.length)
    expect(sums.squares).toBeCloseTo(
      pixels.reduce((s, v) => s + v * v, 0),
      8,
    )
    expect(sums.weighted).toBeCloseTo(
      pixels.reduce((s, v, i) => s + weights[i] * v * v, 0),
      8,
    )
  })
})
